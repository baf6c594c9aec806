import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadDialect } from '../../main/simulator/dialect.ts';
import type { FaultName } from '../../main/simulator/faults.ts';
import { SimulatedFleet } from '../../main/simulator/fleet.ts';
import { DEFAULT_FLEET } from '../../main/simulator/fleet-table.ts';
import { between, forkRandom, type Random, seededRandom } from '../../main/simulator/random.ts';
import { FlightWindows } from '../../main/station/inference/flight-windows.ts';
import { type TelemetrySample, TelemetrySampler } from '../../main/station/inference/telemetry-sampler.ts';
import { SAMPLE_PERIOD_MS } from '../../main/station/inference/window-features.ts';
import type { Aircraft, PlanItem } from '../../main/station/ports/aircraft.ts';
import { createVehicles } from '../../main/station/vehicle/vehicle-registry.ts';
import type { Position } from '../../preload/contract/geo.ts';
import { FakeClock } from '../../test/support/fake-clock.ts';
import { MemoryLinks } from '../../test/support/memory-links.ts';

export interface FlightOrder {
  readonly seed: number;
  /** The same airframe in all of its flights; without it, one of the flight's own. */
  readonly airframe?: number;
  /** Begins this long after take-off. */
  readonly fault: { readonly name: FaultName; readonly value: number; readonly afterS: number } | null;
}

export interface FlownWindow {
  /** Since take-off. */
  readonly atS: number;
  readonly features: Float32Array;
}

const STEP_MS = 20;
const BOOT_S = 4;
const LONGEST_FLIGHT_S = 600;
const METRES_PER_DEGREE = 111_195;
const silent = { info: () => {}, warn: () => {}, error: () => {} };
const dialect = loadDialect(
  readFileSync(join(import.meta.dirname, '../../resources/mavlink/skyrescue.xml'), 'utf8'),
);

/**
 * One flight of a simulated drone, from the ground to the ground: the simulator's frames through the station's codec
 * into samples and windows. Wind, battery, route, height, speed and every noise follow from the flight's seed.
 */
export async function simulateFlight(
  { seed, airframe, fault }: FlightOrder,
  onSample: (sample: TelemetrySample | null) => void | Promise<void> = () => {},
): Promise<FlownWindow[]> {
  const random = seededRandom(seed);
  const site = DEFAULT_FLEET[0];
  if (site === undefined) throw new Error('The simulator has no drones.');
  const wind = { speedMps: between(random, 0.3, 11), fromDeg: between(random, 0, 359) };
  const clock = new FakeClock();
  const links = new MemoryLinks(clock);
  const fleet = new SimulatedFleet({
    drones: [site],
    dialect,
    random: forkRandom(random),
    ...(airframe === undefined ? {} : { airframes: seededRandom(airframe) }),
    transmit: (bytes) => path.deliver(bytes),
    scenario: { battery: { [site.droneId]: between(random, 55, 100) }, wind, events: [] },
    bootS: BOOT_S,
  });
  const path = links.connect('memory', site.systemId, (bytes) => fleet.receive(bytes, site.systemId));
  const sampler = new TelemetrySampler();
  links.onFrame((frame) => sampler.accept(frame, clock.monotonicMs()));
  const vehicles = createVehicles({ links, clock, log: silent });
  const step = async (): Promise<void> => {
    fleet.step(STEP_MS);
    clock.advance(STEP_MS);
    await new Promise<void>((resolve) => setImmediate(resolve));
  };

  const drone = await untilReady(() => vehicles.find(site.systemId), step);
  await launch(drone, route(site, random), step);
  const windows = new FlightWindows();
  const flown: FlownWindow[] = [];
  const takenOffMs = clock.monotonicMs();
  for (let passedMs = 0; passedMs < LONGEST_FLIGHT_S * 1_000; passedMs += STEP_MS) {
    if (fault !== null && passedMs === fault.afterS * 1_000)
      fleet.setFault({ droneId: site.droneId, fault: fault.name, on: true, value: fault.value });
    await step();
    const nowMs = clock.monotonicMs();
    if (nowMs % SAMPLE_PERIOD_MS >= STEP_MS) continue;
    const sample = sampler.sample(nowMs);
    await onSample(sample);
    const features = windows.push(sample);
    if (features !== null) flown.push({ atS: (nowMs - takenOffMs) / 1_000, features });
    if (passedMs > 20_000 && !drone.state().armed) break;
  }
  vehicles.close();
  return flown;
}

async function untilReady(find: () => Aircraft | null, step: () => Promise<void>): Promise<Aircraft> {
  for (let steps = 0; steps < 3_000; steps++) {
    await step();
    const drone = find();
    if (drone?.state().health?.readyToArm === true && drone.state().home !== null) return drone;
  }
  throw new Error('The simulated drone did not get ready.');
}

async function launch(drone: Aircraft, plan: readonly PlanItem[], step: () => Promise<void>): Promise<void> {
  const actions = [
    () => drone.uploadPlan(plan),
    () => drone.arm({ setsHome: true }),
    () => drone.startMission(),
  ];
  for (const act of actions) {
    let over = false;
    const outcome = act().finally(() => {
      over = true;
    });
    while (!over) await step();
    const { state } = await outcome;
    if (state !== 'ACCEPTED')
      throw new Error(`The simulated drone did not launch: ${JSON.stringify(await outcome)}`);
  }
}

/** Out over a few corners, a stay in the air, and back. */
function route(base: Position, random: Random): PlanItem[] {
  const altitudeRelativeHomeM = between(random, 30, 70);
  const plan: PlanItem[] = [
    { kind: 'TAKEOFF', altitudeRelativeHomeM },
    { kind: 'SPEED', groundSpeedMps: between(random, 7, 16) },
  ];
  let at: Position = base;
  for (let corner = 0; corner < 3; corner++) {
    const bearingRad = between(random, 0, 2 * Math.PI);
    const lengthM = between(random, 150, 750);
    at = {
      latitudeDeg: at.latitudeDeg + (lengthM * Math.cos(bearingRad)) / METRES_PER_DEGREE,
      longitudeDeg: at.longitudeDeg + (lengthM * Math.sin(bearingRad)) / METRES_PER_DEGREE / 0.739,
    };
    plan.push({
      kind: 'WAYPOINT',
      position: at,
      altitudeRelativeHomeM: altitudeRelativeHomeM + between(random, -10, 10),
    });
  }
  plan.push({ kind: 'LAND', position: base });
  return plan;
}
