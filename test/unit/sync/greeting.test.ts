import { describe, expect, it } from 'vitest';
import type { Welcome } from '../../../db/sync/wire.ts';
import { amends, requireCommonSchema } from '../../../main/station/sync/greeting.ts';
import type { StoredSyncState } from '../../../main/station/sync/sync-store.ts';

const STORED: StoredSyncState = {
  stationId: 'S1',
  incarnation: 2,
  lastSeq: 10,
  lastAckedSeq: 8,
  telemetryPosition: 0,
  cursor: { epoch: 'e1', txid: '1', seq: '1' },
  fullPull: false,
  epoch: 'e1',
  visibility: 1,
  paused: false,
  lastSuccessAtMs: null,
  clockOffsetMs: 0,
  schema: 12,
};
const WELCOME: Welcome = {
  epoch: 'e1',
  schema: { min: 10, max: 14, current: 12 },
  lastSeq: 8,
  lastStamp: 'stamp8',
  incarnation: 2,
  telemetryPosition: 0,
  visibility: 1,
  serverNowMs: 0,
  stationName: 'One',
};
const found = (
  stored: Partial<StoredSyncState>,
  welcome: Partial<Welcome>,
  stamp: string | null = 'stamp8',
) => amends({ ...STORED, ...stored }, { ...WELCOME, ...welcome }, stamp, null);

describe('what a greeting finds out', () => {
  it('nothing, if both remember the same', () => {
    expect(found({}, {})).toEqual({ fullPull: false, outbox: { kind: 'FINE' } });
  });
  it('an answer that got lost: pushed again, the server knows it', () => {
    expect(found({ lastAckedSeq: 6 }, {})).toEqual({ fullPull: false, outbox: { kind: 'FINE' } });
  });
  it('a restored server, by what it has forgotten', () => {
    expect(found({}, { lastSeq: 5, lastStamp: 'stamp5', epoch: 'e2' }, 'stamp5')).toEqual({
      fullPull: true,
      outbox: { kind: 'REOFFER', fromSeq: 5 },
    });
  });
  it('a server restored to before this incarnation: everything kept is offered, once for this server', () => {
    const forgetful = { ...WELCOME, epoch: 'e2', incarnation: 1, lastSeq: 0, lastStamp: null };
    expect(amends(STORED, forgetful, null, null)).toEqual({
      fullPull: true,
      outbox: { kind: 'NEW_INCARNATION', incarnation: 3, offer: 'KEPT' },
    });
    const renewed = { ...STORED, incarnation: 3, lastAckedSeq: 0 };
    expect(amends(renewed, forgetful, null, 'e2').outbox).toEqual({ kind: 'FINE' });
  });
  it('a restored station, by numbers that it has not given out', () => {
    expect(found({}, { lastSeq: 11, lastStamp: 'x' }, null).outbox).toEqual({
      kind: 'NEW_INCARNATION',
      incarnation: 3,
      offer: 'PENDING',
    });
  });
  it('a restored station that has used the numbers again, by the stamp', () => {
    expect(found({}, {}, 'another').outbox).toEqual({
      kind: 'NEW_INCARNATION',
      incarnation: 3,
      offer: 'PENDING',
    });
  });
  it('a station that another program has outlived', () => {
    expect(found({}, { incarnation: 5 }).outbox).toMatchObject({ kind: 'NEW_INCARNATION', incarnation: 6 });
  });
  it('that it may see other rows than before', () => {
    expect(found({}, { visibility: 2 })).toEqual({ fullPull: true, outbox: { kind: 'FINE' } });
  });
});

describe('case 23: station and server of different age', () => {
  const server = { min: 10, max: 14, current: 12 };
  it.each([10, 12, 14])('version %i can talk to it', (own) => {
    expect(() => requireCommonSchema(own, server)).not.toThrow();
  });
  it('says which of them must be updated, and that nothing is lost', () => {
    expect(() => requireCommonSchema(9, server)).toThrow(/station's program is too old.*is kept/);
    expect(() => requireCommonSchema(15, server)).toThrow(/central server is too old.*is kept/);
  });
});
