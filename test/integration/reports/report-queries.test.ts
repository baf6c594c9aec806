import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Store } from '../../../main/station/store/store.ts';
import type { Position } from '../../../preload/contract/geo.ts';
import { missionEvent, NOW_MS, newId, squareZone } from '../db/build-records.ts';
import { openTestStore, type TemporaryDirectory, temporaryDirectory } from '../db/temporary-database.ts';
import {
  completed,
  fly,
  HOUR_MS,
  heard,
  MINUTE_MS,
  makeBasesAndDrones,
  NORTH,
  recordTrack,
  SOUTH,
} from './report-world.ts';

/** Metres of a thousandth of a degree of latitude near 42.4° N on the WGS 84 ellipsoid. */
const MILLIDEGREE_NORTH_M = 111.08;
const LAST_DAY = { fromMs: NOW_MS - 24 * HOUR_MS, untilMs: NOW_MS + 1 };
const SINCE_EVER = { fromMs: 0, untilMs: NOW_MS + HOUR_MS };
const EVERYTHING = {
  ...SINCE_EVER,
  baseStationId: null,
  droneId: null,
  status: null,
  after: null,
  limit: 50,
};

let directory: TemporaryDirectory;
let opened: Awaited<ReturnType<typeof openTestStore>>;
let store: Store;
const missionIds: Record<'first' | 'aborted' | 'yesterday' | 'flying', string> = {
  first: '',
  aborted: '',
  yesterday: '',
  flying: '',
};

/**
 * Launches, and minutes before NOW:
 *
 *   drone  minutes  ended        AED        seconds to the scene
 *   N-1        300  COMPLETED    delivered  100
 *   N-1        240  COMPLETED    delivered  140
 *   N-2        180  COMPLETED    not        120
 *   N-2        120  ABORTED      -          -
 *   S-1        100  COMPLETED    delivered  200
 *   S-1         90  COMPLETED    (unknown)  -         (recorded without an arrival)
 *   S-2       1500  COMPLETED    delivered  500       (25 hours: not of the last day)
 *   S-2         10  in flight
 */
async function flyEverything(): Promise<void> {
  const before = (minutes: number): number => NOW_MS - minutes * MINUTE_MS;
  const done = (minutes: number, aedDeployed?: boolean, actualEtaS?: number) =>
    completed(before(minutes - 8), {
      ...(aedDeployed === undefined ? {} : { aedDeployed }),
      ...(actualEtaS === undefined ? {} : { actualEtaS }),
    });
  const launch = (droneId: string, minutes: number, changes: Parameters<typeof fly>[1]['changes']) =>
    fly(store, { droneId, launchedAtMs: before(minutes), changes });
  missionIds.first = await launch('N-1', 300, done(300, true, 100));
  await launch('N-1', 240, done(240, true, 140));
  await launch('N-2', 180, done(180, false, 120));
  missionIds.aborted = await launch('N-2', 120, {
    status: 'ABORTED',
    abortedAtMs: before(119),
    abortReason: 'Weather',
  });
  await launch('S-1', 100, done(100, true, 200));
  await launch('S-1', 90, done(90));
  missionIds.yesterday = await launch('S-2', 1500, done(1500, true, 500));
  missionIds.flying = await launch('S-2', 10, { status: 'IN_FLIGHT' });
}

beforeAll(async () => {
  directory = temporaryDirectory();
  opened = await openTestStore(directory.path);
  ({ store } = opened);
  await makeBasesAndDrones(store);
  await flyEverything();
});
afterAll(async () => {
  await opened.close();
  directory.remove();
});

