const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 10_000;

/**
 * How long to wait before the next try to reach the station: doubles up to 10 s, with the upper half drawn at random
 * so that several pages do not knock at the same moment.
 * @param attempt tries that failed since the last success, from 0
 * @param random a number from 0 up to 1
 */
export function reconnectDelayMs(attempt: number, random: number): number {
  const ceilingMs = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt, 16));
  return Math.round(ceilingMs / 2 + (ceilingMs / 2) * random);
}
