import { Refusal } from '../../preload/contract/errors.ts';
import type { HealthItem, HealthResult, OpenHealthCheck } from '../../preload/contract/health.ts';
import type { Services } from '../station/api/services.ts';

/** Of the drone's time, from the first look to the answer. */
const LONGEST_MS = 60_000;
const LOOK_EVERY_MS = 250;
const TECHNICIAN = { dispatcherId: 'command line', displayName: 'Command line' };

type Outcome = 'PASS' | 'FAIL' | 'NOT_TESTABLE' | 'NO_CONTACT';
export const EXIT_CODES: Readonly<Record<Outcome, number>> = {
  PASS: 0,
  FAIL: 1,
  NOT_TESTABLE: 2,
  NO_CONTACT: 2,
};

export interface HealthReport {
  readonly drone: string;
  readonly result: Outcome;
  /** What came out, in words. */
  readonly sentence: string;
  readonly durationMs: number;
  readonly counts: Readonly<Record<HealthResult, number>>;
  readonly items: readonly HealthItem[];
}

type Parts = Pick<Services, 'health' | 'clock'>;

/**
 * The automatic part of a health check, without moving motors or door, and without a record: at most a minute of the drone's
 * time. Refuses (DRONE_NOT_REGISTERED, CONFLICT, DRONE_BUSY) what would refuse a technician.
 */
export async function checkHealth({ health, clock }: Parts, droneId: string): Promise<HealthReport> {
  const startedMs = clock.monotonicMs();
  const passedMs = (): number => clock.monotonicMs() - startedMs;
  const pause = (): Promise<void> => new Promise((resolve) => void clock.after(LOOK_EVERY_MS, resolve));

  for (;;) {
    const refused = await begin(health, droneId);
    if (refused === null) break;
    if (passedMs() > LONGEST_MS) return reportOf(droneId, passedMs(), null, refused.message);
    await pause();
  }
  // What cannot be read stays not testable; the check itself says why.
  health.readParameters(droneId).catch((error: unknown) => {
    if (!(error instanceof Refusal)) throw error;
  });
  let check = health.current(droneId);
  while (check !== null && isUnderWay(check) && passedMs() < LONGEST_MS) {
    await pause();
    check = health.current(droneId);
  }
  health.discard(droneId);
  return reportOf(droneId, passedMs(), check, check?.interrupted ?? null);
}

/** Null: it has begun. Otherwise why it has not, where waiting may help. */
async function begin(health: Parts['health'], droneId: string): Promise<Refusal | null> {
  try {
    await health.start(droneId, TECHNICIAN);
    return null;
  } catch (error) {
    if (error instanceof Refusal && error.code === 'DRONE_OUT_OF_CONTACT') return error;
    throw error;
  }
}

function isUnderWay({ automatic, parametersPercent, interrupted }: OpenHealthCheck): boolean {
  return (
    interrupted !== null || parametersPercent !== null || automatic.some(({ result }) => result === 'WAITING')
  );
}

/** Motors and door are moved by a person who stands beside the drone. */
const isExpected = ({ needed, group, checkId }: HealthItem): boolean =>
  needed && group !== 'PROPULSION' && checkId !== 'door-release';

function reportOf(
  drone: string,
  durationMs: number,
  check: OpenHealthCheck | null,
  withoutContact: string | null,
): HealthReport {
  const items = check?.automatic ?? [];
  const counts = { PASS: 0, CAUTION: 0, FAIL: 0, NOT_TESTABLE: 0, WAITING: 0 };
  for (const { result } of items) counts[result] += 1;
  const report = { drone, durationMs: Math.round(durationMs), counts, items };
  const titles = (result: HealthResult, of: readonly HealthItem[]): string =>
    of
      .filter((item) => item.result === result)
      .map(({ title }) => title)
      .join(', ');
  if (withoutContact !== null) return { ...report, result: 'NO_CONTACT', sentence: withoutContact };
  if (counts.FAIL > 0)
    return { ...report, result: 'FAIL', sentence: `${drone} fails: ${titles('FAIL', items)}.` };
  const untested = items
    .filter(isExpected)
    .filter(({ result }) => result === 'NOT_TESTABLE' || result === 'WAITING');
  if (untested.length > 0) {
    const names = untested.map(({ title }) => title).join(', ');
    return { ...report, result: 'NOT_TESTABLE', sentence: `${drone} does not report: ${names}.` };
  }
  const caution = counts.CAUTION === 0 ? '' : ` Caution: ${titles('CAUTION', items)}.`;
  return {
    ...report,
    result: 'PASS',
    sentence: `${drone} passes. Motors and door were not moved.${caution}`,
  };
}

/** For people: one line an item, what is wrong first. */
export function healthTable({ items }: HealthReport): string {
  const order: readonly HealthResult[] = ['FAIL', 'CAUTION', 'NOT_TESTABLE', 'WAITING', 'PASS'];
  return [...items]
    .sort((one, other) => order.indexOf(one.result) - order.indexOf(other.result))
    .map(({ result, title, measured, limit, sentence }) =>
      [
        result.replace('_', ' ').padEnd(13),
        title.padEnd(42),
        (measured ?? '–').padEnd(24),
        result === 'PASS' ? limit : (sentence ?? limit),
      ].join(' '),
    )
    .join('\n');
}
