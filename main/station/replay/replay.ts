import { basename, isAbsolute, join } from 'node:path';
import { Refusal } from '../../../preload/contract/errors.ts';
import type { ReplayStatus } from '../../../preload/contract/links.ts';
import type { VehicleState } from '../../../preload/contract/vehicle.ts';
import type { Aircraft } from '../ports/aircraft.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { ReplayClock } from './replay-clock.ts';
import { ReplayLinks } from './replay-links.ts';
import { type TlogCursor, TlogFile } from './tlog-file.ts';

/** The vehicles of a recording. */
export interface ReplayVehicles {
  find(systemId: number): Aircraft | null;
  all(): readonly Aircraft[];
  states(): VehicleState[];
  onChange(listener: () => void): () => void;
  close(): void;
}

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
/** Before the moment that is sought, so much is played at once: who is there, and in what state. */
const RUN_UP_MS = 30_000;
/** So many frames at a stretch, and live links get their turn. */
const FRAMES_A_TURN = 2_000;

interface Player<Shown> {
  readonly name: string;
  readonly file: TlogFile;
  clock: ReplayClock;
  links: ReplayLinks;
  vehicles: Shown;
  cursor: TlogCursor;
  positionMs: number;
  speed: number;
  playing: boolean;
}

export function createReplay<Shown extends ReplayVehicles>(parts: {
  folder: string;
  makeVehicles: (links: ReplayLinks, clock: Clock) => Shown;
  clock: Clock;
  log: Log;
}): Replay<Shown> {
  const { folder, makeVehicles, clock, log } = parts;
  const listeners = new Set<() => void>();
  const changed = (): void => {
    for (const listener of listeners) listener();
  };
  let player: Player<Shown> | null = null;
  /** One thing at a time: the end of a step, then a seek, then a close. */
  let work: Promise<unknown> = Promise.resolve();
  let stepping = false;

  function queue<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = work.then(task);
    work = result.catch(() => {});
    return result;
  }

  function stage(name: string, file: TlogFile, fromMs: number) {
    const replayClock = new ReplayClock(clock, fromMs);
    const links = new ReplayLinks(name, replayClock);
    const vehicles = makeVehicles(links, replayClock);
    vehicles.onChange(changed);
    return { clock: replayClock, links, vehicles, cursor: file.from(fromMs) };
  }

  async function playUntil(current: Player<Shown>, untilMs: number): Promise<void> {
    for (let frames = 0; await current.cursor.ready(); frames++) {
      const { cursor } = current;
      if (cursor.timeMs > untilMs) break;
      current.clock.moveTo(cursor.timeMs, untilMs);
      current.links.play(cursor.frame);
      cursor.advance();
      if (frames % FRAMES_A_TURN === FRAMES_A_TURN - 1) await new Promise((resolve) => setImmediate(resolve));
    }
    current.clock.moveTo(untilMs);
  }

  async function seek(current: Player<Shown>, wantedMs: number): Promise<void> {
    const { file, name } = current;
    const positionMs = Math.min(file.endMs, Math.max(file.startMs, wantedMs));
    current.vehicles.close();
    Object.assign(current, stage(name, file, Math.max(file.startMs, positionMs - RUN_UP_MS)));
    current.positionMs = positionMs;
    // Marks lie up to some seconds before the time that is asked for.
    await playUntil(current, positionMs);
  }

  async function step(): Promise<void> {
    if (player === null || !player.playing) return;
    const untilMs = Math.min(player.file.endMs, player.positionMs + STEP_MS * player.speed);
    await playUntil(player, untilMs);
    player.positionMs = untilMs;
    if (untilMs === player.file.endMs) player.playing = false;
    changed();
  }

  async function end(): Promise<void> {
    const ended = player;
    player = null;
    if (ended === null) return;
    ended.vehicles.close();
    log.info('replay.closed');
    changed();
    await ended.file.close();
  }

  const stopStepping = clock.every(STEP_MS, () => {
    if (stepping || player?.playing !== true) return;
    stepping = true;
    queue(step)
      .catch((error: unknown) => {
        log.error('replay.failed', { error: error instanceof Error ? error.message : 'unknown' });
        return end();
      })
      .finally(() => {
        stepping = false;
      });
  });

  return {
    status() {
      if (player === null) return null;
      const { name, file, positionMs, speed, playing, vehicles } = player;
      const { startMs, endMs } = file;
      return { name, startMs, endMs, positionMs, speed, playing, vehicles: vehicles.states().length };
    },
    vehicles: () => player?.vehicles ?? null,
    open: (given) =>
      queue(async () => {
        const file = await TlogFile.open(pathOf(folder, given));
        await end();
        const name = basename(given);
        const { startMs } = file;
        player = {
          ...{ name, file, positionMs: startMs, speed: 1, playing: true },
          ...stage(name, file, startMs),
        };
        log.info('replay.opened', { sizeMs: file.endMs - startMs });
        changed();
      }),
    steer: ({ playing, speed, positionMs }) =>
      queue(async () => {
        if (player === null)
          throw new Refusal('CONFLICT', 'There is no replay any more. Open a recording first.');
        if (speed !== undefined) player.speed = speed;
        if (positionMs !== undefined) await seek(player, positionMs);
        // Played again at its end, it begins anew.
        else if (playing === true && player.positionMs === player.file.endMs)
          await seek(player, player.file.startMs);
        if (playing !== undefined) player.playing = playing;
        changed();
      }),
    close: () => queue(end),
    shutDown() {
      stopStepping();
      return queue(end);
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** A name is a file of the recordings; anything else must be the whole path of a recording. */
function pathOf(folder: string, given: string): string {
  if (!given.toLowerCase().endsWith('.tlog'))
    throw new Refusal('INVALID_INPUT', 'A recording is a file whose name ends with .tlog.');
  if (basename(given) === given) return join(folder, given);
  if (!isAbsolute(given))
    throw new Refusal('INVALID_INPUT', 'Give the whole path of the recording, from the root on.');
  return given;
}
