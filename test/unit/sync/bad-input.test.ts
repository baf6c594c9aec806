import { describe, expect, it, test } from 'vitest';
import type { Json } from '../../../db/sync/wire.ts';
import { requireCommonSchema } from '../../../main/station/sync/greeting.ts';
import * as forms from '../../../main/station/sync/pg-answers.ts';
import { faultOf } from '../../../main/station/sync/pg-faults.ts';
import type { SyncStatus } from '../../../main/station/sync/sync-engine.ts';
import { statusOf } from '../../../main/station/sync/sync-health.ts';
import { INITIAL, step } from '../../../main/station/sync/sync-machine.ts';

const NOTHING = {
  ...{ pendingGroups: 0, pendingBytes: 0, oldestAtMs: null, telemetryRows: 0, telemetryDropped: 0 },
  ...{ refused: 0, conflicts: 0, parked: 0, misshapen: 0 },
};
const SETTINGS = {
  ...{ serverUrl: 'postgresql://l:secret@centre.example/skyrescue', stationId: 'north', token: 'secret' },
  ...{ authorityFile: null, redisUrl: null },
};
const databaseError = (code: string, detail = '', message = 'said by the server'): Error =>
  Object.assign(new Error(message), { code, detail, severity: 'ERROR' });

/** What a person sees under System → Sync once the greeting has ended so. */
function seenAfter(error: unknown) {
  const { kind, message: sentence } = faultOf(error);
  const chance = { nowMs: 0, random: () => 0.5 };
  const greeting = step(INITIAL, { kind: 'STARTED', paused: false }, chance).state;
  const { state } = step(greeting, { kind: 'FAILED', fault: { kind, sentence } }, chance);
  const engine: SyncStatus = {
    ...{
      state: state.mode === 'NEEDS_PERSON' ? 'NEEDS_PERSON' : 'OFFLINE',
      fault: state.fault,
      counts: NOTHING,
    },
    ...{
      stationId: 'north',
      stationName: null,
      offlineSinceMs: 1,
      nextAttemptAtMs: null,
      lastSuccessAtMs: null,
    },
    ...{ sentRowsPerS: 0, receivedRowsPerS: 0 },
  };
  const facts = { settings: SETTINGS, engine, redis: null, trouble: null, upSinceMs: 0, counts: NOTHING };
  const { phase, central } = statusOf({ ...facts, lastSuccessAtMs: null, clockOffsetMs: 0 });
  return { phase, sentence: central.sentence ?? '' };
}

const schemaError = (own: number): unknown => {
  try {
    requireCommonSchema(own, { min: 11, max: 20, current: 20 });
  } catch (error) {
    return error;
  }
};

