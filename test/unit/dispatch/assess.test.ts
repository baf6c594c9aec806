import { beforeEach, expect, test } from 'vitest';
import { type Assessor, type AssessorPorts, createAssessor } from '../../../main/station/dispatch/assess.ts';
import { seededRandom } from '../../../main/station/ports/random.ts';
import type { Emergency } from '../../../preload/contract/emergencies.ts';
import type { DroneRecord } from '../../../preload/contract/fleet.ts';
import type { Position } from '../../../preload/contract/geo.ts';
import { droneRecord, emergencyRecord, SALEM_STREET, straightRoute } from '../../support/dispatch-records.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { type VehicleChanges, vehicleState } from '../../support/vehicle-state.ts';

type PlanAnswer = Awaited<ReturnType<AssessorPorts['airspace']['planClearRoute']>>;

let clock: FakeClock;
let emergency: Emergency;
let records: DroneRecord[];
/** By MAVLink system; a system without an entry was never heard. */
let vehicles: Map<number, VehicleChanges>;
let occupied: Set<string>;
let landingZones: { name: string; clearanceM: number }[];
let revision: number;
let plan: (from: Position) => PlanAnswer;
let planned: Position[];
let assessor: Assessor;

const metresNorth = (metres: number): Position => ({
  latitudeDeg: SALEM_STREET.latitudeDeg + metres / 111_195,
  longitudeDeg: SALEM_STREET.longitudeDeg,
});

function addDrone(
  droneId: string,
  distanceM: number,
  changes: VehicleChanges = {},
  record: Partial<DroneRecord> = {},
) {
  const systemId = records.length + 1;
  records.push(droneRecord({ droneId, mavlinkSystemId: systemId, ...record }));
  vehicles.set(systemId, { position: metresNorth(distanceM), ...changes });
}

beforeEach(() => {
  clock = new FakeClock();
  emergency = emergencyRecord();
  records = [];
  vehicles = new Map();
  occupied = new Set();
  landingZones = [];
  revision = 1;
  planned = [];
  plan = (from) => ({ route: straightRoute(from, SALEM_STREET), startInsideMarginOf: null });
  assessor = createAssessor({
    store: {
      as: () => ({
        read: {
          emergency: async ({ emergencyId }) => (emergencyId === emergency.emergencyId ? emergency : null),
        },
      }),
      read: {
        droneRecords: async () => records,
        dronesByDistance: async () => records.map(({ droneId }, index) => ({ droneId, distanceM: index })),
      },
    },
    airspace: {
      planClearRoute: async ({ from }) => {
        planned.push(from);
        return plan(from);
      },
      zonesAtLanding: async () => landingZones,
      revision: () => revision,
    },
    clock,
    random: seededRandom(3),
    vehicleOf: (systemId) => {
      const changes = vehicles.get(systemId);
      return changes === undefined ? null : vehicleState(clock.nowMs(), { systemId, ...changes });
    },
    activeMissionOf: (droneId) => (occupied.has(droneId) ? 'm-1' : null),
    heldElsewhere: () => null,
    checkedBy: () => null,
    modelMatch: () => null,
    doorIsLeft: () => false,
    unusualFlight: () => null,
  });
});

const assess = () => assessor.assess({ emergencyId: emergency.emergencyId, dispatcherId: 'd04' });

test('go first, then by time to scene: the nearest that may fly wins over a nearer one that may not', async () => {
  addDrone('Far', 5_000);
  addDrone('Low', 500, { battery: { remainingPercent: 20 } });
  addDrone('Near', 2_000);
  addDrone('Lost', 100, { contact: 'LOST', lastHeardMsAgo: 60_000 });
  addDrone('Silent', 50);
  vehicles.delete(5);
  const { candidates, dataAgeMs, wind } = await assess();
  expect(candidates.map(({ droneId, verdict }) => `${droneId} ${verdict}`)).toEqual([
    'Near GO',
    'Far GO',
    'Low NO_GO',
    'Silent NO_GO',
    'Lost NO_GO',
  ]);
  expect(candidates[0]?.distanceM).toBeCloseTo(2_000, -1);
  expect(candidates.find(({ droneId }) => droneId === 'Low')?.timeToSceneS).toBeGreaterThan(0);
  expect(dataAgeMs).toBe(400);
  expect(wind).toEqual({ speedMps: 4, fromDeg: 270, source: 'estimated by the drone' });
});

test('a head wind can make the nearer drone the later one', async () => {
  addDrone('Upwind', 5_500, { wind: { speedMps: 10, fromDeg: 0 } });
  addDrone('Downwind', -4_500, { wind: { speedMps: 10, fromDeg: 0 } });
  const { candidates } = await assess();
  expect(candidates.map(({ droneId }) => droneId)).toEqual(['Upwind', 'Downwind']);
});

test('a detour counts: the straight distance does not decide', async () => {
  addDrone('Walled', 2_000);
  addDrone('Free', 3_000);
  plan = (from) => {
    const detour = { ...from, longitudeDeg: from.longitudeDeg + 0.05 };
    const route = straightRoute(from, SALEM_STREET);
    const walled = from.latitudeDeg < metresNorth(2_500).latitudeDeg;
    return {
      route: walled ? { ...route, waypoints: [from, detour, SALEM_STREET] } : route,
      startInsideMarginOf: null,
    };
  };
  expect((await assess()).candidates.map(({ droneId }) => droneId)).toEqual(['Free', 'Walled']);
});

