import { implement } from '@orpc/server';
import { Refusal } from '../../../preload/contract/errors.ts';
import { contract } from '../../../preload/contract/index.ts';
import type { Permission } from '../../../preload/contract/permissions.ts';
import type { Person } from '../../../preload/contract/session.ts';
import type { RecoveryDesk } from '../recovery-desk.ts';
import { type Connection, personOf } from './connection.ts';
import { every, latest, type Watched } from './feed.ts';
import type { Services } from './services.ts';

export interface CallContext {
  connection: Connection;
  services: Services;
}

/** What a host hands in: a station, or what is left of one whose database cannot be opened. */
export type HostContext =
  | (CallContext & { recovery: null })
  | { connection: null; services: null; recovery: RecoveryDesk };

/** Calls that are answered even without a database. */
export const alsoInRecovery = implement(contract).$context<HostContext>();

/** Calls that nobody needs to have signed in for: the sign-in itself. */
export const openToAll = alsoInRecovery.use(async ({ context, next, path }) => {
  const { connection, services, recovery } = context;
  if (recovery !== null) throw new Refusal('STORAGE_UNAVAILABLE', recovery.sentence);
  // Whatever commands a drone in flight is never counted, and so never refused for its number (F4).
  if (path[0] !== 'missions') await services.calls.count(path.join('.'));
  return next({ context: { connection, services } });
});

/** Every other call knows the person who makes it. */
export const signedIn = openToAll.use(async ({ context, next }) => {
  const { connection, services } = context;
  const person = await personOf(connection, services.identity.signIn, services.clock.monotonicMs());
  services.calls.personActive(person.dispatcherId);
  return next({ context: { person } });
});

const MAY_NOT: Record<Permission, string> = {
  take_calls: 'take calls',
  launch: 'launch drones',
  override_go_no_go: 'override a no-go',
  fly_missions: 'direct missions in flight. Abort is open to everybody',
  record_outcomes: 'record outcomes',
  maintain_drones: 'return drones to service',
  register_drones: 'register drones',
  edit_zones: 'change no-fly zones',
  read_audit: 'read the audit',
  manage_sync: 'manage the connection to the central server',
  manage_links: 'change links, recordings and signing keys',
};

/** Refuses (FORBIDDEN) unless the person holds one of the permissions. */
export function allow(person: Person, ...oneOf: [Permission, ...Permission[]]): void {
  if (oneOf.some((permission) => person.permissions.includes(permission))) return;
  throw new Refusal(
    'FORBIDDEN',
    `Your account may not ${MAY_NOT[oneOf[0]]}. Ask a supervisor, or an administrator to change your permissions.`,
  );
}

/** The calls of those who hold one of the permissions. */
export function permitted(...oneOf: [Permission, ...Permission[]]) {
  return signedIn.use(({ context, next }) => {
    allow(context.person, ...oneOf);
    return next();
  });
}

export function allowAdministrator(person: Person): void {
  if (person.role !== 'ADMIN')
    throw new Refusal('FORBIDDEN', 'Only administrators manage accounts. Ask one of them.');
}

/**
 * Puts an action on record that has already had its effect: a drone that turned round has turned round, and the person
 * must not be told otherwise because the record failed. What a mission did is in its own events as well.
 */
export function noteAfter(
  { services }: CallContext,
  person: Person,
  action: string,
  subject: string,
  detail: Parameters<Services['audit']>[3] = {},
): void {
  services.audit(person, action, subject, detail).catch((error: unknown) =>
    services.log.error('audit-failed', {
      action,
      subject,
      error: error instanceof Error ? error.name : 'unknown',
    }),
  );
}

/** A `latest` feed of the calling connection. */
export function latestFeed<Value>(
  context: CallContext,
  signal: AbortSignal | undefined,
  paceMs: number,
  watched: Watched<Value>,
): AsyncGenerator<Value, void, void> {
  return whileSignedIn(context, signal, (until) =>
    latest(watched, { clock: context.services.clock, connection: context.connection, signal: until, paceMs }),
  );
}

/** An `every` feed of the calling connection. */
export function everyFeed<Snapshot, Change>(
  context: CallContext,
  signal: AbortSignal | undefined,
  source: { snapshot(): Snapshot; subscribe(changed: (change: Change) => void): () => void },
): AsyncGenerator<Snapshot | Change, void, void> {
  return whileSignedIn(context, signal, (until) =>
    every(source, { clock: context.services.clock, connection: context.connection, signal: until }),
  );
}

/** A feed outlives the call that opened it, but not the session: then it ends with NOT_SIGNED_IN. */
async function* whileSignedIn<Value>(
  { connection }: CallContext,
  signal: AbortSignal | undefined,
  feed: (until: AbortSignal) => AsyncGenerator<Value, void, void>,
): AsyncGenerator<Value, void, void> {
  const ended = connection.session?.ended.signal ?? AbortSignal.abort();
  yield* feed(signal === undefined ? ended : AbortSignal.any([signal, ended]));
  if (ended.aborted && signal?.aborted !== true)
    throw new Refusal('NOT_SIGNED_IN', 'Your session has ended. Sign in again.');
}
