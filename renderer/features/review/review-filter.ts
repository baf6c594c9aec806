import type { ReviewFilter } from '../../../preload/contract/review.ts';

export type Period = 'day' | 'week' | 'month' | 'quarter' | 'all' | 'dates';
export type ReviewPart = 'missions' | 'figures' | 'conflicts';

/** What a person looks for, as they chose and typed it. */
export interface ReviewForm {
  readonly period: Period;
  /** YYYY-MM-DD, for the period between dates. */
  readonly fromDay: string;
  readonly untilDay: string;
  readonly baseStationId: string | null;
  readonly droneId: string;
  readonly status: ReviewFilter['status'];
}

export const EMPTY_FORM: ReviewForm = {
  ...{ period: 'quarter', fromDay: '', untilDay: '', baseStationId: null, droneId: '', status: null },
};

const DAY_MS = 86_400_000;
/** Missions that were launched on a station whose clock runs a little ahead are of now. */
const AHEAD_MS = 60_000;
const END_OF_TIME_MS = 4_102_444_800_000;
const DAYS = { day: 1, week: 7, month: 30, quarter: 90 } as const;

/** The span of time that was asked for; an open end where a date is missing. Days are those of this place. */
export function spanOf(form: ReviewForm, nowMs: number): { fromMs: number; untilMs: number } {
  const now = Math.round(nowMs);
  switch (form.period) {
    case 'all':
      return { fromMs: 0, untilMs: END_OF_TIME_MS };
    case 'dates':
      return {
        fromMs: startOfDay(form.fromDay) ?? 0,
        untilMs: startOfDay(form.untilDay, 1) ?? END_OF_TIME_MS,
      };
    default:
      return { fromMs: Math.max(0, now - DAYS[form.period] * DAY_MS), untilMs: now + AHEAD_MS };
  }
}

export function filterOf(form: ReviewForm, nowMs: number): ReviewFilter {
  const droneId = form.droneId.trim();
  return {
    ...spanOf(form, nowMs),
    baseStationId: form.baseStationId,
    droneId: droneId === '' ? null : droneId,
    status: form.status,
  };
}

/** Midnight of this place, `daysLater` days after the given one. */
function startOfDay(day: string, daysLater = 0): number | null {
  const [year, month, date] = day.split('-').map(Number);
  if (year === undefined || month === undefined || date === undefined) return null;
  const atMs = new Date(year, month - 1, date + daysLater).getTime();
  return Number.isNaN(atMs) || atMs < 0 ? null : Math.min(atMs, END_OF_TIME_MS);
}