test('of hundreds of drones few are planned, enough that none left out could be sooner', async () => {
  for (let index = 0; index < 300; index++) addDrone(`D-${index}`, 1_000 + index * 20);
  const { candidates } = await assess();
  expect(planned).toHaveLength(8);
  expect(candidates[0]?.droneId).toBe('D-0');
  expect(candidates).toHaveLength(24);
  expect(candidates.at(-1)?.checks.find(({ id }) => id === 'ROUTE')?.sentence).toMatch(/get there sooner/);
});

test('as long as no route is found, the next ones are planned, up to a bound', async () => {
  for (let index = 0; index < 100; index++) addDrone(`D-${index}`, 1_000 + index * 20);
  const last = metresNorth(1_000 + 20 * 20).latitudeDeg;
  plan = (from) =>
    from.latitudeDeg < last - 1e-7
      ? { route: null, sentence: 'Zones close every way.' }
      : { route: straightRoute(from, SALEM_STREET), startInsideMarginOf: null };
  const { candidates } = await assess();
  expect(candidates[0]).toMatchObject({ droneId: 'D-20', verdict: 'GO' });
  plan = () => ({ route: null, sentence: 'Zones close every way.' });
  planned = [];
  expect((await assess()).candidates.every(({ verdict }) => verdict === 'NO_GO')).toBe(true);
  expect(planned).toHaveLength(32);
});

test('a forbidden landing place is a no-go for all, and no route is asked for', async () => {
  addDrone('Alpha-1', 1_000);
  landingZones = [{ name: 'Logan', clearanceM: 0 }];
  const { candidates } = await assess();
  expect(candidates[0]?.verdict).toBe('NO_GO');
  expect(planned).toHaveLength(0);
});

test('without a drone, without an emergency, with a closed one', async () => {
  expect((await assess()).candidates).toEqual([]);
  await expect(assessor.assess({ emergencyId: 'nobody', dispatcherId: 'd04' })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
  emergency = emergencyRecord({ closed: { reason: 'OTHER', note: 'Twice', atMs: 0 } });
  await expect(assess()).rejects.toMatchObject({ code: 'CONFLICT' });
});

test('F3: a recheck judges by what is known now, and proves the route anew after 5 s, a move or a zone', async () => {
  addDrone('Alpha-1', 1_000);
  const { decisionId, computedAtMs } = await assess();
  expect(planned).toHaveLength(1);
  clock.advance(4_000);
  const soon = await assessor.recheck(decisionId, 'Alpha-1', 'd04');
  expect(soon.candidate.verdict).toBe('GO');
  expect(soon.decision.computedAtMs).toBe(computedAtMs + 4_000);
  expect(planned).toHaveLength(1);

  revision++;
  await assessor.recheck(decisionId, 'Alpha-1', 'd04');
  expect(planned).toHaveLength(2);
  revision--;
  vehicles.set(1, { position: metresNorth(1_020) });
  await assessor.recheck(decisionId, 'Alpha-1', 'd04');
  expect(planned).toHaveLength(3);
  clock.advance(1_100);
  await assessor.recheck(decisionId, 'Alpha-1', 'd04');
  expect(planned).toHaveLength(4);

  occupied.add('Alpha-1');
  expect((await assessor.recheck(decisionId, 'Alpha-1', 'd04')).candidate.verdict).toBe('NO_GO');
  occupied.clear();
  vehicles.set(1, { contact: 'STALE', lastHeardMsAgo: 3_200, position: metresNorth(1_000) });
  const stale = await assessor.recheck(decisionId, 'Alpha-1', 'd04');
  expect(stale.candidate.verdict).toBe('NO_GO');
  expect(stale.decision.candidates[0]).toBe(stale.candidate);
});

test('a drone that left the register, was never in the decision, or a decision too old', async () => {
  addDrone('Alpha-1', 1_000);
  const { decisionId } = await assess();
  expect(assessor.decisionFor(decisionId)?.emergency).toEqual(emergency);
  await expect(assessor.recheck(decisionId, 'Bravo-4', 'd04')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  const kept = records;
  records = [];
  await expect(assessor.recheck(decisionId, 'Alpha-1', 'd04')).rejects.toMatchObject({
    code: 'DRONE_NOT_REGISTERED',
  });
  records = kept;
  clock.advance(10 * 60_000 + 1);
  expect(assessor.decisionFor(decisionId)).toBeNull();
  await expect(assessor.recheck(decisionId, 'Alpha-1', 'd04')).rejects.toMatchObject({
    code: 'DECISION_EXPIRED',
  });
});

test('decisions are kept within bounds', async () => {
  addDrone('Alpha-1', 1_000);
  const { decisionId: first } = await assess();
  let last = first;
  for (let count = 0; count < 100; count++) last = (await assess()).decisionId;
  expect(assessor.decisionFor(first)).toBeNull();
  expect(assessor.decisionFor(last)).not.toBeNull();
});