describe('bad input of sync: a sentence that says what to do, and whether anything is lost', () => {
  it.each<[string, unknown, string, RegExp]>([
    [
      'a wrong token',
      databaseError('28000', 'UNKNOWN'),
      'STOPPED',
      /not accept .*token.*Everything recorded is kept/,
    ],
    [
      'an expired token',
      databaseError('28000', 'EXPIRED'),
      'STOPPED',
      /expired.*new one.*Everything recorded is kept/,
    ],
    [
      'a revoked token',
      databaseError('28000', 'REVOKED'),
      'STOPPED',
      /revoked.*new one.*Everything recorded is kept/,
    ],
    ['the token of another station', databaseError('28000', 'OTHER_STATION'), 'STOPPED', /another station/],
    ['a wrong password', databaseError('28P01'), 'STOPPED', /does not accept this station's login/],
    [
      'a database that is not ours',
      databaseError('42883'),
      'STOPPED',
      /not a SkyRescue server.*Check the address/,
    ],
    ['a database that is not there', databaseError('3D000'), 'STOPPED', /not a SkyRescue server/],
    ['a login of something else', databaseError('42501'), 'STOPPED', /login may not use.*Check the address/],
    ['a server that is older', schemaError(30), 'STOPPED', /server is too old.*Everything recorded is kept/],
    ['a server that is newer', schemaError(3), 'STOPPED', /program is too old.*Everything recorded is kept/],
    [
      'a schema that the server refuses',
      databaseError('SY003'),
      'STOPPED',
      /too old.*Everything recorded is kept/,
    ],
    [
      'a certificate of another name',
      databaseError('ERR_TLS_CERT_ALTNAME_INVALID'),
      'STOPPED',
      /certificate.*Nothing was sent/,
    ],
    [
      'a certificate of nobody',
      databaseError('DEPTH_ZERO_SELF_SIGNED_CERT'),
      'STOPPED',
      /certificate.*Nothing was sent/,
    ],
    ['no encryption', new Error('The server does not support SSL connections'), 'STOPPED', /certificate/],
    ['nobody there', databaseError('ECONNREFUSED'), 'OFFLINE', /cannot be reached.*tried again by itself/],
    ['a replica', databaseError('25006'), 'OFFLINE', /takes no changes.*tried again by itself/],
  ])('%s', (_, error, phase, sentence) => {
    const seen = seenAfter(error);
    expect(seen.phase).toBe(phase);
    expect(seen.sentence).toMatch(sentence);
    expect(seen.sentence).not.toContain('secret');
  });
});

const CURSOR = { epoch: 'e', txid: '10', seq: '5' };
const STAMP = '001760000000000-00003-north~n1';
const row = (changes: Record<string, Json> = {}): Json => ({
  ...{
    table: 'drones',
    rowId: 'Alpha-1',
    op: 'UPSERT',
    row: { drone_id: 'Alpha-1' },
    stamps: { '*': STAMP },
  },
  ...{ origin: null, ...changes },
});
const page = (rows: Json, changes: Record<string, Json> = {}): Json => ({
  ...{ rows, cursor: CURSOR, more: false, visibility: 1, serverNowMs: 1, ...changes },
});

test('a malformed page is not used at all, with a sentence', () => {
  const malformed: Json[] = [
    ...[null, 'page', [], {}, page(null), page('rows'), page([row(), 'a row']), page([row({ table: 7 })])],
    ...[page([row({ rowId: '' })]), page([], { cursor: { ...CURSOR, txid: '1; DROP TABLE' } })],
    ...[page([], { more: 'no' }), page([], { visibility: -1 }), page([], { serverNowMs: 'now' })],
  ];
  for (const answer of malformed)
    expect(() => forms.readPage(answer), JSON.stringify(answer)).toThrowError(
      expect.objectContaining({
        kind: 'MALFORMED',
        message: expect.stringMatching(/agreed form.*everything else goes on.*verify/),
      }),
    );
});

test('a malformed row, above all one with a malformed stamp, is put aside as it came; the page is used', () => {
  const stamps = ['', 'lately', '17600000000-0-x', `${STAMP}${'x'.repeat(80)}`, 7, null];
  const bad = [
    ...stamps.map((stamp) => row({ stamps: { '*': stamp } })),
    ...[
      row({ op: 'REPLACE' }),
      row({ row: null }),
      row({ op: 'DELETE' }),
      row({ origin: 3 }),
      row({ stamps: [] }),
    ],
  ];
  const { rows, misshapen } = forms.readPage(page([row(), ...bad, row({ rowId: 'Alpha-2' })]));
  expect(rows.map(({ rowId }) => rowId)).toEqual(['Alpha-1', 'Alpha-2']);
  expect(misshapen).toEqual(bad);
});

test('a malformed answer to a greeting or a push is not used, with a sentence', () => {
  const misshapen = (read: () => unknown) =>
    expect(read).toThrowError(expect.objectContaining({ kind: 'MALFORMED' }));
  misshapen(() => forms.readAnswer(forms.welcome, { epoch: '' }));
  misshapen(() => forms.readAnswer(forms.pushAnswer, { lastSeq: 1.5 }));
  misshapen(() => forms.readAnswer(forms.leaseAnswer, { state: 'MAYBE' }));
  misshapen(() => forms.readAnswer(forms.bucketRows, [row({ stamps: { '*': 'lately' } })]));
});
