import { describe, expect, test } from 'vitest';
import { launchedState } from '../../../main/station/dispatch/mission-beginning.ts';
import { reduceMission } from '../../../main/station/dispatch/mission-machine.ts';
import type {
  AircraftCommand,
  MissionInput,
  MissionState,
  MissionStep,
  PersonAct,
} from '../../../main/station/dispatch/mission-state.ts';
import type { CommandOutcome } from '../../../main/station/ports/aircraft.ts';
import { seededRandom } from '../../../main/station/ports/random.ts';
import { type MissionStatus, missionPhase, missionStatus } from '../../../preload/contract/missions.ts';
import type { VehicleState } from '../../../preload/contract/vehicle.ts';
import { buildVehicle } from '../../support/build-vehicle.ts';
import { HOME, OPERATOR, SCENE } from '../../support/mission-station.ts';

const START_MS = 1_760_000_000_000;
const ORDER: MissionStatus[] = [
  'LAUNCHED',
  'IN_FLIGHT',
  'ARRIVED',
  'LANDED',
  'AED_DEPLOYED',
  'RETURNING',
  'COMPLETED',
  'ABORTED',
];

function begun(parts: Partial<MissionState> = {}): MissionState {
  const plan = {
    systemId: 7,
    home: HOME,
    destination: SCENE,
    cruiseAltitudeRelativeHomeM: 60,
    cruiseSpeedMps: 15,
    outbound: [HOME, SCENE],
    homebound: [],
    clearanceM: null,
  };
  const record = {
    missionId: 'm',
    emergencyId: 'e',
    droneId: 'Alpha-3',
    dispatcherId: 'ana',
    dispatcherName: 'Ana Ruiz',
    status: 'LAUNCHED' as const,
    destination: SCENE,
    destinationAddress: null,
    launchedAtMs: START_MS,
    arrivedAtMs: null,
    aedDeployedAtMs: null,
    completedAtMs: null,
    abortedAtMs: null,
    estimatedEtaS: 60,
    actualEtaS: null,
    abortReason: null,
    aedDeployed: null,
    remoteStationId: null,
    voiceExchanges: 0,
    plan,
  };
  return { ...launchedState(record, plan, 10_000, START_MS), contact: 'LIVE', ...parts };
}

const flying = (nowMs: number, parts: Partial<VehicleState> = {}): VehicleState =>
  buildVehicle(nowMs, {
    modeKind: 'MISSION',
    modeText: 'Auto',
    armed: true,
    landedState: 'IN_AIR',
    position: {
      latitudeDeg: 42.3625,
      longitudeDeg: -71.06,
      altitudeAmslM: 80,
      altitudeRelativeHomeM: 60,
      receivedAtMs: nowMs,
    },
    velocity: { groundSpeedMps: 15, airSpeedMps: null, climbRateMps: 0, receivedAtMs: nowMs },
    ...parts,
  });

/** Feeds inputs one after the other, half a second apart. */
function play(state: MissionState, ...inputs: ((nowMs: number) => MissionInput)[]): MissionStep {
  let step: MissionStep = { state, effects: [], refusal: null };
  const effects: MissionStep['effects'] = [];
  let nowMs = START_MS + 60_000;
  for (const input of inputs) {
    step = reduceMission(step.state, input(nowMs), nowMs);
    effects.push(...step.effects);
    nowMs += 500;
  }
  return { ...step, effects };
}

const see =
  (parts: Partial<VehicleState> = {}) =>
  (nowMs: number): MissionInput => ({ kind: 'SAMPLE', vehicle: flying(nowMs, parts) });
const person = (act: PersonAct) => (): MissionInput => ({ kind: 'PERSON', act, person: OPERATOR });
const answer = (commandId: number, outcome: CommandOutcome) => (): MissionInput => ({
  kind: 'OUTCOME',
  commandId,
  outcome,
});

const sent = (step: MissionStep): AircraftCommand['kind'][] =>
  step.effects.flatMap((effect) => (effect.kind === 'SEND' ? [effect.command.kind] : []));
