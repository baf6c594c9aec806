import { describe, expect, it } from 'vitest';
import { createAlertBook } from '../../../main/station/alerts/alert-book.ts';
import { seededRandom } from '../../../main/station/ports/random.ts';
import type { AlertLevel } from '../../../preload/contract/alerts.ts';
import { FakeClock } from '../../support/fake-clock.ts';

function book(maximumAlerts?: number) {
  const clock = new FakeClock();
  const alerts = createAlertBook({ clock, random: seededRandom(1), ...(maximumAlerts && { maximumAlerts }) });
  const raise = (cause: string, level: AlertLevel, sentence = 'Something is wrong.'): void => {
    clock.advance(10);
    alerts.raise({ cause, level, subject: 'Alpha-1', sentence });
  };
  const causes = (): string[] => alerts.list().map((alert) => alert.cause);
  const idOf = (cause: string): string => alerts.list().find((alert) => alert.cause === cause)?.alertId ?? '';
  return { clock, alerts, raise, causes, idOf };
}

describe('alert book', () => {
  it('orders by level, then unseen before seen, then newest first', () => {
    const { alerts, raise, causes, idOf } = book();
    raise('advisory', 'ADVISORY');
    raise('old warning', 'WARNING');
    raise('seen warning', 'WARNING');
    raise('caution', 'CAUTION');
    raise('new warning', 'WARNING');
    alerts.acknowledge(idOf('seen warning'), 'R. Diaz');
    expect(causes()).toEqual(['new warning', 'old warning', 'seen warning', 'caution', 'advisory']);
  });

  it('collapses repeats of one cause, keeping id, time and acknowledgement', () => {
    const { alerts, raise, idOf } = book();
    raise('battery', 'CAUTION', 'Battery 29 %.');
    const [first] = alerts.list();
    alerts.acknowledge(idOf('battery'), 'R. Diaz');
    raise('battery', 'CAUTION', 'Battery 25 %.');
    expect(alerts.list()).toEqual([
      { ...first, sentence: 'Battery 25 %.', repeats: 2, acknowledgedBy: 'R. Diaz' },
    ]);
  });

  it('asks for attention again when the cause gets worse, and not when it gets better', () => {
    const { clock, alerts, raise, idOf } = book();
    raise('battery', 'CAUTION');
    alerts.acknowledge(idOf('battery'), 'R. Diaz');
    raise('battery', 'WARNING');
    expect(alerts.list()[0]).toMatchObject({
      level: 'WARNING',
      acknowledgedBy: null,
      raisedAtMs: clock.nowMs(),
    });
    alerts.acknowledge(idOf('battery'), 'M. Osei');
    raise('battery', 'CAUTION');
    expect(alerts.list()[0]).toMatchObject({ level: 'CAUTION', acknowledgedBy: 'M. Osei' });
  });

  it('ends an alert with its cause, and begins a new one when the cause returns', () => {
    const { alerts, raise, idOf } = book();
    raise('link', 'WARNING');
    const firstId = idOf('link');
    alerts.clear('link');
    alerts.clear('never raised');
    expect(alerts.list()).toEqual([]);
    raise('link', 'WARNING');
    expect(idOf('link')).not.toBe(firstId);
  });

  it('keeps the first name, and refuses to acknowledge what is over', () => {
    const { alerts, raise, idOf } = book();
    raise('link', 'WARNING');
    alerts.acknowledge(idOf('link'), 'R. Diaz');
    alerts.acknowledge(idOf('link'), 'M. Osei');
    expect(alerts.list()[0]?.acknowledgedBy).toBe('R. Diaz');
    expect(() => alerts.acknowledge('no such alert', 'R. Diaz')).toThrow(
      expect.objectContaining({ code: 'NOT_FOUND' }),
    );
  });

  it('is bounded, and gives up the least urgent first', () => {
    const { alerts, raise, causes, idOf } = book(3);
    raise('warning', 'WARNING');
    raise('seen caution', 'CAUTION');
    alerts.acknowledge(idOf('seen caution'), 'R. Diaz');
    raise('caution', 'CAUTION');
    for (let index = 0; index < 10; index++) raise(`advisory ${index}`, 'ADVISORY');
    expect(causes()).toEqual(['warning', 'caution', 'seen caution']);
    raise('another caution', 'CAUTION');
    expect(causes()).toEqual(['warning', 'another caution', 'caution']);
  });

  it('tells subscribers of each change until they leave', () => {
    const { alerts, raise } = book();
    let calls = 0;
    const leave = alerts.subscribe(() => calls++);
    raise('link', 'WARNING');
    alerts.clear('link');
    alerts.clear('link');
    leave();
    raise('link', 'WARNING');
    expect(calls).toBe(2);
  });
});
