import { readFileSync } from 'node:fs';
import { loadDialect } from '../../main/simulator/dialect.ts';
import { type FleetOptions, SimulatedFleet } from '../../main/simulator/fleet.ts';
import { DEFAULT_FLEET } from '../../main/simulator/fleet-table.ts';
import { seededRandom as simulatorRandom } from '../../main/simulator/random.ts';
import type { Frame } from '../../main/station/mavlink/frame.ts';
import { FrameParser } from '../../main/station/mavlink/frame-parser.ts';
import { FrameWriter } from '../../main/station/mavlink/frame-writer.ts';
import type { ProtocolPort } from '../../main/station/mavlink/protocol/protocol-port.ts';
import { type Random, seededRandom } from '../../main/station/ports/random.ts';
import { FakeClock } from './fake-clock.ts';
import type { Weather } from './mavlink-wire.ts';

const STEP_MS = 20;
const dialect = loadDialect(
  readFileSync(new URL('../../resources/mavlink/skyrescue.xml', import.meta.url), 'utf8'),
);

export const DRONE = { systemId: DEFAULT_FLEET[0]?.systemId ?? 1, componentId: 1 };

/**
 * One drone of the simulator, which speaks through node-mavlink, behind a wire that loses, repeats, delays and
 * reorders packets as the seed says: the independent peer of a protocol machine, on one fake clock.
 */
export function simulatedDrone(
  weather: Weather,
  options: Partial<FleetOptions> = {},
): {
  clock: FakeClock;
  port: ProtocolPort;
  fleet: SimulatedFleet;
  /** Bytes that the drone sent so far, lost ones included. */
  bytesSent(): number;
  /** Gives the machine every frame that arrives. */
  connect(machine: { receive(frame: Frame): void }): void;
  finish<Result>(work: Promise<Result>, withinS?: number): Promise<Result>;
} {
  const clock = new FakeClock();
  const random = seededRandom(weather.seed);
  const writer = new FrameWriter(255, 190);
  const machines: { receive(frame: Frame): void }[] = [];
  let sent = 0;
  const parser = new FrameParser((frame) => {
    for (const machine of machines) machine.receive(frame);
  });
  const fleet = new SimulatedFleet({
    drones: DEFAULT_FLEET.slice(0, 1),
    dialect,
    random: simulatorRandom(weather.seed),
    bootS: 1,
    ...options,
    transmit(bytes) {
      sent += bytes.length;
      carry(clock, weather, random, Buffer.from(bytes), (arrived) => {
        parser.push(arrived);
        parser.endOfDatagram();
      });
    },
  });
  clock.every(STEP_MS, () => fleet.step(STEP_MS));
  return {
    clock,
    fleet,
    bytesSent: () => sent,
    port: {
      systemId: 255,
      componentId: 190,
      clock,
      send(definition, fields) {
        const bytes = writer.write(definition, fields);
        carry(clock, weather, random, bytes, (arrived) => fleet.receive(arrived, DRONE.systemId));
      },
    },
    connect: (machine) => void machines.push(machine),
    async finish(work, withinS = 300) {
      let over = false;
      const done = work.finally(() => {
        over = true;
      });
      done.catch(() => {});
      for (let passedMs = 0; passedMs < withinS * 1000 && !over; passedMs += STEP_MS)
        await clock.run(STEP_MS, STEP_MS);
      if (!over) throw new Error(`It did not end within ${withinS} s (seed ${weather.seed}).`);
      return done;
    },
  };
}

function carry(
  clock: FakeClock,
  { duplicates, loss, delayMs }: Weather,
  random: Random,
  bytes: Uint8Array,
  deliver: (bytes: Uint8Array) => void,
): void {
  const copies = random.next() < duplicates ? 2 : 1;
  for (let copy = 0; copy < copies; copy++) {
    if (random.next() < loss) continue;
    if (delayMs === 0) deliver(bytes);
    else clock.after(random.next() * delayMs, () => deliver(bytes));
  }
}
