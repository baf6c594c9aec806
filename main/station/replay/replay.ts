import { basename, isAbsolute, join } from 'node:path';
import { Refusal } from '../../../preload/contract/errors.ts';
import type { ReplayStatus } from '../../../preload/contract/links.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { ReplayLinks } from './replay-links.ts';
import { ReplayPlayer, type ReplayVehicles } from './replay-player.ts';
import { TlogFile } from './tlog-file.ts';

/** Recordings played as if they happened now. One at a time; nothing of it leaves through a link or enters the records. */
export interface Replay<Shown extends ReplayVehicles = ReplayVehicles> {
  status(): ReplayStatus | null;
  /** Null: no replay. */
  vehicles(): Shown | null;
  /** Refuses with NOT_FOUND or INVALID_INPUT; the replay before it goes on then. Begins to play. */
  open(file: string): Promise<void>;
  /** Refuses with CONFLICT when there is no replay. Resolves when the new position is shown. */
  steer(change: { playing?: boolean; speed?: number; positionMs?: number }): Promise<void>;
  close(): Promise<void>;
  /** Called when the replay begins, ends, is steered or moves on. */
  onChange(listener: () => void): () => void;
  /** Ends the replay and everything that would play another. */
  shutDown(): Promise<void>;
}

const STEP_MS = 50;

export function createReplay<Shown extends ReplayVehicles>(parts: {
  /** Of the station's own recordings. */
  folder: string;
  makeVehicles: (links: ReplayLinks, clock: Clock) => Shown;
  clock: Clock;
  log: Log;
}): Replay<Shown> {
  return new OneReplay(parts);
}

class OneReplay<Shown extends ReplayVehicles> implements Replay<Shown> {
  readonly #parts: Parameters<typeof createReplay<Shown>>[0];
  readonly #listeners = new Set<() => void>();
  readonly #stopStepping: () => void;
  #player: ReplayPlayer<Shown> | null = null;
  /** One thing at a time: the end of a step, then a seek, then a close. */
  #work: Promise<unknown> = Promise.resolve();
  #stepping = false;

  constructor(parts: Parameters<typeof createReplay<Shown>>[0]) {
    this.#parts = parts;
    this.#stopStepping = parts.clock.every(STEP_MS, () => this.#step());
  }

  readonly status = (): ReplayStatus | null => this.#player?.status() ?? null;

  vehicles(): Shown | null {
    return this.#player?.vehicles ?? null;
  }

  readonly open = (given: string): Promise<void> =>
    this.#queue(async () => {
      const { folder, makeVehicles, clock, log } = this.#parts;
      const file = await TlogFile.open(pathOf(folder, given));
      await this.#end();
      const changed = (): void => this.#changed();
      this.#player = new ReplayPlayer(basename(given), file, { makeVehicles, clock, changed });
      log.info('replay.opened', { lengthMs: Math.round(file.endMs - file.startMs) });
      changed();
    });

  readonly steer: Replay['steer'] = ({ playing, speed, positionMs }) =>
    this.#queue(async () => {
      const player = this.#player;
      if (player === null)
        throw new Refusal('CONFLICT', 'There is no replay any more. Open a recording first.');
      if (speed !== undefined) player.speed = speed;
      if (positionMs !== undefined) await player.seek(positionMs);
      else if (playing === true && player.atEnd) await player.begin();
      if (playing !== undefined) player.playing = playing;
      this.#changed();
    });

  readonly close = (): Promise<void> => this.#queue(() => this.#end());

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  shutDown(): Promise<void> {
    this.#stopStepping();
    return this.close();
  }

  #step(): void {
    const player = this.#player;
    if (this.#stepping || player === null || !player.playing) return;
    this.#stepping = true;
    this.#queue(() => player.step(STEP_MS))
      .then(() => this.#changed())
      .catch((error: unknown) => {
        this.#parts.log.error('replay.failed', { error: error instanceof Error ? error.message : 'unknown' });
        return this.close();
      })
      .finally(() => {
        this.#stepping = false;
      });
  }

  async #end(): Promise<void> {
    const ended = this.#player;
    this.#player = null;
    if (ended === null) return;
    this.#parts.log.info('replay.closed');
    this.#changed();
    await ended.close();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }

  #queue<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.#work.then(task);
    this.#work = result.catch(() => {});
    return result;
  }
}

/** A name is a file of the station's own recordings; anything else must be the whole path of a recording. */
function pathOf(folder: string, given: string): string {
  if (!given.toLowerCase().endsWith('.tlog'))
    throw new Refusal('INVALID_INPUT', 'A recording is a file whose name ends with .tlog.');
  if (basename(given) === given) return join(folder, given);
  if (!isAbsolute(given))
    throw new Refusal('INVALID_INPUT', 'Give the whole path of the recording, from the root on.');
  return given;
}
