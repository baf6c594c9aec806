import { z } from 'zod';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Store } from '../store/store.ts';

const stored = z.object({
  doors: z.record(z.string(), z.object({ sentence: z.string(), sinceMs: z.number() })),
});
type LeftDoor = z.infer<typeof stored>['doors'][string];

interface LeftDoorsParts {
  readonly store: { read: Pick<Store['read'], 'setting'>; write: Pick<Store['write'], 'saveSetting'> };
  readonly clock: Clock;
  readonly log: Log;
}

/** The door of one drone, as a test may leave it. */
export interface DoorMemory {
  /** Why it may stand open and what to do; null: nothing speaks for that. */
  left(): string | null;
  set(sentence: string | null): void;
}

const SETTING = 'left-doors';

/**
 * Doors that may stand open because a test of them did not come to its end: kept over a restart of the station and the
 * end of the check, until a test of the door passes or the drone is signed READY.
 */
export class LeftDoors {
  readonly #parts: LeftDoorsParts;
  #doors: Readonly<Record<string, LeftDoor>> = {};
  /** What was told since the start is newer than what is read. */
  readonly #told = new Set<string>();
  /** One write after the other. */
  #saving: Promise<void>;

  constructor(parts: LeftDoorsParts) {
    this.#parts = parts;
    this.#saving = this.#load();
  }

  of(droneId: string): DoorMemory {
    return {
      left: () => this.#doors[droneId]?.sentence ?? null,
      set: (sentence) => this.#set(droneId, sentence),
    };
  }

  /** Resolves when what was told is on disk, or was given up. */
  settled(): Promise<void> {
    return this.#saving;
  }

  #set(droneId: string, sentence: string | null): void {
    const before = this.#doors[droneId];
    if ((before?.sentence ?? null) === sentence && this.#told.has(droneId)) return;
    this.#told.add(droneId);
    const { [droneId]: _, ...others } = this.#doors;
    const door = sentence === null ? {} : { [droneId]: { sentence, sinceMs: this.#parts.clock.nowMs() } };
    this.#doors = { ...others, ...door };
    this.#saving = this.#saving.then(() => this.#save());
  }

  async #load(): Promise<void> {
    const { store, log } = this.#parts;
    try {
      const found = stored.safeParse(await store.read.setting({ name: SETTING }));
      if (!found.success) return;
      const untold = Object.entries(found.data.doors).filter(([droneId]) => !this.#told.has(droneId));
      this.#doors = { ...Object.fromEntries(untold), ...this.#doors };
    } catch (error) {
      log.warn('left-doors-unread', { error: error instanceof Error ? error.name : 'unknown' });
    }
  }

  async #save(): Promise<void> {
    const { store, clock, log } = this.#parts;
    try {
      const value = { doors: this.#doors };
      await store.write.saveSetting({ name: SETTING, value, nowMs: clock.nowMs() });
    } catch (error) {
      // It holds as long as the station runs; the database tells its own failure.
      log.warn('left-doors-unsaved', { error: error instanceof Error ? error.name : 'unknown' });
    }
  }
}
