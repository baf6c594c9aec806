import { Refusal } from '../../../preload/contract/errors.ts';
import type { Person } from '../../../preload/contract/session.ts';

/** A session is looked up again after this long, so that a revoked one ends within it. */
const PERSON_RECHECK_MS = 30_000;

/** One window, or one scripted client, for as long as its transport lives. */
export interface Connection {
  /** Bytes handed to the transport and not yet taken by the other side: feeds pause while it is behind. */
  bufferedBytes(): number;
  session: { person: Person; token: string; checkedAtMs: number } | null;
}

export interface SessionLookup {
  resume(token: string): Promise<Person>;
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
    const person = await sessions.resume(session.token);
    connection.session = { person, token: session.token, checkedAtMs: monotonicMs };
    return person;
  } catch (error) {
    if (error instanceof Refusal && error.code === 'NOT_SIGNED_IN') connection.session = null;
    throw error;
  }
}
