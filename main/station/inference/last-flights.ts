import { z } from 'zod';
import type { Alerts } from '../ports/alerts.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Store } from '../store/store.ts';

/** How a flight that was scored compared with its own beginning. */
export interface ScoredFlight {
  /** The highest score that three windows in a row were above: 1 is the limit of an alarm. */
  readonly score: number;
  /** "Vibration is not as at the beginning of this flight."; null: it was. */
  readonly sentence: string | null;
}

const stored = z.object({
  flights: z.record(
    z.string(),
    z.object({
      score: z.number(),
      sentence: z.string().nullable(),
      endedAtMs: z.number(),
      checkedAtMs: z.number().nullable(),
    }),
  ),
});
type LastFlight = z.infer<typeof stored>['flights'][string];

interface LastFlightsParts {
  readonly store: { read: Pick<Store['read'], 'setting'>; write: Pick<Store['write'], 'saveSetting'> };
  readonly alerts: Alerts;
  readonly clock: Clock;
  readonly log: Log;
}

const SETTING = 'last-flights';
const LIMIT = 1;

/**
 * What the detector made of each drone's last flight. An alarm ends with its flight; that the drone flew unusually
 * stays, also over a restart, until somebody has signed a health check of it.
 */
export class LastFlights {
  readonly #parts: LastFlightsParts;
  #flights: Readonly<Record<string, LastFlight>> = {};
  /** One write after the other. */
  #saving: Promise<void>;

  constructor(parts: LastFlightsParts) {
    this.#parts = parts;
    this.#saving = this.#load();
  }

  /** Null: no flight of it was scored. */
  of(droneId: string): LastFlight | null {
    return this.#flights[droneId] ?? null;
  }

  /** Why it should be looked at before it flies again; null: nothing known. */
  unchecked(droneId: string): string | null {
    const flight = this.of(droneId);
    return flight === null || flight.score <= LIMIT || flight.checkedAtMs !== null ? null : flight.sentence;
  }

  ended(droneId: string, { score, sentence }: ScoredFlight): void {
    const before = this.of(droneId);
    const endedAtMs = this.#parts.clock.nowMs();
    // An ordinary flight after an unusual one proves nothing: the check still stands out.
    const waiting = before !== null && this.unchecked(droneId) !== null && score <= LIMIT;
    this.#set(
      droneId,
      waiting ? { ...before, endedAtMs } : { score, sentence, endedAtMs, checkedAtMs: null },
    );
  }

  /** A health check of it was signed. */
  checked(droneId: string): void {
    const flight = this.of(droneId);
    if (flight !== null && this.unchecked(droneId) !== null)
      this.#set(droneId, { ...flight, checkedAtMs: this.#parts.clock.nowMs() });
  }

  /** Resolves when what was told is on disk, or was given up. */
  settled(): Promise<void> {
    return this.#saving;
  }

  #set(droneId: string, flight: LastFlight): void {
    this.#flights = { ...this.#flights, [droneId]: flight };
    this.#tell(droneId);
    this.#saving = this.#saving.then(() => this.#save());
  }

  #tell(droneId: string): void {
    const cause = `LAST_FLIGHT:${droneId}`;
    const sentence = this.unchecked(droneId);
    if (sentence === null) this.#parts.alerts.clear(cause);
    else
      this.#parts.alerts.raise({
        ...{ cause, level: 'ADVISORY', subject: droneId, droneId },
        sentence: `In its last flight: ${sentence} Have a health check signed before it flies again.`,
      });
  }

  async #load(): Promise<void> {
    const { store, log } = this.#parts;
    try {
      const found = stored.safeParse(await store.read.setting({ name: SETTING }));
      if (!found.success) return;
      // What ended meanwhile is newer.
      this.#flights = { ...found.data.flights, ...this.#flights };
      for (const droneId of Object.keys(this.#flights)) this.#tell(droneId);
    } catch (error) {
      log.warn('last-flights-unread', { error: error instanceof Error ? error.name : 'unknown' });
    }
  }

  async #save(): Promise<void> {
    const { store, clock, log } = this.#parts;
    try {
      const value = { flights: this.#flights };
      await store.write.saveSetting({ name: SETTING, value, nowMs: clock.nowMs() });
    } catch (error) {
      // An advisory must not cost anything; the database tells its own failure.
      log.warn('last-flights-unsaved', { error: error instanceof Error ? error.name : 'unknown' });
    }
  }
}
