import { implement } from '@orpc/server';
import { Refusal } from '../../../preload/contract/errors.ts';
import { contract } from '../../../preload/contract/index.ts';
import { type Connection, personOf } from './connection.ts';
import { every, latest, type Watched } from './feed.ts';
import type { Services } from './services.ts';

export interface CallContext {
  connection: Connection;
  services: Services;
}

/** Calls that nobody needs to have signed in for: the sign-in itself. */
export const openToAll = implement(contract).$context<CallContext>();

/** Every other call knows the person who makes it. */
export const signedIn = openToAll.use(async ({ context, next }) => {
  const { connection, services } = context;
  const person = await personOf(connection, services.signIn, services.clock.monotonicMs());
  return next({ context: { person } });
});

export function allow(may: boolean, sentence: string): void {
  if (!may) throw new Refusal('FORBIDDEN', sentence);
}

/** A `latest` feed of the calling connection. */
export function latestFeed<Value>(
  context: CallContext,
  signal: AbortSignal | undefined,
  paceMs: number,
  watched: Watched<Value>,
): AsyncGenerator<Value, void, void> {
  return latest(watched, { clock: context.services.clock, connection: context.connection, signal, paceMs });
}

/** An `every` feed of the calling connection. */
export function everyFeed<Snapshot, Change>(
  context: CallContext,
  signal: AbortSignal | undefined,
  source: { snapshot(): Snapshot; subscribe(changed: (change: Change) => void): () => void },
): AsyncGenerator<Snapshot | Change, void, void> {
  return every(source, { clock: context.services.clock, connection: context.connection, signal });
}