describe('success rate by base station', () => {
  test('counts completed missions, tells aborted ones apart, and averages only what arrived', async () => {
    // NORTH: 2 of 3 are 66.67 %; (100 + 140 + 120) / 3 = 120 s.
    // SOUTH: 1 of 2 is 50 %, since an unknown delivery is none; the one known arrival took 200 s.
    expect(await store.read.successRateByBase(LAST_DAY)).toEqual([
      {
        ...{ baseStationId: 'NORTH', name: 'NORTH', completed: 3, delivered: 2, successPercent: 66.67 },
        ...{ aborted: 1, averageEtaS: 120 },
      },
      {
        ...{ baseStationId: 'SOUTH', name: 'SOUTH', completed: 2, delivered: 1, successPercent: 50 },
        ...{ aborted: 0, averageEtaS: 200 },
      },
    ]);
  });

  test('of all time adds the mission of the day before', async () => {
    // SOUTH: 2 of 3; (200 + 500) / 2 = 350 s. Equal rates: the same number of missions, then by id.
    expect(
      (await store.read.successRateByBase(SINCE_EVER)).map((base) => [
        base.name,
        base.completed,
        base.successPercent,
        base.averageEtaS,
      ]),
    ).toEqual([
      ['NORTH', 3, 66.67, 120],
      ['SOUTH', 3, 66.67, 350],
    ]);
  });

  test('is unknown, not zero, where nothing was completed', async () => {
    const span = { fromMs: NOW_MS - 121 * MINUTE_MS, untilMs: NOW_MS - 119 * MINUTE_MS };
    expect(await store.read.successRateByBase(span)).toMatchObject([
      { completed: 0, delivered: 0, successPercent: null, aborted: 1, averageEtaS: null },
    ]);
  });
});

describe('the monitoring queries', () => {
  test('average response time of the last day leaves out who never arrived', async () => {
    // Launched in the last day: 7. Arrived: 100, 120, 140, 200. Their mean is 560 / 4, their median (120 + 140) / 2.
    expect(await store.read.responseTime(LAST_DAY)).toEqual({
      launched: 7,
      arrived: 4,
      averageS: 140,
      medianS: 130,
    });
  });

  test('an average of nothing is unknown', async () => {
    expect(await store.read.responseTime({ fromMs: 0, untilMs: 1 })).toEqual({
      launched: 0,
      arrived: 0,
      averageS: null,
      medianS: null,
    });
  });

  test('active missions are those that are not over', async () => {
    expect(await store.read.activeMissionCount({})).toBe(1);
  });

  test('drones by status name every status', async () => {
    await store.write.setDroneStatus({ droneId: 'S-3', status: 'MAINTENANCE' });
    expect(await store.read.dronesByStatus({})).toEqual([
      { status: 'READY', drones: 3 },
      { status: 'CHARGING', drones: 0 },
      { status: 'IN_FLIGHT', drones: 1 },
      { status: 'MAINTENANCE', drones: 1 },
      { status: 'OFFLINE', drones: 0 },
    ]);
  });

  test('the size of the database is that of its files, more than an empty one', async () => {
    expect(await store.read.databaseSize({})).toBeGreaterThan(5_000_000);
  });
});

test('fleet availability counts by base, also a base without drones', async () => {
  await heard(store, 'N-1', 80);
  await heard(store, 'N-2', 91);
  await heard(store, 'S-2', 12);
  const base = { ready: 0, charging: 0, inFlight: 0, maintenance: 0, offline: 0 };
  // NORTH: both ready, (80 + 91) / 2. SOUTH: S-1 ready and never heard, S-2 flying, S-3 in maintenance.
  expect(await store.read.fleetAvailability({})).toEqual([
    { ...base, baseStationId: 'EMPTY', name: 'EMPTY', averageReadyBatteryPercent: null },
    { ...base, baseStationId: 'NORTH', name: 'NORTH', ready: 2, averageReadyBatteryPercent: 85.5 },
    {
      ...base,
      ...{ baseStationId: 'SOUTH', name: 'SOUTH', ready: 1, inFlight: 1, maintenance: 1 },
      averageReadyBatteryPercent: null,
    },
  ]);
});

describe('the nearest available drone', () => {
  const nearest = (place: Position) => store.read.nearestAvailableDrone({ place, minimumBatteryPercent: 50 });

  test('is ready, has half its battery, and is measured from where it was last heard', async () => {
    // S-1 at its base is one thousandth of a degree away and at 49 %; S-2 flies; S-3 is in maintenance.
    await heard(store, 'S-1', 49);
    await heard(store, 'S-3', 100);
    await heard(store, 'N-1', 80);
    // N-2 was last heard five thousandths of a degree south of the place; N-1 at its base in the north.
    const place = { ...SOUTH, latitudeDeg: SOUTH.latitudeDeg + 0.001 };
    await heard(store, 'N-2', 50, { ...SOUTH, latitudeDeg: SOUTH.latitudeDeg - 0.004 });
    const found = await nearest(place);
    expect(found).toMatchObject({ droneId: 'N-2', batteryPercent: 50, baseStationId: 'NORTH' });
    expect(found?.distanceM).toBeCloseTo(5 * MILLIDEGREE_NORTH_M, 0);
    // With half a battery, the one at the base is the nearest.
    await heard(store, 'S-1', 50);
    const better = await nearest(place);
    expect(better?.droneId).toBe('S-1');
    expect(better?.distanceM).toBeCloseTo(MILLIDEGREE_NORTH_M, 0);
  });

  test('is nobody when none is fit', async () => {
    expect(await store.read.nearestAvailableDrone({ place: SOUTH, minimumBatteryPercent: 100 })).toBeNull();
  });
});

