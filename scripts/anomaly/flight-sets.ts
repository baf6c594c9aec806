import type { FaultName } from '../../main/simulator/faults.ts';
import { between, forkRandom, seededRandom } from '../../main/simulator/random.ts';
import {
  FLIGHTS_TO_COMPARE,
  FlightMean,
  type LearntFlights,
  withFlight,
} from '../../main/station/inference/earlier-flights.ts';
import { type FlownWindow, simulateFlight } from './simulated-flight.ts';

/** A kind of fault with the range of its strength, from hardly there to plain. */
export interface FaultClass {
  readonly name: string;
  readonly fault: FaultName;
  readonly weakest: number;
  readonly strongest: number;
}

export const FAULT_CLASSES: readonly FaultClass[] = [
  { name: 'low cell', fault: 'low-cell', weakest: 0.005, strongest: 0.1 },
  { name: 'vibration', fault: 'vibration', weakest: 0.01, strongest: 0.25 },
  { name: 'worn motor', fault: 'motor-failure', weakest: 0.01, strongest: 0.15 },
  { name: 'dead motor', fault: 'motor-failure', weakest: 1, strongest: 1 },
  { name: 'compass error', fault: 'compass-error', weakest: 1, strongest: 1 },
  { name: 'GPS loss', fault: 'gps-loss', weakest: 1, strongest: 1 },
];

export interface Flight {
  readonly seed: number;
  readonly windows: readonly FlownWindow[];
  /** What three other flights of the same airframe were like. */
  readonly earlier: Float32Array;
  readonly fault: { readonly class: string; readonly value: number; readonly afterS: number } | null;
}

/** One more than a drone's earlier flights: each is compared with the others. */
export const FLIGHTS_OF_AIRFRAME = FLIGHTS_TO_COMPARE + 1;
/** Every flight has a seed of its own, so that two of them share nothing but the airframe. */
const SEEDS_OF_AIRFRAME = 100;

/** Flights without a fault: those of the first airframe, of the second …, FLIGHTS_OF_AIRFRAME of each. */
export async function healthyFlights(firstAirframe: number, airframes: number): Promise<Flight[]> {
  const flights: Flight[] = [];
  for (let airframe = firstAirframe; airframe < firstAirframe + airframes; airframe++) {
    const flown: Omit<Flight, 'earlier'>[] = [];
    for (let index = 0; index < FLIGHTS_OF_AIRFRAME; index++) {
      const seed = SEEDS_OF_AIRFRAME * airframe + index;
      flown.push({ seed, windows: await simulateFlight({ seed, airframe, fault: null }), fault: null });
    }
    for (const flight of flown) {
      const others = flown.filter((other) => other !== flight);
      flights.push({ ...flight, earlier: learntFrom(others) });
    }
  }
  return flights;
}

interface FaultyOrder {
  readonly firstAirframe: number;
  /** Of these airframes, as healthyFlights gives them: the first three of each are the earlier ones. */
  readonly healthy: readonly Flight[];
  /** A number that no other faulty flights of these airframes have. */
  readonly variant: number;
  readonly begins: 'IN_FLIGHT' | 'ON_GROUND';
}

/** A flight of each airframe with a fault of the class. */
export async function faultyFlights(
  kind: FaultClass,
  { firstAirframe, healthy, variant, begins }: FaultyOrder,
): Promise<Flight[]> {
  const flights: Flight[] = [];
  for (let index = 0; index < healthy.length / FLIGHTS_OF_AIRFRAME; index++) {
    const airframe = firstAirframe + index;
    const before = healthy.slice(index * FLIGHTS_OF_AIRFRAME, (index + 1) * FLIGHTS_OF_AIRFRAME - 1);
    const seed = SEEDS_OF_AIRFRAME * airframe + FLIGHTS_OF_AIRFRAME + variant;
    const random = forkRandom(seededRandom(seed));
    const afterS = begins === 'ON_GROUND' ? 0 : Math.round(between(random, 50, 90));
    const value = kind.weakest * (kind.strongest / kind.weakest) ** random();
    const windows = await simulateFlight({ seed, airframe, fault: { name: kind.fault, value, afterS } });
    const fault = { class: kind.name, value, afterS };
    flights.push({ seed, windows, earlier: learntFrom(before), fault });
  }
  return flights;
}

function learntFrom(flights: readonly Pick<Flight, 'windows'>[]): Float32Array {
  const learnt = flights.reduce<LearntFlights | null>((before, { windows }) => {
    const flown = new FlightMean();
    for (const { features } of windows) flown.add(features);
    const mean = flown.mean();
    return mean === null ? before : withFlight(before, mean);
  }, null);
  if (learnt === null) throw new Error('Simulated flights are too short to learn from.');
  return Float32Array.from(learnt.mean);
}
