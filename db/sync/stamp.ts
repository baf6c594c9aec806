import type { Stamp } from './wire.ts';

/** The persisted part of a station's hybrid logical clock (Kulkarni et al., 2014). */
export interface StampClock {
  /** UTC, ms: never less than in any stamp that was given out or seen. */
  readonly ms: number;
  readonly counter: number;
}

/** Stamps may lead the server's time by this much; what is beyond is clamped there (S5). */
export const GREATEST_LEAD_MS = 60_000;
const GREATEST_COUNTER = 99_999;

/** The clock after one more change. It follows `nowMs` (server time as far as known) and never goes back. */
export function advanced(clock: StampClock, nowMs: number): StampClock {
  const ms = Math.floor(nowMs);
  if (ms > clock.ms) return { ms, counter: 0 };
  // A counter that is used up borrows the next millisecond.
  if (clock.counter >= GREATEST_COUNTER) return { ms: clock.ms + 1, counter: 0 };
  return { ms: clock.ms, counter: clock.counter + 1 };
}

/**
 * The clock after a stamp was seen: what is stamped from now on is later than it. Stamps come from the server, which has
 * clamped them to its own time, so that one station's wrong clock cannot drag others along; this station's clock may
 * be the wrong one, and is not asked.
 */
export function observed(clock: StampClock, stamp: Stamp): StampClock {
  const { ms, counter } = readStamp(stamp);
  if (ms < clock.ms) return clock;
  return { ms, counter: ms > clock.ms ? counter : Math.max(clock.counter, counter) };
}

export function stampOf(clock: StampClock, stationId: string, nonce: string): Stamp {
  return `${String(clock.ms).padStart(15, '0')}-${String(clock.counter).padStart(5, '0')}-${stationId}~${nonce}`;
}

export function readStamp(stamp: Stamp): StampClock & { stationId: string; nonce: string } {
  const parts = /^(\d{15})-(\d{5})-(.*)~([^~]*)$/s.exec(stamp);
  if (parts === null) throw new Error(`Not a stamp: ${stamp}`);
  return {
    ms: Number(parts[1]),
    counter: Number(parts[2]),
    stationId: parts[3] ?? '',
    nonce: parts[4] ?? '',
  };
}

/**
 * What the server makes of a pushed stamp: as it is, or, if it leads the server's time by too much, a time that is
 * allowed. `last` is the clock of what was clamped for this station before, so that the order of its changes stays.
 */
export function clamped(
  stamp: Stamp,
  serverNowMs: number,
  last: StampClock,
): { stamp: Stamp; last: StampClock } {
  const { ms, stationId, nonce } = readStamp(stamp);
  const limitMs = serverNowMs + GREATEST_LEAD_MS;
  if (ms <= limitMs) return { stamp, last };
  const next = advanced(last, limitMs);
  return { stamp: stampOf(next, stationId, nonce), last: next };
}
