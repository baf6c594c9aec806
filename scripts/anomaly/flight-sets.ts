import type { FaultName } from '../../main/simulator/faults.ts';
import { between, seededRandom } from '../../main/simulator/random.ts';
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
  readonly fault: { readonly class: string; readonly value: number; readonly afterS: number } | null;
}

/** Flights without a fault, by seed. */
export async function healthyFlights(firstSeed: number, count: number): Promise<Flight[]> {
  const flights: Flight[] = [];
  for (let seed = firstSeed; seed < firstSeed + count; seed++)
    flights.push({ seed, windows: await simulateFlight({ seed, fault: null }), fault: null });
  return flights;
}

/** Flights with a fault of the class that begins in the air, or is there from the ground on; by seed. */
export async function faultyFlights(
  kind: FaultClass,
  firstSeed: number,
  count: number,
  begins: 'IN_FLIGHT' | 'ON_GROUND' = 'IN_FLIGHT',
): Promise<Flight[]> {
  const flights: Flight[] = [];
  for (let seed = firstSeed; seed < firstSeed + count; seed++) {
    const random = seededRandom(seed + 1_000_000);
    const afterS = begins === 'ON_GROUND' ? 0 : Math.round(between(random, 50, 90));
    const value = kind.weakest * (kind.strongest / kind.weakest) ** random();
    const windows = await simulateFlight({ seed, fault: { name: kind.fault, value, afterS } });
    flights.push({ seed, windows, fault: { class: kind.name, value, afterS } });
  }
  return flights;
}
