import { FAULT_DEFAULTS, type FaultName } from '../../../main/simulator/faults.ts';
import type { FleetOptions } from '../../../main/simulator/fleet.ts';
import type { HealthStore } from '../../../main/station/health/health-desk.ts';
import { createStationHealth } from '../../../main/station/health-wiring.ts';
import { seededRandom } from '../../../main/station/ports/random.ts';
import type { DroneRecord } from '../../../preload/contract/fleet.ts';
import type { Checklist, SignedHealthCheck } from '../../../preload/contract/health.ts';
import type { VehicleState } from '../../../preload/contract/vehicle.ts';
import { simulatedVehicle } from '../../support/simulated-vehicle.ts';

export const DRONE = 'Alpha-1';
export const ANNA = { dispatcherId: 'anna', displayName: 'Anna' };
export const BEN = { dispatcherId: 'ben', displayName: 'Ben' };

export const CHECKLIST: Checklist = {
  model: '',
  version: 1,
  createdAtMs: 0,
  createdBy: null,
  door: { kind: 'GRIPPER', gripper: 1 },
  items: [
    { itemId: 'props', title: 'Propellers', instruction: 'Look.', evidence: 'NONE', required: true },
    { itemId: 'pads', title: 'Pads', instruction: 'Read.', evidence: 'NOTE', required: true },
    { itemId: 'frame', title: 'Frame', instruction: 'Look.', evidence: 'PHOTO', required: false },
  ],
};

/** The records as far as the desk uses them; what they refuse themselves is tested on the database. */
export function records(checklist: Checklist) {
  const settings = new Map<string, Record<string, unknown>>();
  const signed: SignedHealthCheck[] = [];
  let baseline: Awaited<ReturnType<HealthStore['read']['baselineOf']>> = null;
  const recording: { failure: Error | null; waitFor: Promise<void> } = {
    failure: null,
    waitFor: Promise.resolve(),
  };
  const store: HealthStore = {
    read: {
      checklistFor: async () => checklist,
      baselineOf: async () => baseline,
      setting: async ({ name }) => settings.get(name) ?? null,
    },
    write: {
      async recordHealthCheck(check) {
        await recording.waitFor;
        if (recording.failure !== null) throw recording.failure;
        const stored = { ...check, flightHours: 0 };
        signed.push(stored);
        return stored;
      },
      async saveChecklist({ model, version, items, door, nowMs }) {
        return { model, version: version + 1, items, door, createdAtMs: nowMs, createdBy: null };
      },
      async saveSetting({ name, value }) {
        settings.set(name, structuredClone(value));
      },
      async approveBaseline({ model, droneId, firmware, parameters, byDispatcherId, nowMs }) {
        baseline = { firmware, parameters };
        const approved = { approvedAtMs: nowMs, approvedBy: byDispatcherId };
        return { model, droneId, firmware, ...approved, parameters: Object.keys(parameters).length };
      },
    },
  };
  return { signed, recording, store };
}

/** The desk of health checks before one drone of the simulator, on one fake clock. */
export async function benchDesk(options: Partial<FleetOptions> = {}, door = CHECKLIST.door) {
  const simulated = await simulatedVehicle(options);
  const { clock, vehicles, links, fleet, path } = simulated;
  const { signed, recording, store } = records({ ...CHECKLIST, door });
  /** What the drone says otherwise than the simulator can make it say. */
  let said: Partial<VehicleState> = {};
  const toolsOf = (asked: number) => {
    const tools = vehicles.tools(asked);
    if (tools === null) return null;
    const { aircraft } = tools;
    const speaking = Object.create(aircraft, {
      state: { value: () => ({ ...aircraft.state(), ...said }) },
    }) as typeof aircraft;
    return Object.create(tools, {
      aircraft: { value: speaking },
      ...Object.fromEntries(['bench', 'held'].map((name) => [name, { get: () => Reflect.get(tools, name) }])),
      readParameters: { value: tools.readParameters.bind(tools) },
    }) as typeof tools;
  };
  const checkedFlights: string[] = [];
  const busy = { sentence: null as string | null };
  const systemId = path.systemId;
  const record = { droneId: DRONE, model: 'X1', mavlinkSystemId: systemId } as DroneRecord;
  const parts: Parameters<typeof createStationHealth>[0] = {
    store,
    roster: { find: (droneId) => (droneId === DRONE ? record : null), refresh: async () => {} },
    links,
    toolsOf,
    anomalies: { reading: () => null },
    lastFlights: {
      of: () => null,
      unchecked: () => null,
      checked: (droneId) => void checkedFlights.push(droneId),
    },
    models: { of: () => 'ACTIVE', forget: () => {} },
    onMission: () => busy.sentence,
    clock,
    random: seededRandom(3),
    log: { info: () => {}, warn: () => {}, error: () => {} },
  };
  let desk = createStationHealth(parts);
  /** From now on the radio carries only these. */
  const carryOnly = (wanted: (componentId: number) => boolean): void => {
    const { deliver } = path;
    path.deliver = (bytes) => {
      // MAVLink 2: the component is the seventh byte.
      if (wanted(bytes[6] ?? 0)) deliver(bytes);
    };
  };
  const check = () => {
    const open = desk.current(DRONE);
    if (open === null) throw new Error('No check is under way.');
    return open;
  };
  const item = (checkId: string) => check().automatic.find((each) => each.checkId === checkId);
  return {
    ...{ ...simulated, checkedFlights, signed, recording, busy, check, item, record, carryOnly },
    get desk() {
      return desk;
    },
    /** The station is stopped and started again: what it did not write down is lost. */
    async restartStation(): Promise<void> {
      await simulated.finish(desk.close());
      desk = createStationHealth(parts);
    },
    fault(fault: FaultName, value: number = FAULT_DEFAULTS[fault], on = true): void {
      fleet.setFault({ droneId: '*', fault, on, value });
    },
    /** Null: as it is. */
    landedState: (landedState: VehicleState['landedState'] | null): void => {
      said = landedState === null ? {} : { landedState };
    },
    recorded: (isReplay: boolean): void => {
      said = { isReplay };
    },
    start: () => simulated.finish(desk.start(DRONE, ANNA)),
    turn: (motor: number) => simulated.finish(desk.testMotor(DRONE, motor, true)),
    async turnAll(): Promise<void> {
      for (const motor of [1, 2, 3, 4]) await simulated.finish(desk.testMotor(DRONE, motor, true));
    },
    testDoor: (movement: 'TEST' | 'CLOSE' = 'TEST') => simulated.finish(desk.testDoor(DRONE, movement, true)),
    tick(): void {
      desk.setManual(DRONE, { itemId: 'props', result: 'DONE', note: null }, ANNA);
      desk.setManual(DRONE, { itemId: 'pads', result: 'DONE', note: '2027-05' }, BEN);
    },
    sign: (changes: Partial<Parameters<typeof desk.sign>[0]> = {}) =>
      simulated.finish(
        desk.sign(
          {
            ...{ droneId: DRONE, decision: 'READY', signedName: 'Anna', note: null },
            ...{ untestedReason: null, nextDue: null, ...changes },
          },
          ANNA,
        ),
      ),
  };
}
