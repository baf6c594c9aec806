import { readFileSync } from 'node:fs';
import { loadDialect } from '../../main/simulator/dialect.ts';
import { type FleetOptions, SimulatedFleet } from '../../main/simulator/fleet.ts';
import { DEFAULT_FLEET } from '../../main/simulator/fleet-table.ts';
import { seededRandom } from '../../main/simulator/random.ts';
import { readFrames } from '../../main/simulator/wire.ts';
import type { VehicleMemory } from '../../main/station/vehicle/tools/vehicle-memory.ts';
import type { VehicleAircraft } from '../../main/station/vehicle/vehicle-aircraft.ts';
import { createVehicles } from '../../main/station/vehicle/vehicle-registry.ts';
import { FakeClock } from './fake-clock.ts';
import { MemoryLinks } from './memory-links.ts';

const STEP_MS = 20;
const silent = { info: () => {}, warn: () => {}, error: () => {} };
const dialect = loadDialect(
  readFileSync(new URL('../../resources/mavlink/skyrescue.xml', import.meta.url), 'utf8'),
);

/** The station's vehicles and one drone of the simulator, in memory and on one fake clock. */
export async function simulatedVehicle(
  options: Partial<FleetOptions> = {},
  station: { memory?: VehicleMemory } = {},
) {
  const [site] = DEFAULT_FLEET;
  if (site === undefined) throw new Error('The fleet is empty.');
  const { systemId } = site;
  const clock = new FakeClock();
  const links = new MemoryLinks(clock);
  /** Every message id that the drone was sent. */
  const received: number[] = [];
  const fleet = new SimulatedFleet({
    drones: [site],
    dialect,
    random: seededRandom(7),
    bootS: 1,
    ...options,
    transmit: (bytes) => path.deliver(Buffer.from(bytes)),
  });
  const path = links.connect('udpin:127.0.0.1:14550', systemId, (bytes) => {
    for (const frame of readFrames(bytes)) received.push(frame.messageId);
    fleet.receive(bytes, systemId);
  });
  const vehicles = createVehicles({ links, clock, log: silent, ...station });
  clock.every(STEP_MS, () => fleet.step(STEP_MS));

  async function run(seconds: number): Promise<void> {
    await clock.run(seconds * 1_000, STEP_MS);
  }
  async function until(condition: () => boolean, withinS: number, what: string): Promise<void> {
    for (let passedS = 0; !condition(); passedS += 0.5) {
      if (passedS > withinS) throw new Error(`${what} did not happen within ${withinS} s.`);
      await run(0.5);
    }
  }
  async function finish<Result>(work: Promise<Result>, withinS = 300): Promise<Result> {
    let over = false;
    const done = work.finally(() => {
      over = true;
    });
    done.catch(() => {});
    for (let passedMs = 0; passedMs < withinS * 1_000 && !over; passedMs += STEP_MS)
      await run(STEP_MS / 1_000);
    return done;
  }
  const tools = () => {
    const found = vehicles.tools(systemId);
    if (found === null) throw new Error('The drone was not heard.');
    return found;
  };
  const aircraft = (): VehicleAircraft => tools().aircraft;
  const state = () => aircraft().state();
  await until(
    () => vehicles.states().some(({ home, firmware }) => home !== null && firmware !== null),
    40,
    'Readiness',
  );
  return { clock, fleet, links, received, path, vehicles, tools, aircraft, state, run, until, finish };
}