const events = (step: MissionStep): string[] =>
  step.effects.flatMap((effect) => (effect.kind === 'RECORD' ? effect.events.map(({ type }) => type) : []));

const OUTBOUND: Partial<MissionState> = {
  phase: 'OUTBOUND',
  status: 'IN_FLIGHT',
  hasFlown: true,
  armedRecorded: true,
  expectedMode: { kind: 'MISSION', sinceMs: START_MS, seen: true },
};
const SCENE_POSITION = (nowMs: number) => ({
  ...SCENE,
  altitudeAmslM: 20,
  altitudeRelativeHomeM: 0,
  receivedAtMs: nowMs,
});
const onScene =
  (parts: Partial<VehicleState> = {}) =>
  (nowMs: number): MissionInput => ({
    kind: 'SAMPLE',
    vehicle: buildVehicle(nowMs, { position: SCENE_POSITION(nowMs), ...parts }),
  });

describe('the mission machine', () => {
  test('the abort is the first effect of its step, before the record and the alerts', () => {
    const step = play(begun(OUTBOUND), see(), person({ kind: 'ABORT', reason: 'Weather' }));
    expect(step.effects.map(({ kind }) => kind)).toEqual(['SEND', 'RECORD']);
  });

  test.each([
    ['known to be clear', { clear: true, atMs: START_MS + 58_000 }, 'RETURN_HOME'],
    ['known to cross a zone', { clear: false, atMs: START_MS + 58_000 }, 'HOLD'],
    ['known too long ago', { clear: true, atMs: START_MS + 50_000 }, 'HOLD'],
    ['not known', null, 'HOLD'],
  ])('an abort whose straight way home is %s sends the right command', (_name, straightHome, command) => {
    const step = play(begun({ ...OUTBOUND, straightHome }), see(), person({ kind: 'ABORT', reason: 'x' }));
    expect(sent(step)).toEqual([command]);
  });

  test('F10: a position older than 3 s proves no arrival', () => {
    const old = (nowMs: number): MissionInput => ({
      kind: 'SAMPLE',
      vehicle: flying(nowMs, { position: { ...SCENE_POSITION(nowMs), receivedAtMs: nowMs - 3_001 } }),
    });
    expect(play(begun(OUTBOUND), old).state.status).toBe('IN_FLIGHT');
    const fresh = (nowMs: number): MissionInput => ({
      kind: 'SAMPLE',
      vehicle: flying(nowMs, { position: SCENE_POSITION(nowMs) }),
    });
    expect(play(begun(OUTBOUND), fresh).state.status).toBe('ARRIVED');
  });

  test('an autopilot without a landed state has landed when it is disarmed, low and still', () => {
    const blind = { landedState: 'UNKNOWN' as const };
    const armed = play(
      begun(OUTBOUND),
      onScene({ ...blind, armed: true }),
      onScene({ ...blind, armed: true }),
      onScene({ ...blind, armed: true }),
    );
    expect(armed.state.status).toBe('ARRIVED');
    const down = play(begun(OUTBOUND), onScene(blind), onScene(blind), onScene(blind));
    expect(down.state.status).toBe('LANDED');
  });

  test('F6: an accepted release delivers nothing; the compartment and the removal do', () => {
    const landed = play(begun(OUTBOUND), see(), onScene(), onScene(), onScene());
    expect(sent(landed)).toEqual(['RELEASE_AED']);
    const accepted = play(landed.state, answer(landed.state.nextId - 1, { state: 'ACCEPTED' }), onScene());
    expect(accepted.state).toMatchObject({ status: 'LANDED', phase: 'RELEASING' });
    const open =
      (removed: boolean) =>
      (nowMs: number): MissionInput =>
        onScene({
          aed: {
            compartment: 'OPEN',
            present: !removed,
            removed,
            selfTestPassed: true,
            batteryPercent: 90,
            padExpiryMs: null,
            temperatureC: 20,
            receivedAtMs: nowMs,
          },
        })(nowMs);
    const opened = play(accepted.state, open(false));
    expect(events(opened)).toEqual(['AED_COMPARTMENT_OPENED']);
    const taken = play(opened.state, open(true));
    expect(events(taken)).toEqual(['AED_DEPLOYED']);
    expect(taken.effects).toContainEqual(
      expect.objectContaining({
        kind: 'RECORD',
        events: [expect.objectContaining({ data: { evidence: 'AED_STATUS_REMOVED' } })],
      }),
    );
  });

  test('F6: a drone that reported its AED as gone all along has no evidence of a delivery', () => {
    const gone = (nowMs: number): VehicleState['aed'] => ({
      compartment: 'OPEN',
      present: false,
      removed: true,
      selfTestPassed: null,
      batteryPercent: null,
      padExpiryMs: null,
      temperatureC: null,
      receivedAtMs: nowMs,
    });
    const always = (nowMs: number): MissionInput => onScene({ aed: gone(nowMs) })(nowMs);
    const step = play(begun(OUTBOUND), always, always, always, always, always);
    expect(step.state.status).toBe('LANDED');
    expect(events(step)).not.toContain('AED_DEPLOYED');
  });

  test.each([
    ['RETURN', 'ABORTED', 'ABORTING', ['FAILSAFE', 'ABORTED']],
    ['LAND', 'ABORTED', 'ABORTING', ['FAILSAFE', 'ABORTED']],
    ['HOLD', 'IN_FLIGHT', 'HOLDING', ['HOLD']],
    ['MANUAL', 'IN_FLIGHT', 'HOLDING', ['FAILSAFE']],
  ] as const)(
    'a drone that goes to %s by itself is told, with nothing sent',
    (modeKind, status, phase, types) => {
      const step = play(begun(OUTBOUND), see({ modeKind }));
      expect(step.state).toMatchObject({ status, phase });
      expect(events(step)).toEqual(types);
      expect(sent(step)).toEqual([]);
      expect(step.effects.some(({ kind }) => kind === 'RAISE')).toBe(true);
    },
  );

  test('a drone that somebody else lets go on goes on', () => {
    const step = play(begun(OUTBOUND), see({ modeKind: 'HOLD' }), see({ modeKind: 'HOLD' }), see());
    expect(step.state).toMatchObject({ phase: 'OUTBOUND', alerts: [] });
    expect(events(step)).toEqual(['HOLD', 'RESUMED']);
  });

  test('right after an accepted start the mode of before is no failsafe', () => {
    const step = play(
      begun({ ...OUTBOUND, expectedMode: { kind: 'MISSION', sinceMs: START_MS + 59_000, seen: false } }),
      see({ modeKind: 'GUIDED' }),
    );
    expect(step.state.phase).toBe('OUTBOUND');
  });

  test.each(['LAUNCH_PLAN', 'LAUNCH_FENCE', 'LAUNCH_ARM'] as const)(
    'F1: a link lost during %s ends the launch; a late answer sends nothing',
    (purpose) => {
      const lost = play(
        begun({ inFlight: { commandId: 9, purpose } }),
        see({ contact: 'LOST', armed: false }),
      );
      expect(lost.state.status).toBe('ABORTED');
      expect(
        sent(play(lost.state, see({ landedState: 'ON_GROUND' }), answer(9, { state: 'ACCEPTED' }))),
      ).toEqual([]);
    },
  );

  test('a start whose answer is lost with the link is looked at when the drone is heard again', () => {
    const waiting = begun({
      phase: 'STARTING',
      inFlight: { commandId: 9, purpose: 'LAUNCH_START' },
      command: { name: 'Start mission', state: 'SENT', sentence: '', atMs: START_MS },
    });
    const lost = see({ contact: 'LOST' });
    const step = play(
      waiting,
      lost,
      answer(9, { state: 'UNKNOWN', sentence: 'No answer.' }),
      ...Array(20).fill(lost),
    );
    expect(step.state).toMatchObject({ status: 'LAUNCHED', phase: 'STARTING' });
    const heard = play(step.state, see(), see());
    expect(heard.state).toMatchObject({ status: 'IN_FLIGHT', phase: 'OUTBOUND' });
    expect(sent(heard)).toEqual([]);
  });

  test('the countdown at the scene ends with the link, and the drone stays', () => {
    const waiting = begun({
      phase: 'ON_SCENE',
      status: 'AED_DEPLOYED',
      hasFlown: true,
      leavesSceneAtMs: START_MS + 61_000,
    });
    const step = play(waiting, onScene({ contact: 'LOST' }), ...Array(6).fill(onScene()));
    expect(step.state).toMatchObject({ phase: 'ON_SCENE', leavesSceneAtMs: null });
    expect(sent(step)).toEqual([]);
  });

  test('staying while the return is still being planned takes the return back', () => {
    const waiting = begun({ phase: 'ON_SCENE', status: 'AED_DEPLOYED', hasFlown: true });
    const leaving = play(waiting, onScene(), person({ kind: 'RETURN_NOW' }));
    expect(leaving.state.phase).toBe('PREPARING_RETURN');
    const planning = leaving.state.planning?.requestId ?? 0;
    const staying = play(leaving.state, person({ kind: 'STAY_ON_SCENE' }), () => ({
      kind: 'HOMEWARD',
      requestId: planning,
      route: { waypoints: [SCENE, HOME], clearanceM: null },
    }));
    expect(staying.state.phase).toBe('ON_SCENE');
    expect(sent(staying)).toEqual([]);
  });

  test('no way home round the zones keeps the drone on the scene, and an aborted one in the air', () => {
    const waiting = begun({ phase: 'ON_SCENE', status: 'AED_DEPLOYED', hasFlown: true });
    const leaving = play(waiting, onScene(), person({ kind: 'RETURN_NOW' }));
    const stuck = play(leaving.state, () => ({
      kind: 'HOMEWARD',
      requestId: leaving.state.planning?.requestId ?? 0,
      route: null,
    }));
    expect(stuck.state).toMatchObject({ phase: 'ON_SCENE', alerts: ['return'] });
    const aborted = play(begun(OUTBOUND), see(), person({ kind: 'ABORT', reason: 'x' }));
    const held = play(aborted.state, answer(aborted.state.inFlight?.commandId ?? 0, { state: 'ACCEPTED' }));
    expect(held.state.status).toBe('ABORTED');
    const homeless = play(held.state, () => ({
      kind: 'HOMEWARD',
      requestId: held.state.planning?.requestId ?? 0,
      route: null,
    }));
    expect(homeless.state).toMatchObject({ phase: 'ABORTING', alerts: ['abort'] });
  });

  test('an abort on the ground at the scene leaves the drone there to be fetched', () => {
    const step = play(
      begun({ phase: 'ON_SCENE', status: 'AED_DEPLOYED', hasFlown: true, aedDeployed: true }),
      onScene(),
      person({ kind: 'ABORT', reason: 'Crowd' }),
    );
    expect(step.state).toMatchObject({ status: 'ABORTED', phase: 'OVER', aedDeployed: true });
    expect(sent(step)).toEqual([]);
    expect(step.effects).toContainEqual(
      expect.objectContaining({ kind: 'RECORD', droneStatusAfter: 'MAINTENANCE' }),
    );
  });

  test('a launch that never leaves the ground is told and ends', () => {
    const started = begun({ ...OUTBOUND, status: 'LAUNCHED', hasFlown: false, startedAtMs: START_MS });
    const atHome = (nowMs: number): MissionInput => ({ kind: 'SAMPLE', vehicle: buildVehicle(nowMs) });
    const step = play(started, atHome, atHome, atHome);
    expect(step.state).toMatchObject({ status: 'ABORTED', phase: 'OVER', alerts: ['launch-failed'] });
  });

  test('an answer to a command that was superseded changes nothing', () => {
    const step = play(
      begun({ inFlight: { commandId: 3, purpose: 'LAUNCH_ARM' } }),
      answer(2, { state: 'ACCEPTED' }),
    );
    expect(step.effects).toEqual([]);
  });
});

