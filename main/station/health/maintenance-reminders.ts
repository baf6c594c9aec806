import type { DroneRecord } from '../../../preload/contract/fleet.ts';
import type { Alerts } from '../ports/alerts.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Store } from '../store/store.ts';

/** A day passes by itself; what people change is told at once. */
const LOOK_EVERY_MS = 60_000;

/** Advises of drones in service whose maintenance is overdue, until it is signed or they leave service. */
export function remindOfMaintenance(parts: {
  read: Pick<Store['read'], 'maintenanceDue'>;
  roster: { find(droneId: string): DroneRecord | null; subscribe(changed: () => void): () => void };
  alerts: Alerts;
  clock: Clock;
  log: Log;
}): { close(): void } {
  const { read, roster, alerts, clock, log } = parts;
  /** Sentences by drone. */
  let raised = new Map<string, string>();
  let looking = false;
  let again = false;

  async function look(): Promise<void> {
    const overdue = new Map(
      (await read.maintenanceDue({ nowMs: clock.nowMs() }))
        .filter(({ droneId, daysLeft }) => (daysLeft ?? 0) < 0 && roster.find(droneId)?.status === 'READY')
        .map(({ droneId, nextDue }) => [
          droneId,
          `Its maintenance was due on ${nextDue}. Take it out of service, or have a health check signed.`,
        ]),
    );
    for (const droneId of raised.keys()) if (!overdue.has(droneId)) alerts.clear(causeOf(droneId));
    for (const [droneId, sentence] of overdue)
      if (raised.get(droneId) !== sentence)
        alerts.raise({ cause: causeOf(droneId), level: 'ADVISORY', subject: droneId, droneId, sentence });
    raised = overdue;
  }

  /** One look at a time; what changes meanwhile is looked at once more. */
  function changed(): void {
    if (looking) {
      again = true;
      return;
    }
    looking = true;
    again = false;
    look()
      .catch((error: unknown) => {
        // The database tells its own failure; what was raised stays.
        log.warn('maintenance-unread', { error: error instanceof Error ? error.name : 'unknown' });
      })
      .finally(() => {
        looking = false;
        if (again) changed();
      });
  }

  const stops = [clock.every(LOOK_EVERY_MS, changed), roster.subscribe(changed)];
  changed();
  return {
    close() {
      again = false;
      for (const stop of stops) stop();
    },
  };
}

function causeOf(droneId: string): string {
  return `MAINTENANCE:${droneId}`;
}
