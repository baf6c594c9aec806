import type { Alert, AlertLevel } from '../../../preload/contract/alerts.ts';
import { Refusal } from '../../../preload/contract/errors.ts';
import type { AlertRequest, Alerts } from '../ports/alerts.ts';
import type { Clock } from '../ports/clock.ts';
import { type Random, uuidV7 } from '../ports/random.ts';

/** Every alert whose cause still holds, for the people who must see them. */
export interface AlertBook extends Alerts {
  /** Most urgent first: by level, then unacknowledged before acknowledged, then newest first. */
  list(): readonly Alert[];
  /** Notes who has seen it. Refuses with NOT_FOUND when the alert is over. The first name stays. */
  acknowledge(alertId: string, byName: string): void;
  /** Called after each change of the list. Returns its unsubscribe. */
  subscribe(listener: () => void): () => void;
}

const URGENCY: Record<AlertLevel, number> = { WARNING: 0, CAUTION: 1, ADVISORY: 2 };
const MAXIMUM_ALERTS = 500;

/**
 * A full book gives up the alert that comes last in its own order: what is least urgent, seen and old. So a flood of
 * advisories can never push a warning out.
 */
export function createAlertBook(parts: { clock: Clock; random: Random; maximumAlerts?: number }): AlertBook {
  const { clock, random, maximumAlerts = MAXIMUM_ALERTS } = parts;
  const byCause = new Map<string, Alert>();
  const listeners = new Set<() => void>();
  let ordered: readonly Alert[] | null = [];

  const list = (): readonly Alert[] => {
    ordered ??= [...byCause.values()].sort(byUrgency);
    return ordered;
  };
  const changed = (): void => {
    ordered = null;
    for (const listener of [...listeners]) listener();
  };

  return {
    list,
    raise(request) {
      const known = byCause.get(request.cause);
      byCause.set(request.cause, known === undefined ? begin(request) : repeat(known, request));
      ordered = null;
      const last = byCause.size > maximumAlerts ? list().at(-1) : undefined;
      if (last !== undefined) byCause.delete(last.cause);
      changed();
    },
    clear(cause) {
      if (byCause.delete(cause)) changed();
    },
    acknowledge(alertId, byName) {
      for (const alert of byCause.values()) {
        if (alert.alertId !== alertId) continue;
        if (alert.acknowledgedBy !== null) return;
        byCause.set(alert.cause, { ...alert, acknowledgedBy: byName });
        changed();
        return;
      }
      throw new Refusal('NOT_FOUND', 'This alert is already over. There is nothing to acknowledge.');
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };

  function begin(request: AlertRequest): Alert {
    return {
      alertId: uuidV7(clock.nowMs(), random),
      cause: request.cause,
      ...content(request),
      raisedAtMs: clock.nowMs(),
      repeats: 1,
      acknowledgedBy: null,
    };
  }

  function repeat(known: Alert, request: AlertRequest): Alert {
    const worse = URGENCY[request.level] < URGENCY[known.level];
    return {
      ...known,
      ...content(request),
      repeats: known.repeats + 1,
      // What got worse is news: it counts as raised now, and nobody has seen it.
      raisedAtMs: worse ? clock.nowMs() : known.raisedAtMs,
      acknowledgedBy: worse ? null : known.acknowledgedBy,
    };
  }
}

function content(
  request: AlertRequest,
): Pick<Alert, 'level' | 'subject' | 'sentence' | 'droneId' | 'missionId'> {
  return {
    level: request.level,
    subject: request.subject,
    sentence: request.sentence,
    droneId: request.droneId ?? null,
    missionId: request.missionId ?? null,
  };
}

function byUrgency(first: Alert, second: Alert): number {
  return (
    URGENCY[first.level] - URGENCY[second.level] ||
    Number(first.acknowledgedBy !== null) - Number(second.acknowledgedBy !== null) ||
    second.raisedAtMs - first.raisedAtMs
  );
}
