import type { MissionStatus } from '../../../preload/contract/missions.ts';
import type { MissionReview, ReviewedMission } from '../../../preload/contract/review.ts';
import { duration, NONE } from '../../ui/formatting.ts';

export const STATUS_WORDS: Readonly<Record<MissionStatus, string>> = {
  LAUNCHED: 'Launched',
  IN_FLIGHT: 'In flight',
  ARRIVED: 'Arrived',
  LANDED: 'Landed',
  AED_DEPLOYED: 'AED released',
  RETURNING: 'Returning',
  COMPLETED: 'Completed',
  ABORTED: 'Aborted',
};

export const OUTCOME_WORDS: Readonly<Record<NonNullable<MissionReview['patientOutcome']>, string>> = {
  SURVIVED: 'Survived',
  TRANSPORTED: 'Taken to hospital',
  DECEASED: 'Died',
  UNKNOWN: 'Not known',
};

const dayAndTime = new Intl.DateTimeFormat('en-GB', {
  ...{ day: '2-digit', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' },
});

/** 01 Nov 2026, 14:23 in the time of this place. */
export function moment(atMs: number): string {
  return dayAndTime.format(atMs);
}

/** T+1:05 since the launch, T−0:02 before it. */
export function sinceLaunch(seconds: number): string {
  const rounded = Math.round(seconds);
  return rounded < 0 ? `T−${duration(-rounded)}` : `T+${duration(rounded)}`;
}

export function yesNo(answer: boolean | null): string {
  return answer === null ? NONE : answer ? 'Yes' : 'No';
}

/** What came of it, in the few words of a list: an AED that stayed in the box is what stands out. */
export function resultWords({ aedDeployed, actualEtaS, status }: ReviewedMission): string {
  const arrival = actualEtaS === null ? null : duration(actualEtaS);
  if (status === 'COMPLETED' && aedDeployed !== true)
    return arrival === null ? 'AED not taken' : `${arrival} · AED not taken`;
  if (arrival !== null) return `${arrival} to scene`;
  return status === 'ABORTED' ? 'did not arrive' : '';
}

/** 4096 as 4.1 kB: decimal, as disks are sold. */
export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = count;
  let unit = 0;
  while (value >= 1_000 && unit < units.length - 1) {
    value /= 1_000;
    unit++;
  }
  return `${value.toFixed(unit === 0 ? 0 : 1)} ${units[unit]}`;
}
