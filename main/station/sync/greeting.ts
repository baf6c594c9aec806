import type { Stamp, Welcome } from '../../../db/sync/wire.ts';
import { SyncFault } from './central-transport.ts';
import type { StoredSyncState } from './sync-store.ts';

/** What must be put right before anything is pushed or pulled. Done in this order; each may be done twice. */
export interface Amends {
  readonly fullPull: boolean;
  readonly outbox:
    | { readonly kind: 'FINE' }
    /** The server lost what it had acknowledged after this number. */
    | { readonly kind: 'REOFFER'; readonly fromSeq: number }
    /** Numbers were given out twice, or the server does not know this incarnation any more. */
    | { readonly kind: 'NEW_INCARNATION'; readonly incarnation: number; readonly offer: 'PENDING' | 'KEPT' };
}

/**
 * Compares what the station and the server remember of each other (S2, S7). `ownStamp` is the stamp of the station's
 * group `welcome.lastSeq`, null if it keeps none; `offeredTo` is the server to which all that is kept was offered.
 */
export function amends(
  stored: StoredSyncState,
  welcome: Welcome,
  ownStamp: Stamp | null,
  offeredTo: string | null,
): Amends {
  const otherServer = stored.epoch !== null && stored.epoch !== welcome.epoch;
  const otherSight = stored.visibility !== null && stored.visibility !== welcome.visibility;
  const restored = otherServer && offeredTo !== welcome.epoch;
  const forgetful = restored || welcome.lastSeq < stored.lastAckedSeq;
  const sharedPast =
    welcome.incarnation === stored.incarnation && ownStamp !== null && ownStamp === welcome.lastStamp;
  const restart = (after: number): Amends => ({
    fullPull: true,
    outbox: { kind: 'NEW_INCARNATION', incarnation: after + 1, offer: forgetful ? 'KEPT' : 'PENDING' },
  });

  // The server may have been restored to before this incarnation: what it took of earlier ones is gone as well then.
  if (welcome.incarnation < stored.incarnation && forgetful) return restart(stored.incarnation);
  if (restored && stored.incarnation > 1 && !sharedPast)
    return restart(Math.max(stored.incarnation, welcome.incarnation));
  // The station was restored or copied: another program has lived this station's life further, or otherwise.
  if (welcome.incarnation > stored.incarnation) return restart(welcome.incarnation);
  if (welcome.lastSeq > stored.lastSeq) return restart(stored.incarnation);
  if (ownStamp !== null && welcome.lastStamp !== null && ownStamp !== welcome.lastStamp)
    return restart(stored.incarnation);

  if (welcome.lastSeq < stored.lastAckedSeq)
    return { fullPull: true, outbox: { kind: 'REOFFER', fromSeq: welcome.lastSeq } };
  return { fullPull: otherServer || otherSight, outbox: { kind: 'FINE' } };
}

/** Station and server need not be equally new: only changes that both sides can live with come between versions. */
export function requireCommonSchema(own: number, server: Welcome['schema']): void {
  if (own < server.min)
    throw new SyncFault(
      'SCHEMA',
      `This station's program is too old for the central server (${own}, it needs ${server.min}). Update SkyRescue here. Everything recorded is kept and sent afterwards.`,
    );
  if (own > server.max)
    throw new SyncFault(
      'SCHEMA',
      `The central server is too old for this station's program (it takes up to ${server.max}, this is ${own}). Ask its administrator to update it. Everything recorded is kept and sent afterwards.`,
    );
}
