import { Refusal } from '../../../preload/contract/errors.ts';
import type { Person } from '../../../preload/contract/session.ts';
import type { Clock } from '../ports/clock.ts';

/** A session is looked up again after this long, so that one that ended elsewhere, or by its time, ends within it. */
const PERSON_RECHECK_MS = 30_000;

/** One window, or one scripted client, for as long as its transport lives. */
export interface Connection {
  /** Bytes handed to the transport and not yet taken by the other side: feeds pause while it is behind. */
  bufferedBytes(): number;
  session: LiveSession | null;
}

export interface LiveSession {
  person: Person;
  readonly token: string;
  checkedAtMs: number;
  /** Aborted when the session has ended: its feeds end with it. */
  readonly ended: AbortController;
}

export interface SessionLookup {
  /** Refuses with NOT_SIGNED_IN when the session has ended. */
  resume(token: string): Promise<Person>;
}

export function beginSession(
  connection: Connection,
  person: Person,
  token: string,
  monotonicMs: number,
): void {
  endSession(connection);
  connection.session = { person, token, checkedAtMs: monotonicMs, ended: new AbortController() };
}

export function endSession(connection: Connection): void {
  connection.session?.ended.abort();
  connection.session = null;
}

/** The person who calls. Refuses when nobody has signed in, or when the session has ended since. */
export async function personOf(
  connection: Connection,
  sessions: SessionLookup,
  monotonicMs: number,
): Promise<Person> {
  const { session } = connection;
  if (session === null) throw new Refusal('NOT_SIGNED_IN', 'Sign in first.');
  if (monotonicMs - session.checkedAtMs < PERSON_RECHECK_MS) return session.person;
  try {
    session.person = await sessions.resume(session.token);
    session.checkedAtMs = monotonicMs;
    return session.person;
  } catch (error) {
    if (error instanceof Refusal && error.code === 'NOT_SIGNED_IN' && connection.session === session)
      endSession(connection);
    throw error;
  }
}

/** Every connection of the station: also those that only listen lose their rights when their session ends. */
export interface Connections {
  add(bufferedBytes: () => number): Connection;
  remove(connection: Connection): void;
  close(): void;
}

export function watchConnections(options: {
  sessions: SessionLookup;
  /** Rings when sessions were ended or rights were changed: every session is looked up again before its next call. */
  sessionsChanged(changed: () => void): () => void;
  clock: Clock;
}): Connections {
  const { sessions, clock } = options;
  const open = new Set<Connection>();

  function recheck(): void {
    for (const connection of open)
      if (connection.session !== null)
        // A refusal has ended the session; a database that does not answer says nothing about it.
        personOf(connection, sessions, clock.monotonicMs()).catch(() => undefined);
  }
  const stopTimer = clock.every(PERSON_RECHECK_MS, recheck);
  const unsubscribe = options.sessionsChanged(() => {
    for (const { session } of open) if (session !== null) session.checkedAtMs = Number.NEGATIVE_INFINITY;
    recheck();
  });

  return {
    add(bufferedBytes) {
      const connection: Connection = { bufferedBytes, session: null };
      open.add(connection);
      return connection;
    },
    remove(connection) {
      open.delete(connection);
      endSession(connection);
    },
    close() {
      stopTimer();
      unsubscribe();
    },
  };
}
