import type {
  EarlierFlights,
  HealthGroup,
  HealthItem,
  HealthResult,
  MaintenanceDue,
  ManualResult,
  ReleaseDecision,
} from '../../../preload/contract/health.ts';
import type { ModelMatch, ModelType } from '../../../preload/contract/models.ts';

export const GROUP_WORDS: Record<HealthGroup, string> = {
  SENSORS: 'Sensors',
  NAVIGATION: 'Navigation',
  BATTERY: 'Battery',
  PROPULSION: 'Motors',
  AED: 'AED',
  LINK: 'Radio and links',
  COMPUTER: 'Onboard computer and AI',
  CONFIGURATION: 'Configuration',
};

export const RESULT_WORDS: Record<HealthResult, string> = {
  WAITING: 'Measuring',
  PASS: 'Passed',
  CAUTION: 'Caution',
  FAIL: 'Failed',
  NOT_TESTABLE: 'Not testable',
};

export const MANUAL_WORDS: Record<ManualResult['result'], string> = {
  OPEN: 'Not checked',
  DONE: 'Done',
  DEFECT: 'Defect',
};

export const DECISION_WORDS: Record<ReleaseDecision, string> = {
  READY: 'Ready',
  MAINTENANCE: 'Maintenance',
  OFFLINE: 'Offline',
};

export const MODEL_TYPE_WORDS: Record<ModelType, string> = {
  YOLO_PERSON_DETECTION: 'Person detection',
  LANDING_ZONE: 'Landing zone',
};

export const MODEL_MATCH_WORDS: Record<ModelMatch, string> = {
  ACTIVE: 'active model of the fleet',
  NOT_ACTIVE: 'not the active model',
  OTHER_HASH: 'another file than that version',
  NOT_LISTED: 'not in the fleet’s list',
};

/** How far ahead a maintenance that is due is brought to mind. */
const REMIND_DAYS = 14;

export interface DueWords {
  readonly words: string;
  readonly mark: 'OVERDUE' | 'SOON' | null;
}

export function dueWords({ nextDue, daysLeft }: Pick<MaintenanceDue, 'nextDue' | 'daysLeft'>): DueWords {
  if (nextDue === null || daysLeft === null) return { words: 'No due date', mark: null };
  if (daysLeft < 0) return { words: `Overdue by ${days(-daysLeft)}`, mark: 'OVERDUE' };
  if (daysLeft === 0) return { words: 'Due today', mark: 'SOON' };
  return { words: `Due in ${days(daysLeft)}`, mark: daysLeft <= REMIND_DAYS ? 'SOON' : null };
}

function days(count: number): string {
  return count === 1 ? '1 day' : `${count} days`;
}

/** Overdue first, then what is due next; what has no date and was never checked before what was. */
export function byDue<Due extends MaintenanceDue>(drones: readonly Due[]): Due[] {
  return drones.toSorted(
    (one, other) =>
      (one.daysLeft ?? Number.MAX_SAFE_INTEGER) - (other.daysLeft ?? Number.MAX_SAFE_INTEGER) ||
      (one.lastCheckAtMs ?? 0) - (other.lastCheckAtMs ?? 0) ||
      one.droneId.localeCompare(other.droneId, 'en', { numeric: true }),
  );
}

const ATTENTION: readonly HealthResult[] = ['FAIL', 'CAUTION', 'NOT_TESTABLE', 'WAITING', 'PASS'];

/** What failed first; within the same result the order of the checks. */
export function failingFirst(items: readonly HealthItem[]): HealthItem[] {
  const rank = ({ result, needed }: HealthItem): number =>
    result === 'NOT_TESTABLE' && !needed ? ATTENTION.length : ATTENTION.indexOf(result);
  return items.toSorted((one, other) => rank(one) - rank(other));
}

/** "1 failed, 2 cautions, 1 defect"; null where there is none of it. */
export function problemWords(check: {
  automatic: readonly HealthItem[];
  manual: readonly ManualResult[];
}): string | null {
  const count = (result: HealthResult): number =>
    check.automatic.filter((item) => item.result === result).length;
  const defects = check.manual.filter(({ result }) => result === 'DEFECT').length;
  const said = [
    [count('FAIL'), 'failed', 'failed'],
    [count('CAUTION'), 'caution', 'cautions'],
    [defects, 'defect', 'defects'],
  ] as const;
  const words = said
    .filter(([number]) => number > 0)
    .map(([number, one, several]) => `${number} ${number === 1 ? one : several}`);
  return words.length === 0 ? null : words.join(', ');
}

const calendar = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  timeZone: 'UTC',
});

/** "1 Dec 2026" from the UTC date "2026-12-01". */
export function dateWords(date: string): string {
  return calendar.format(Date.parse(`${date}T00:00:00Z`));
}

/** What the next flights of a drone are compared with. */
export function flightPatternWords({ flights, needed }: EarlierFlights): string {
  if (flights < needed)
    return `Learning: ${flights} of ${needed} flights. Until then a flight is compared with its own beginning only: a fault that is there at take-off does not show.`;
  return `Learnt from ${flights} flights: each flight is compared with its own beginning and with them.`;
}
