import { z } from 'zod';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Store } from '../store/store.ts';
import type { ScoredFlight } from './last-flights.ts';
import { FEATURES } from './window-features.ts';

/** From fewer flights, the wind of one day would pass for how the drone always flies. */
export const FLIGHTS_TO_COMPARE = 3;
/** An older flight counts less and less. */
const FLIGHTS_REMEMBERED = 10;
/** A flight of fewer windows is none to learn from: about a minute. */
const FEWEST_WINDOWS = 30;
/** Of a stored number: what is compared with it is much coarser. */
const DIGITS = 6;

const learnt = z.object({
  flights: z.number().int().min(1),
  mean: z.array(z.number()).length(FEATURES.length),
});
/** What a drone's healthy flights were like: how many, and the mean of their windows' features. */
export type LearntFlights = z.infer<typeof learnt>;

const stored = z.object({ drones: z.record(z.string(), learnt) });

/** The mean of a flight's windows. */
export class FlightMean {
  readonly #sum = new Float64Array(FEATURES.length);
  #windows = 0;

  add(features: Float32Array): void {
    features.forEach((value, index) => {
      this.#sum[index] = (this.#sum[index] ?? 0) + value;
    });
    this.#windows += 1;
  }

  /** Null: too little was flown. */
  mean(): readonly number[] | null {
    return this.#windows < FEWEST_WINDOWS ? null : Array.from(this.#sum, (value) => value / this.#windows);
  }
}

/** Each flight counts alike up to FLIGHTS_REMEMBERED; from then on the newest counts as one of so many. */
export function withFlight(before: LearntFlights | null, flight: readonly number[]): LearntFlights {
  const flights = (before?.flights ?? 0) + 1;
  const share = 1 / Math.min(flights, FLIGHTS_REMEMBERED);
  const mean = flight.map((value, index) => {
    const known = before?.mean[index] ?? 0;
    return Number((known + share * (value - known)).toPrecision(DIGITS));
  });
  return { flights, mean };
}

interface EarlierFlightsParts {
  readonly store: { read: Pick<Store['read'], 'setting'>; write: Pick<Store['write'], 'saveSetting'> };
  readonly clock: Clock;
  readonly log: Log;
}

/** A flight that was scored, and the mean of its windows; null: it was too short to learn from, or fell silent in the air. */
export interface EndedFlight extends ScoredFlight {
  readonly mean: readonly number[] | null;
}

const SETTING = 'earlier-flights';
/** A higher score was an alarm. */
const LIMIT = 1;

/** How each drone flies when all is well, over restarts: what its next flights are compared with. */
export class EarlierFlights {
  readonly #parts: EarlierFlightsParts;
  /** As on disk; null: not read yet. */
  #drones: Readonly<Record<string, LearntFlights>> | null = null;
  /** One after the other. */
  #working: Promise<void>;

  constructor(parts: EarlierFlightsParts) {
    this.#parts = parts;
    this.#working = Promise.resolve();
    this.#inTurn(() => this.#load()).catch((error: unknown) => this.#warn('earlier-flights-unread', error));
  }

  /** How many flights were learnt from. */
  count(droneId: string): number {
    return this.#drones?.[droneId]?.flights ?? 0;
  }

  /** What a window is compared with; null: too few flights were learnt from. */
  reference(droneId: string): Float32Array | null {
    const known = this.#drones?.[droneId];
    return known === undefined || known.flights < FLIGHTS_TO_COMPARE ? null : Float32Array.from(known.mean);
  }

  /**
   * Learns from a flight that is over, if all was well in it. What flew unusually must not become what is usual.
   * @param unchecked an unusual flight of it waits for a signed health check
   */
  learn(droneId: string, { score, mean }: EndedFlight, unchecked: boolean): void {
    if (mean === null || score > LIMIT || unchecked) return;
    this.#inTurn(async () => {
      const drones = await this.#load();
      await this.#save({ ...drones, [droneId]: withFlight(drones[droneId] ?? null, mean) });
      // A reference must not cost anything; the database tells its own failure.
    }).catch((error: unknown) => this.#warn('earlier-flights-unsaved', error));
  }

  /**
   * Begins anew: parts of the drone were changed. Returns how many flights were forgotten.
   * @throws what the database says, where it could not be put on disk
   */
  forget(droneId: string): Promise<number> {
    return this.#inTurn(async () => {
      const { [droneId]: forgotten, ...others } = await this.#load();
      if (forgotten !== undefined) await this.#save(others);
      return forgotten?.flights ?? 0;
    });
  }

  /** Resolves when what was told is on disk, or was given up. */
  settled(): Promise<void> {
    return this.#working;
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#working.then(work);
    this.#working = done.then(
      () => {},
      () => {},
    );
    return done;
  }

  async #load(): Promise<Readonly<Record<string, LearntFlights>>> {
    if (this.#drones !== null) return this.#drones;
    // What another version wrote, with other features, is of no use to this one.
    const found = stored.safeParse(await this.#parts.store.read.setting({ name: SETTING }));
    this.#drones = found.data?.drones ?? {};
    return this.#drones;
  }

  async #save(drones: Readonly<Record<string, LearntFlights>>): Promise<void> {
    const { store, clock } = this.#parts;
    await store.write.saveSetting({ name: SETTING, value: { drones }, nowMs: clock.nowMs() });
    this.#drones = drones;
  }

  #warn(event: string, error: unknown): void {
    this.#parts.log.warn(event, { error: error instanceof Error ? error.name : 'unknown' });
  }
}