const ACTS: PersonAct[] = [
  { kind: 'ABORT', reason: 'r' },
  { kind: 'LAND_HERE', reason: 'r' },
  { kind: 'HOLD' },
  { kind: 'RESUME' },
  { kind: 'RELEASE_AGAIN' },
  { kind: 'CONFIRM_DELIVERY', note: null },
  { kind: 'RETURN_NOW' },
  { kind: 'STAY_ON_SCENE' },
];
const PLACES = [
  HOME,
  SCENE,
  { latitudeDeg: 42.3625, longitudeDeg: -71.06 },
  { latitudeDeg: 42.3654, longitudeDeg: -71.06 },
];

describe('whatever happens in whatever order (seeded)', () => {
  test('400 stories keep the rules of flight safety, and lead everywhere', () => {
    const reached = new Set<string>();
    for (let seed = 1; seed <= 400; seed++) walk(seed, reached);
    expect([...missionStatus.options, ...missionPhase.options].filter((name) => !reached.has(name))).toEqual(
      [],
    );
  });
});

const BEGINNINGS: Partial<MissionState>[] = [
  {},
  OUTBOUND,
  { phase: 'AWAITING_CONFIRMATION', status: 'LANDED', hasFlown: true },
  { phase: 'ON_SCENE', status: 'AED_DEPLOYED', hasFlown: true, restartCountdown: true },
  { phase: 'RETURNING', status: 'RETURNING', hasFlown: true },
];

