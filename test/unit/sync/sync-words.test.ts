import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { redisSentence } from '../../../main/station/sync/redis-faults.ts';
import { settingsOf } from '../../../main/station/sync/sync-given.ts';
import { shownAddress, syncSettingsFile } from '../../../main/station/sync/sync-settings.ts';
import { conflictInWords, recordInWords, whatToDo } from '../../../main/station/sync/sync-words.ts';

const KNOWN = {
  serverUrl: 'postgresql://login:secret@centre.example:6432/skyrescue?sslmode=disable',
  stationId: 'north',
  token: 'token-1',
  authorityFile: null,
  redisUrl: 'rediss://:hush@centre.example:6379',
};

test('an address is shown without name, password and options', () => {
  expect(shownAddress(KNOWN.serverUrl, 'postgresql:')).toBe('postgresql://centre.example:6432/skyrescue');
  expect(shownAddress(KNOWN.redisUrl, 'redis:', 'rediss:')).toBe('rediss://centre.example:6379');
  expect(shownAddress('https://centre.example', 'postgres:')).toBeNull();
  expect(shownAddress('nonsense', 'postgres:')).toBeNull();
  expect(redisSentence(new Error('closed'), KNOWN.redisUrl)).not.toContain('hush');
});

test('what was left as it was shown keeps its password; what was typed is taken; what is no address is refused', () => {
  const shown = {
    serverUrl: 'postgresql://centre.example:6432/skyrescue',
    stationId: 'north',
    authorityFile: '',
  };
  expect(settingsOf(shown, KNOWN)).toEqual(KNOWN);
  expect(settingsOf({ ...shown, redisUrl: '' }, KNOWN).redisUrl).toBeNull();
  expect(settingsOf({ ...shown, token: 'token-2' }, KNOWN).token).toBe('token-2');
  const refused = (
    input: Partial<typeof shown> & { redisUrl?: string },
    known: typeof KNOWN | null = KNOWN,
  ) =>
    expect(() => settingsOf({ ...shown, ...input }, known)).toThrowError(
      expect.objectContaining({ code: 'INVALID_INPUT' }),
    );
  refused({ serverUrl: 'https://centre.example' });
  refused({ redisUrl: 'http://centre.example' });
  refused({}, null);
});

test('the token is sealed in a file that its owner alone reads, and a damaged file is said in words', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'skyrescue-sync-'));
  try {
    const seal = {
      seal: (secret: Uint8Array) => Buffer.from(secret).toString('hex'),
      open: (sealed: string) => (/^[0-9a-f]+$/.test(sealed) ? Buffer.from(sealed, 'hex') : null),
    };
    const file = syncSettingsFile(directory, seal);
    expect(await file.read()).toBeNull();
    await file.write(KNOWN);
    expect(await file.read()).toEqual(KNOWN);
    const path = join(directory, 'sync.json');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, 'utf8')).not.toContain('token-1');
    writeFileSync(path, '{"sealed":"moved here from elsewhere"}');
    await expect(file.read()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

const PEOPLE = { otherDeletes: false, inForceBy: 'Ann Smith', otherBy: null, twoFlights: false };

test('a conflict says both values, who wrote them, at which station and when', () => {
  const point = '0101000020E61000000000000000C451C00000000000304540';
  const conflict = conflictInWords({
    conflictId: 'c1',
    table: 'no_fly_zones',
    rowId: '0198f3a0-0000-7000-8000-000000000001',
    inForce: { name: 'Stadium', active: true, place: point },
    other: { name: 'Stadium', active: false, altitude_restriction_meters: null },
    inForceStamp: '001760000000000-00003-north~n1',
    otherStamp: '001760000060000-00000-south-2~n2',
    otherStationId: 'south-2',
    ...PEOPLE,
    atMs: 1_760_000_100_000,
  });
  expect(conflict).toMatchObject({
    about: 'No-fly zone Stadium',
    inForceBy: 'north',
    inForceAtMs: 1_760_000_000_000,
    inForcePerson: 'Ann Smith',
    otherBy: 'south-2',
    otherAtMs: 1_760_000_060_000,
    otherPerson: null,
  });
  expect(conflict.fields).toEqual([
    { name: 'Name', inForce: 'Stadium', other: 'Stadium' },
    { name: 'Active', inForce: 'yes', other: 'no' },
    { name: 'Place', inForce: '42.37500, -71.06250', other: null },
    { name: 'Altitude restriction meters', inForce: null, other: null },
  ]);
});

test('a removal against a change is told as such, and two flights of one drone by their missions', () => {
  const about = { conflictId: 'c2', table: 'drones', rowId: 'Echo-2', otherStationId: 'south', atMs: 1 };
  const stamps = { inForceStamp: '001760000000000-00000-north~', otherStamp: '001760000060000-00000-south~' };
  const facts = { ...about, ...stamps, ...PEOPLE };
  const status = { status: 'READY' };
  expect(conflictInWords({ ...facts, inForce: status, other: {}, otherDeletes: true }).fields).toEqual([
    { name: 'Record', inForce: 'kept', other: 'removed' },
  ]);
  expect(conflictInWords({ ...facts, inForce: {}, other: status }).fields).toEqual([
    { name: 'Record', inForce: 'removed', other: 'kept' },
    { name: 'Status', inForce: null, other: 'READY' },
  ]);
  const flight = (end: string, status: string) => ({
    mission_id: `0198f3a0-0000-7000-8000-0000000000${end}`,
    launch_time: '2026-11-20T10:01:00+00:00',
    status,
  });
  expect(
    conflictInWords({
      ...facts,
      twoFlights: true,
      inForce: flight('aa', 'COMPLETED'),
      other: flight('bb', 'ABORTED'),
    }),
  ).toMatchObject({
    kind: 'TWO_FLIGHTS',
    about: 'Drone Echo-2',
    inForceBy: 'north',
    otherBy: 'south',
    fields: [
      { name: 'Mission', inForce: 'Mission …0000aa', other: 'Mission …0000bb' },
      { name: 'Status', inForce: 'COMPLETED', other: 'ABORTED' },
    ],
  });
});

test('a record without a name goes by its id, and every refusal says what to do', () => {
  expect(recordInWords('drones', 'Alpha-3', null)).toBe('Drone Alpha-3');
  expect(recordInWords('missions', '0198f3a0-0000-7000-8000-00000000abcd', null)).toBe('Mission …00abcd');
  expect(recordInWords('some_new_table', 'x', null)).toBe('Some new table x');
  expect(whatToDo('23503')).toContain('Correct the record here');
  expect(whatToDo('42501')).toContain('Ask the centre');
  expect(whatToDo('P0001')).toContain('leave it at that');
});
