import { expect, test } from 'vitest';
import { FAULT_DEFAULTS, type FaultName } from '../../../main/simulator/faults.ts';
import { fleetOf } from '../../../main/simulator/fleet-table.ts';
import { seededRandom as simulatorRandom } from '../../../main/simulator/random.ts';
import { createStationHealth } from '../../../main/station/health-wiring.ts';
import { seededRandom } from '../../../main/station/ports/random.ts';
import type { DroneRecord } from '../../../preload/contract/fleet.ts';
import { simulatedFleet } from '../../support/simulated-fleet.ts';
import { ANNA, CHECKLIST, records } from './bench-desk.ts';

const DRONES = 50;
const LONGEST_S = 60;
/** Every fifth drone has one of these, in turn; what must fail of it, and may not fail of a drone without. */
const FAULTS: readonly (readonly [fault: FaultName, checkIds: readonly string[]])[] = [
  ['low-cell', ['battery-cell-spread', 'sensor-battery-monitor']],
  ['compass-error', ['compass-agreement', 'ekf-compass']],
  ['gps-loss', ['gps-fix', 'gps-satellites']],
  ['hot-accelerator', ['computer-temperature']],
  ['inference-stopped', ['inference-state', 'inference-rate']],
];
const EVERY = 5;

const faultOf = (index: number): FaultName | null =>
  index % EVERY === 0 ? (FAULTS[(index / EVERY) % FAULTS.length]?.[0] ?? null) : null;
/** No two neighbours have the same, so that a reading of another drone shows. */
const chargeOf = (index: number): number => 81 + (index % 17);

test('fifty drones that are checked at once are each done within a minute, with their own faults and readings', async () => {
  const sites = fleetOf(DRONES, simulatorRandom(5));
  const ids = sites.map(({ droneId }) => droneId);
  const { clock, fleet, links, vehicles, run, until } = await simulatedFleet(sites, {
    batteryPercent: new Map(ids.map((droneId, index) => [droneId, chargeOf(index)])),
    logSeconds: [],
  });
  for (const [index, droneId] of ids.entries()) {
    const fault = faultOf(index);
    if (fault !== null) fleet.setFault({ droneId, fault, on: true, value: FAULT_DEFAULTS[fault] });
  }
  await run(10);
  const roster = new Map(
    sites.map(({ droneId, systemId }) => [
      droneId,
      { droneId, model: 'X1', mavlinkSystemId: systemId } as DroneRecord,
    ]),
  );
  const desk = createStationHealth({
    store: records(CHECKLIST).store,
    roster: { find: (droneId) => roster.get(droneId) ?? null, refresh: async () => {} },
    links,
    toolsOf: (systemId) => vehicles.tools(systemId),
    anomalies: { reading: () => null },
    lastFlights: { of: () => null, unchecked: () => null, checked: () => {} },
    models: { of: () => 'ACTIVE', forget: () => {} },
    onMission: () => null,
    clock,
    random: seededRandom(3),
    log: { info: () => {}, warn: () => {}, error: () => {} },
  });
  const listeners = links.listenerCount;
  const timers = clock.timerCount;

  const startedMs = clock.nowMs();
  await Promise.all(ids.map((droneId) => desk.start(droneId, ANNA)));
  const reads = ids.map((droneId) => desk.readParameters(droneId));
  const checks = () => ids.map((droneId) => desk.current(droneId));
  await until(
    () =>
      checks().every(
        (check) =>
          check !== null &&
          check.parametersRead !== null &&
          check.automatic.every(({ result }) => result !== 'WAITING'),
      ),
    LONGEST_S,
    'The end of all checks',
  );
  await Promise.all(reads);
  expect(clock.nowMs() - startedMs).toBeLessThanOrEqual(LONGEST_S * 1_000);

  expect(new Set(checks().map((check) => check?.healthCheckId)).size).toBe(DRONES);
  for (const [index, check] of checks().entries()) {
    const item = (checkId: string) => check?.automatic.find((each) => each.checkId === checkId);
    const own = faultOf(index);
    const failed = FAULTS.flatMap(([fault, checkIds]) =>
      checkIds.filter((checkId) => item(checkId)?.result === 'FAIL').map((checkId) => [fault, checkId]),
    );
    const expected = FAULTS.filter(([fault]) => fault === own).flatMap(([fault, checkIds]) =>
      checkIds.map((checkId) => [fault, checkId]),
    );
    expect({ drone: check?.droneId, failed }).toEqual({ drone: ids[index], failed: expected });
    expect(Math.abs((item('battery-charge')?.value ?? 0) - chargeOf(index))).toBeLessThanOrEqual(1);
  }

  for (const droneId of ids) desk.discard(droneId);
  await run(5);
  // Nothing of a check outlives it.
  expect({ under: desk.underWay(), listeners: links.listenerCount, timers: clock.timerCount }).toEqual({
    ...{ under: [], listeners, timers },
  });
});
