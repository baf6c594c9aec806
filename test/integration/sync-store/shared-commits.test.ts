import { afterAll, beforeAll, expect, test } from 'vitest';
import type { MissionRecord } from '../../../db/queries/mission-record.ts';
import type { NewMissionEvent } from '../../../db/queries/query-map.ts';
import type { ChangeGroup } from '../../../db/sync/wire.ts';
import { emergencyInput, missionEvent, NOW_MS, newId, newMission } from '../db/build-records.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../db/temporary-database.ts';
import { openTestStation, type TestStation } from './test-station.ts';

const MISSIONS = 5;
let directory: TemporaryDirectory;
let station: TestStation;
let missionIds: string[] = [];

beforeAll(async () => {
  directory = temporaryDirectory();
  station = await openTestStation(directory.path);
  const { call, sync } = station;
  await call.seedDemo({ password: 'not said here', nowMs: NOW_MS });
  await sync.beginRun('run1');
  await sync.adopt('STATION-A');
  const drones = (await call.droneRecords({})).slice(0, MISSIONS);
  missionIds = await Promise.all(
    drones.map(async ({ droneId }) => {
      const emergencyId = newId();
      await call.createEmergency({ ...emergencyInput(), emergencyId, nowMs: NOW_MS });
      return (await call.createMission(newMission({ emergencyId, droneId }))).missionId;
    }),
  );
}, 60_000);
afterAll(async () => {
  await station.close();
  directory.remove();
});

const idOf = (mission: number): string => missionIds[mission] ?? '';
const progress = (missionId: string, event: Partial<NewMissionEvent> = {}, changes: object = {}) => ({
  name: 'recordMissionProgress' as const,
  input: { missionId, events: [missionEvent(event)], changes },
});
const audit = (action: string) => ({
  name: 'appendAudit' as const,
  input: {
    atMs: NOW_MS,
    dispatcherId: null,
    action,
    subject: null,
    detail: { said: `"${action}", \\{NULL}` },
  },
});
const seqNow = async (): Promise<number> => (await station.sync.state()).lastSeq;
const groupsFrom = (afterSeq: number): Promise<ChangeGroup[]> =>
  station.sync.pendingGroups({ afterSeq, maxRows: 1_000, maxBytes: 10_000_000 });
const written = (group: ChangeGroup) => group.changes.map(({ table, columns }) => [table, columns?.sentence]);

