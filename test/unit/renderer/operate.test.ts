import { expect, test } from 'vitest';
import type { FleetEntry } from '../../../preload/contract/fleet.ts';
import { type MissionSummary, missionPhase } from '../../../preload/contract/missions.ts';
import { fleetRow, sameRow } from '../../../renderer/features/operate/fleet-row.ts';
import { earlierSteps, timelineSteps } from '../../../renderer/features/operate/timeline-steps.ts';
import { actionsOf } from '../../../renderer/features/operate/use-mission-actions.ts';
import { missionOf } from '../../../renderer/state/timeline.ts';

const entry: FleetEntry = {
  key: 'Alpha-3',
  registered: true,
  systemId: 3,
  status: 'IN_FLIGHT',
  baseStationId: 'BOS-1',
  contact: 'LIVE',
  lastHeardMsAgo: 120,
  batteryPercent: 78.4,
  modeText: 'Auto',
  attention: 'IN_FLIGHT',
  sentence: '61 Salem St',
  missionId: null,
  timeToSceneS: 72,
  remoteStationId: null,
};

const mission: MissionSummary = {
  missionId: 'm1',
  emergencyId: 'e1',
  droneId: 'Alpha-3',
  dispatcherName: null,
  status: 'IN_FLIGHT',
  phase: 'OUTBOUND',
  destination: { latitudeDeg: 42.3638, longitudeDeg: -71.0559 },
  destinationAddress: '61 Salem St',
  launchedAtMs: 1_000,
  estimatedEtaS: 101,
  actualEtaS: null,
  timeToSceneS: 72,
  leavesSceneAtMs: null,
  plannedRoute: [],
  returnRoute: [],
  clearanceM: 84,
  command: null,
  abortReason: null,
  aedDeployed: null,
  remoteStationId: null,
};

test('a line is drawn again only when its words change', () => {
  const row = fleetRow(entry);
  expect(row).toMatchObject({ aside: 'scene in 1:12', chip: { words: 'In flight' }, batteryPercent: 78 });
  expect(sameRow(row, fleetRow({ ...entry, lastHeardMsAgo: 480, batteryPercent: 78.1 }))).toBe(true);
  expect(sameRow(row, fleetRow({ ...entry, batteryPercent: 77.4 }))).toBe(false);
});

test('U4: a silent drone says for how long', () => {
  const row = fleetRow({ ...entry, contact: 'LOST', lastHeardMsAgo: 7_200, attention: 'WARNING' });
  expect(row).toMatchObject({ aside: 'no data 7 s', stale: true, chip: { look: 'warning' } });
  expect(fleetRow({ ...entry, registered: false, status: null, attention: 'NONE' }).chip.words).toBe(
    'Not registered',
  );
});

test('the timeline tells what happened in order, then what is still expected', () => {
  const event = (eventId: string, atMs: number) =>
    ({ eventId, type: 'ARMED', atMs, source: 'DRONE', sentence: eventId }) as const;
  const steps = timelineSteps([event('second', 20), event('first', 10)], mission);
  expect(steps.map((step) => [step.words, step.state])).toEqual([
    ['first', 'DONE'],
    ['second', 'DONE'],
    ['Arrives on scene', 'NOW'],
    ['Lands', 'TO_COME'],
    ['AED released', 'TO_COME'],
    ['Returns', 'TO_COME'],
    ['Back at its base', 'TO_COME'],
  ]);
  expect(steps[2]?.countdown).toBe('1:12');
  expect(earlierSteps(steps)).toBe(0);
  const long = timelineSteps(
    [1, 2, 3, 4, 5].map((at) => event(String(at), at)),
    mission,
  );
  expect(long.slice(earlierSteps(long))[0]?.words).toBe('3');
  expect(timelineSteps([], { ...mission, status: 'ABORTED', phase: 'OVER' })).toEqual([]);
});

test('each phase of a mission has its actions, and none of them is the abort (F4)', () => {
  const offered = missionPhase.options.map((phase) => [phase, actionsOf({ ...mission, phase })] as const);
  expect(Object.fromEntries(offered)).toMatchObject({
    OUTBOUND: ['hold', 'landHere'],
    HOLDING: ['resume', 'landHere'],
    AWAITING_CONFIRMATION: ['confirmDelivery', 'releaseAgain', 'stayOnScene', 'returnNow'],
    OVER: [],
  });
});

test('a drone shows the mission it flew last', () => {
  const later = { ...mission, missionId: 'm2', launchedAtMs: 2_000 };
  expect(missionOf([later, mission], 'Alpha-3')).toBe(later);
  expect(missionOf([later, mission], 'Alpha-1')).toBeNull();
});

test('F4, S14: of two missions of one drone the one that this station flies is at hand, whatever others say', () => {
  const ours = { ...mission, missionId: 'ours', launchedAtMs: 1_000 };
  const theirs = { ...mission, missionId: 'theirs', launchedAtMs: 2_000, remoteStationId: 'south' };
  expect(missionOf([ours, theirs], 'Alpha-3')?.missionId).toBe('ours');
  expect(missionOf([theirs, ours], 'Alpha-3')?.missionId).toBe('ours');
  expect(missionOf([{ ...ours, phase: 'OVER' }, theirs], 'Alpha-3')?.missionId).toBe('theirs');
});

test('a drone of another station is marked, by whom and what it does', () => {
  const row = fleetRow({
    ...entry,
    contact: null,
    attention: 'NONE',
    timeToSceneS: null,
    remoteStationId: 'south',
  });
  expect(row).toMatchObject({ chip: { words: 'Remote' }, aside: 'south' });
});
