import { readFileSync } from 'node:fs';
import { loadDialect } from '../../main/simulator/dialect.ts';
import { type FleetOptions, SimulatedFleet } from '../../main/simulator/fleet.ts';
import type { DroneSite } from '../../main/simulator/fleet-table.ts';
import { seededRandom } from '../../main/simulator/random.ts';
import { readFrames } from '../../main/simulator/wire.ts';
import type { VehicleMemory } from '../../main/station/vehicle/tools/vehicle-memory.ts';
import { createVehicles } from '../../main/station/vehicle/vehicle-registry.ts';
import { FakeClock } from './fake-clock.ts';
import { MemoryLinks, type MemoryPath } from './memory-links.ts';

const STEP_MS = 20;
const silent = { info: () => {}, warn: () => {}, error: () => {} };
const dialect = loadDialect(
  readFileSync(new URL('../../resources/mavlink/skyrescue.xml', import.meta.url), 'utf8'),
);

/** The station's vehicles and drones of the simulator, each on a link of its own, in memory and on one fake clock. */
export async function simulatedFleet(
  drones: readonly DroneSite[],
  options: Partial<FleetOptions> = {},
  station: { memory?: VehicleMemory } = {},
) {
  const clock = new FakeClock();
  const links = new MemoryLinks(clock);
  /** Every message id that the drones were sent. */
  const received: number[] = [];
  const fleet = new SimulatedFleet({
    drones,
    dialect,
    random: seededRandom(7),
    bootS: 1,
    ...options,
    transmit: (bytes, systemId) => paths.get(systemId)?.deliver(Buffer.from(bytes)),
  });
  const paths = new Map<number, MemoryPath>(
    drones.map(({ systemId }, index) => {
      const receive = (bytes: Uint8Array): void => {
        for (const frame of readFrames(bytes)) received.push(frame.messageId);
        fleet.receive(bytes, systemId);
      };
      return [systemId, links.connect(`udpin:127.0.0.1:${14_550 + index}`, systemId, receive)];
    }),
  );
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
  await until(
    () => {
      const ready = vehicles.states().filter(({ home, firmware }) => home !== null && firmware !== null);
      return ready.length === drones.length;
    },
    40,
    'Readiness',
  );
  return { clock, fleet, links, received, paths, vehicles, run, until, finish };
}