test('writes of many share one wait for the disk, stay in order, and are a group each to the centre', async () => {
  const [seq, { syncs }] = [await seqNow(), station.open.filesystem];
  const outcomes = await station.together([
    progress(idOf(0), { sentence: 'a', data: { note: 'it\'s "so"', depth: 2 } }),
    progress(idOf(1), { sentence: 'b' }),
    progress(idOf(0), { sentence: 'c' }),
    progress(idOf(2), { sentence: 'd' }, { status: 'IN_FLIGHT' }),
    progress(idOf(2), { sentence: 'e' }),
    audit('FIRST'),
    audit('SECOND'),
  ]);
  expect(station.open.filesystem.syncs - syncs).toBe(1);
  const records = outcomes.map((outcome) => ('output' in outcome ? (outcome.output as MissionRecord) : null));
  expect(records.map((record) => record?.missionId)).toEqual([
    ...[idOf(0), idOf(1), idOf(0), idOf(2), idOf(2)],
    ...[undefined, undefined],
  ]);
  expect(records.slice(0, 5).map((record) => record?.status)).toEqual([
    ...['LAUNCHED', 'LAUNCHED', 'LAUNCHED'],
    ...['IN_FLIGHT', 'IN_FLIGHT'],
  ]);
  const events = await station.rows<{ sentence: string; event_data: object | null }>(
    `SELECT sentence, event_data FROM mission_events WHERE length(sentence) = 1 ORDER BY recorded_order`,
  );
  expect(events.map(({ sentence }) => sentence).join('')).toBe('abcde');
  expect(events[0]?.event_data).toEqual({ note: 'it\'s "so"', depth: 2 });

  const groups = await groupsFrom(seq);
  expect(groups.map((group) => group.seq - seq)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(groups.map(written)).toEqual([
    [['mission_events', 'a']],
    [['mission_events', 'b']],
    [['mission_events', 'c']],
    [
      ['mission_events', 'd'],
      ['missions', undefined],
    ],
    [['mission_events', 'e']],
    [['audit_log', undefined]],
    [['audit_log', undefined]],
  ]);
  expect(groups.slice(5).map(({ changes }) => changes[0]?.columns)).toMatchObject([
    { action: 'FIRST', detail: { said: '"FIRST", \\{NULL}' } },
    { action: 'SECOND' },
  ]);
  const stamps = groups.map(({ changes }) => changes[0]?.stamp ?? '');
  expect(stamps).toEqual([...new Set(stamps)].sort());
  expect(await station.sync.groupStamp(seq + 7)).toBe(stamps[6]);
});

test('one that is refused gets its own refusal, and the others are written, in their order and without a gap', async () => {
  const seq = await seqNow();
  const outcomes = await station.together([
    progress(idOf(0), { sentence: 'before' }),
    progress(newId(), { sentence: 'nowhere' }),
    progress(idOf(1), { sentence: 'between' }),
    progress(idOf(3), { sentence: 'too late', atMs: NOW_MS + 3_600_000 }),
    { name: 'recordMissionProgress', input: { missionId: idOf(2), events: 'a bug of ours', changes: {} } },
    progress(idOf(0), { sentence: 'after' }),
  ]);
  expect(outcomes.map((outcome) => ('refusal' in outcome ? outcome.refusal.code : null))).toEqual([
    ...[null, 'NOT_FOUND', null],
    ...['INVALID_INPUT', 'STORAGE_UNAVAILABLE', null],
  ]);
  const groups = await groupsFrom(seq);
  expect(groups.map((group) => [group.seq - seq, written(group)])).toEqual([
    [1, [['mission_events', 'before']]],
    [2, [['mission_events', 'between']]],
    [3, [['mission_events', 'after']]],
  ]);
});

test('a mission that another station flies, or one that is over, refuses alone; said twice is recorded once', async () => {
  await station.rows(`UPDATE missions SET station_id = 'STATION-B' WHERE mission_id = $1`, [idOf(4)]);
  const seq = await seqNow();
  const again = missionEvent({ sentence: 'again' });
  const outcomes = await station.together([
    progress(idOf(1), again),
    progress(idOf(4), { sentence: 'not ours' }),
    progress(idOf(3), {}, { status: 'ABORTED', abortedAtMs: NOW_MS }),
    progress(idOf(3), { sentence: 'late' }, { arrivedAtMs: NOW_MS }),
    progress(idOf(1), again),
  ]);
  expect(outcomes.map((outcome) => ('refusal' in outcome ? outcome.refusal.code : null))).toEqual([
    ...[null, 'FORBIDDEN', null],
    ...['MISSION_OVER', null],
  ]);
  expect((await groupsFrom(seq)).map((group) => group.seq - seq)).toEqual([1, 2]);
});

test('two persons share no transaction, whoever puts them together; each sees what is theirs', async () => {
  const seq = await seqNow();
  const { syncs } = station.open.filesystem;
  const call = (actor: string) => ({
    ...{ name: 'createEmergency' as const, actor },
    input: { ...emergencyInput({ state: 'MA' }), emergencyId: newId(), nowMs: NOW_MS },
  });
  const outcomes = await station.together([
    call('operator12'),
    call('operator12'),
    call('nobody'),
    call('dispatcher04'),
  ]);
  expect(outcomes.map((outcome) => ('refusal' in outcome ? outcome.refusal.code : null))).toEqual([
    ...[null, null],
    ...['FORBIDDEN', null],
  ]);
  expect(station.open.filesystem.syncs - syncs).toBe(2);
  expect(
    await station.rows('SELECT seq, made_by FROM sync_outbox WHERE seq > $1 ORDER BY seq', [seq]),
  ).toEqual([
    { seq: seq + 1, made_by: 'operator12' },
    { seq: seq + 2, made_by: 'operator12' },
    { seq: seq + 3, made_by: 'dispatcher04' },
  ]);
});