test('a timeline counts seconds from the launch, before it negative, in the order of recording', async () => {
  const launchedAtMs = NOW_MS - 400 * MINUTE_MS;
  const at = (seconds: number, type: 'LAUNCH_ACKNOWLEDGED' | 'ARRIVED_AT_SCENE' | 'LANDED' | 'OVERRIDE') =>
    missionEvent({ eventId: newId(), type, atMs: launchedAtMs + seconds * 1_000, sentence: type });
  const missionId = await fly(store, {
    droneId: 'N-1',
    launchedAtMs,
    changes: completed(launchedAtMs + HOUR_MS / 2),
    events: [
      { ...at(61.25, 'LANDED'), data: { distanceM: 1.5, confirmed: true } },
      at(61.25, 'ARRIVED_AT_SCENE'),
      at(-2.5, 'OVERRIDE'),
      at(0, 'LAUNCH_ACKNOWLEDGED'),
    ],
  });
  const events = await store.read.missionTimeline({ missionId });
  expect(events.map((event) => [event.type, event.secondsSinceLaunch])).toEqual([
    ['OVERRIDE', -2.5],
    ['LAUNCH_ACKNOWLEDGED', 0],
    // The same instant: LANDED was recorded first.
    ['LANDED', 61.25],
    ['ARRIVED_AT_SCENE', 61.25],
  ]);
  expect(events.map((event) => event.data)).toEqual([null, null, { distanceM: 1.5, confirmed: true }, null]);
});

test('a transcript is one mission’s own, oldest first', async () => {
  const line = (missionId: string, seconds: number, text: string) =>
    store.write.appendTranscript({
      ...{ transcriptId: newId(), missionId, atMs: NOW_MS + seconds * 1_000, speaker: 'DRONE' as const },
      ...{ text, language: 'en', confidence: null, conversationState: null },
    });
  await line(missionIds.flying, 9, 'Open the box.');
  await line(missionIds.flying, 4, 'Stand back.');
  await line(missionIds.first, 5, 'Somebody else’s.');
  const spoken = await store.read.missionTranscript({ missionId: missionIds.flying });
  expect(spoken.map((said) => said.text)).toEqual(['Stand back.', 'Open the box.']);
});

describe('zones and missions in flight', () => {
  const halfway: Position = { latitudeDeg: 42.45, longitudeDeg: -71 };
  const zone = (name: string, centre: Position, changes: Parameters<typeof squareZone>[2] = {}) =>
    store.write.createZone({
      ...squareZone(centre, 0.002, { name, ...changes }),
      zoneId: newId(),
      nowMs: NOW_MS,
    });

  test('the scene, the way and the last place conflict; what is over, low or not in force does not', async () => {
    // S-2 flies from NORTH to SOUTH at 60 m above its base.
    await zone('at the scene, low', SOUTH, { ceilingAglM: 30 });
    await zone('on the way, high', halfway);
    await zone('on the way, low', halfway, { ceilingAglM: 59 });
    await zone('over at this moment', halfway, { endsAtMs: NOW_MS, startsAtMs: NOW_MS - HOUR_MS });
    await zone('lifted', halfway, { active: false });
    await zone('far to the side', { ...halfway, longitudeDeg: -71.01 });
    const conflicts = await store.read.missionZoneConflicts({ nowMs: NOW_MS });
    expect(conflicts.map(({ droneId, zoneName, where }) => [droneId, zoneName, where])).toEqual([
      ['S-2', 'at the scene, low', 'DESTINATION'],
      ['S-2', 'on the way, high', 'ROUTE'],
    ]);
    expect(conflicts[0]).toMatchObject({ missionId: missionIds.flying, zoneType: 'TEMPORARY' });
  });

  test('where it was last recorded counts by its height above the first record', async () => {
    const aside: Position = { latitudeDeg: 42.45, longitudeDeg: -71.03 };
    await zone('aside, to 40 m', aside, { ceilingAglM: 40 });
    const found = async (): Promise<boolean> =>
      (await store.read.missionZoneConflicts({ nowMs: NOW_MS })).some(
        ({ zoneName, where }) => zoneName === 'aside, to 40 m' && where === 'POSITION',
      );
    // Ground at 100 m: 50 m above it is over the zone.
    await recordTrack(store, missionIds.flying, 'S-2', [
      { ...NORTH, altitudeAmslM: 100 },
      { ...aside, altitudeAmslM: 150 },
    ]);
    expect(await found()).toBe(false);
    await recordTrack(store, missionIds.flying, 'S-2', [
      { ...NORTH, altitudeAmslM: 100 },
      { ...aside, altitudeAmslM: 150 },
      { ...aside, altitudeAmslM: 140 },
    ]);
    expect(await found()).toBe(true);
  });
});

