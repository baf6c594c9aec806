import type { Alert, AlertLevel } from '../../../preload/contract/alerts.ts';

/** 14 CFR 25.1322: warnings call for action at once, cautions for awareness and later action, advisories for awareness. */
const URGENCY: Record<AlertLevel, number> = { WARNING: 0, CAUTION: 1, ADVISORY: 2 };

/** Most urgent first; of one level what nobody acknowledged yet, then the newest. */
export function byUrgency(alerts: readonly Alert[]): Alert[] {
  return [...alerts].sort(
    (a, b) =>
      URGENCY[a.level] - URGENCY[b.level] ||
      Number(a.acknowledgedBy !== null) - Number(b.acknowledgedBy !== null) ||
      b.raisedAtMs - a.raisedAtMs,
  );
}

export interface SoundSettings {
  readonly cautionSound: boolean;
  /** Silence ends at this instant by itself. */
  readonly mutedUntilMs: number;
}

/** The one tone to play: the most urgent alert that nobody acknowledged. Only a mute of 60 s silences a warning. */
export function soundOf(
  alerts: readonly Alert[],
  settings: SoundSettings,
  nowMs: number,
): 'WARNING' | 'CAUTION' | null {
  if (nowMs < settings.mutedUntilMs) return null;
  const open = alerts.filter((alert) => alert.acknowledgedBy === null);
  if (open.some((alert) => alert.level === 'WARNING')) return 'WARNING';
  if (settings.cautionSound && open.some((alert) => alert.level === 'CAUTION')) return 'CAUTION';
  return null;
}
