import { expect, test } from 'vitest';
import { remindOfMaintenance } from '../../../main/station/health/maintenance-reminders.ts';
import type { DroneRecord } from '../../../preload/contract/fleet.ts';
import type { MaintenanceDue } from '../../../preload/contract/health.ts';
import { FakeClock } from '../../support/fake-clock.ts';

function reminders() {
  const clock = new FakeClock();
  const raised = new Map<string, string>();
  const due = new Map<string, number | null>();
  const status = new Map<string, DroneRecord['status']>();
  let tell = (): void => {};
  const warnings: string[] = [];
  const records = { fail: false };
  const settled = (): Promise<void> => clock.run(50);
  const watch = remindOfMaintenance({
    read: {
      async maintenanceDue() {
        if (records.fail) throw new Error('gone');
        return [...due].map(
          ([droneId, daysLeft]) => ({ droneId, daysLeft, nextDue: '2026-01-31' }) as MaintenanceDue,
        );
      },
    },
    roster: {
      find: (droneId) => ({ droneId, status: status.get(droneId) ?? 'READY' }) as DroneRecord,
      subscribe(changed) {
        tell = changed;
        return () => {};
      },
    },
    alerts: {
      raise: ({ cause, level, sentence }) => void raised.set(cause, `${level} ${sentence}`),
      clear: (cause) => void raised.delete(cause),
    },
    clock,
    log: { info: () => {}, warn: (event) => void warnings.push(event), error: () => {} },
  });
  return { clock, raised, due, status, records, warnings, settled, watch, tell: () => tell() };
}

test('an overdue drone in service is advised of until it is signed or leaves service', async () => {
  const { due, status, raised, settled, tell, watch } = reminders();
  due.set('Alpha-1', -1).set('Alpha-3', 0).set('Bravo-4', null).set('Delta-1', -30);
  status.set('Delta-1', 'MAINTENANCE');
  tell();
  await settled();
  expect([...raised]).toEqual([
    ['MAINTENANCE:Alpha-1', expect.stringMatching(/^ADVISORY Its maintenance was due on 2026-01-31/)],
  ]);
  due.set('Alpha-1', 365);
  status.set('Delta-1', 'READY');
  tell();
  await settled();
  expect([...raised.keys()]).toEqual(['MAINTENANCE:Delta-1']);
  watch.close();
});

test('a day that passes is noticed by itself, and records that cannot be read end nothing', async () => {
  const { clock, due, raised, records, warnings, settled, tell, watch } = reminders();
  await settled();
  due.set('Alpha-1', -1);
  await clock.run(61_000, 1_000);
  expect(raised.size).toBe(1);
  records.fail = true;
  tell();
  await settled();
  expect(raised.size).toBe(1);
  expect(warnings).toEqual(['maintenance-unread']);
  watch.close();
});