describe('the list of missions', () => {
  test('filters by time, base, drone and status, newest first', async () => {
    const drones = async (changes: object): Promise<string[]> =>
      (await store.read.searchMissions({ ...EVERYTHING, ...changes })).map((mission) => mission.droneId);
    expect(await drones(LAST_DAY)).toEqual(['S-2', 'S-1', 'S-1', 'N-2', 'N-2', 'N-1', 'N-1', 'N-1']);
    expect(await drones({ ...LAST_DAY, baseStationId: 'SOUTH' })).toEqual(['S-2', 'S-1', 'S-1']);
    expect(await drones({ droneId: 'S-2' })).toEqual(['S-2', 'S-2']);
    expect(await drones({ status: 'ABORTED' })).toEqual(['N-2']);
    expect(await drones({ baseStationId: 'EMPTY' })).toEqual([]);
  });

  test('comes in pages that neither repeat nor leave out', async () => {
    const whole = await store.read.searchMissions(EVERYTHING);
    const pages: string[] = [];
    for (let last = null as { launchedAtMs: number; missionId: string } | null; ; ) {
      const page = await store.read.searchMissions({ ...EVERYTHING, limit: 2, after: last });
      pages.push(...page.map((mission) => mission.missionId));
      last = page.at(-1) ?? null;
      if (last === null) break;
    }
    expect(whole).toHaveLength(9);
    expect(pages).toEqual(whole.map((mission) => mission.missionId));
  });
});

describe('one mission', () => {
  test('has its facts, its base and its planned way', async () => {
    expect(await store.read.missionFacts({ missionId: missionIds.aborted })).toMatchObject({
      droneId: 'N-2',
      baseStationName: 'NORTH',
      status: 'ABORTED',
      abortReason: 'Weather',
      emergencyType: 'cardiac_arrest',
      calledAtMs: NOW_MS - 121 * MINUTE_MS,
      launchedAtMs: NOW_MS - 120 * MINUTE_MS,
      actualEtaS: null,
      patientOutcome: null,
      weather: null,
      plannedRoute: [NORTH, SOUTH],
    });
    expect(await store.read.missionFacts({ missionId: newId() })).toBeNull();
  });

  test('keeps its flown path when it is over, thinned on demand', async () => {
    const launchedAtMs = NOW_MS - 50 * MINUTE_MS;
    const missionId = await fly(store, { droneId: 'N-1', launchedAtMs, changes: { status: 'IN_FLIGHT' } });
    const places = [0, 1, 2, 3, 4].map((step) => ({
      latitudeDeg: 42.5 - step * 0.001,
      longitudeDeg: -71,
      altitudeAmslM: 60,
    }));
    await recordTrack(store, missionId, 'N-1', places);
    await store.write.recordMissionProgress({
      missionId,
      events: [],
      changes: completed(NOW_MS),
      droneStatusAfter: 'READY',
    });
    const kept = await store.read.keptFlightPath({ missionId, maximumPoints: 3 });
    expect(kept.map((place) => Number(place.latitudeDeg.toFixed(3)))).toEqual([42.5, 42.498, 42.496]);
    const track = await store.read.missionTrack({ missionId, maximumPoints: 100 });
    expect(track).toHaveLength(5);
    expect(track[0]).toEqual({
      ...{ atMs: NOW_MS, latitudeDeg: 42.5, longitudeDeg: -71, altitudeAmslM: 60 },
      ...{ groundSpeedMps: 15, headingDeg: 40, batteryPercent: 90 },
    });
  });
});