/** A random story of one mission, checked at every step. */
function walk(seed: number, reached: Set<string>): void {
  const random = seededRandom(seed);
  const pick = <Item>(items: readonly Item[]): Item => {
    const item = items[Math.floor(random.next() * items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  };
  let nowMs = START_MS;
  let state = begun({ contact: null, ...pick(BEGINNINGS) });
  let vehicle = buildVehicle(nowMs);
  const story: string[] = [];
  const next = (): MissionInput => {
    const chance = random.next();
    if (chance < 0.55) {
      const before = vehicle.contact;
      vehicle = randomVehicle(vehicle, nowMs, random.next, pick);
      if (before === 'LOST' && vehicle.contact === 'STALE') vehicle = { ...vehicle, contact: 'LOST' };
      return { kind: 'SAMPLE', vehicle };
    }
    if (chance < 0.8 && state.inFlight !== null) {
      const outcome = pick<CommandOutcome>([
        { state: 'ACCEPTED' },
        { state: 'ACCEPTED' },
        { state: 'ACCEPTED' },
        { state: 'REFUSED', sentence: 'No.' },
        { state: 'UNKNOWN', sentence: 'No answer.' },
      ]);
      return {
        kind: 'OUTCOME',
        commandId: state.inFlight.commandId - (random.next() < 0.1 ? 1 : 0),
        outcome,
      };
    }
    if (chance < 0.9 && state.planning !== null) {
      const route = random.next() < 0.8 ? { waypoints: [SCENE, HOME], clearanceM: null } : null;
      return { kind: 'HOMEWARD', requestId: state.planning.requestId, route };
    }
    if (chance < 0.93) return { kind: 'STRAIGHT_HOME', clear: random.next() < 0.5 };
    if (chance < 0.95)
      return { kind: 'VOICE', first: random.next() < 0.1, language: 'en', conversationState: null };
    return { kind: 'PERSON', act: pick(ACTS), person: OPERATOR };
  };
  let input: MissionInput = { kind: 'SAMPLE', vehicle };
  for (let count = 0; count < 300; count++) {
    if (count === 1 && state.status === 'LAUNCHED') input = { kind: 'LAUNCH' };
    const step = reduceMission(state, input, nowMs);
    story.push(
      `${input.kind}${input.kind === 'PERSON' ? `:${input.act.kind}` : ''} → ${step.state.status}/${step.state.phase}`,
    );
    keepsRules(state, input, step, () => `seed ${seed}, step ${count}\n${story.slice(-12).join('\n')}`);
    reached.add(step.state.status).add(step.state.phase);
    state = step.state;
    nowMs += 100 + Math.floor(random.next() * 1_500);
    input = next();
  }
}

function randomVehicle(
  before: VehicleState,
  nowMs: number,
  chance: () => number,
  pick: <Item>(items: readonly Item[]) => Item,
): VehicleState {
  const keep = chance() < 0.6;
  const landedState = keep ? before.landedState : pick(['ON_GROUND', 'IN_AIR', 'UNKNOWN'] as const);
  const place = keep && before.position !== null ? before.position : pick(PLACES);
  return buildVehicle(nowMs, {
    contact: chance() < 0.94 ? 'LIVE' : pick(['STALE', 'LOST'] as const),
    velocity: { groundSpeedMps: 0, airSpeedMps: null, climbRateMps: pick([-2, 0, 2]), receivedAtMs: nowMs },
    landedState,
    modeKind: keep
      ? before.modeKind
      : pick(['MISSION', 'MISSION', 'HOLD', 'RETURN', 'LAND', 'MANUAL'] as const),
    armed: keep ? before.armed : chance() < 0.5,
    position: {
      latitudeDeg: place.latitudeDeg,
      longitudeDeg: place.longitudeDeg,
      altitudeAmslM: 20,
      altitudeRelativeHomeM: landedState === 'IN_AIR' ? 60 : 0,
      receivedAtMs: chance() < 0.1 ? nowMs - 4_000 : nowMs,
    },
    aed: {
      compartment: pick(['CLOSED', 'OPEN', 'OPEN', 'JAMMED'] as const),
      present: true,
      removed: chance() < 0.2,
      selfTestPassed: true,
      batteryPercent: 90,
      padExpiryMs: null,
      temperatureC: 20,
      receivedAtMs: nowMs,
    },
  });
}

/** Fails with the story so far; plain, because it runs hundreds of thousands of times. */
function keepsRules(
  before: MissionState,
  input: MissionInput,
  { state, effects, refusal }: MissionStep,
  story: () => string,
): void {
  const rule = (holds: boolean, name: string): void => {
    if (!holds) throw new Error(`${name}\n${story()}`);
  };
  const commands = effects.filter(({ kind }) => kind === 'SEND').length;
  const records = effects.filter((effect) => effect.kind === 'RECORD');
  const wasTerminal = before.status === 'COMPLETED' || before.status === 'ABORTED';
  const heard = state.contact === 'LIVE' || state.contact === 'STALE';
  rule(commands <= 1, 'F1: one input, one command at most');
  rule(commands === 0 || heard, 'F1: nothing is sent out of contact');
  rule(commands === 0 || refusal === null, 'F1: what is refused sends nothing');
  rule(commands === 0 || before.phase !== 'OVER', 'nothing is sent for a mission that is over');
  if (input.kind === 'SAMPLE' && before.contact === 'LOST')
    rule(commands === 0, 'F1: nothing fires when the drone is heard again');
  if (before.status !== state.status)
    rule(
      !wasTerminal && ORDER.indexOf(state.status) > ORDER.indexOf(before.status),
      'F5: the status moves forward only',
    );
  for (const { changes, events: recorded } of records) {
    if (wasTerminal) rule(Object.keys(changes).length === 0, 'F5: a closed record is not written to');
    for (const { type, data } of recorded)
      if (type === 'AED_DEPLOYED')
        rule(typeof data?.evidence === 'string', 'F6: a delivery names its evidence');
  }
  if (input.kind === 'PERSON' && input.act.kind === 'ABORT' && heard && before.phase !== 'OVER')
    rule(refusal === null, 'F4: an abort is never turned away while a link is up');
  if (state.phase !== 'OVER') return;
  rule(state.status === 'COMPLETED' || state.status === 'ABORTED', 'what is over has a terminal status');
  rule(
    state.inFlight === null &&
      state.watch === null &&
      state.planning === null &&
      state.leavesSceneAtMs === null,
    'nothing is under way when it is over',
  );
  rule(
    state.alerts.every((alert) => ['launch-failed', 'failsafe', 'landed-away'].includes(alert)),
    'what still shows is what a person must know',
  );
}
