import { expect, it } from 'vitest';
import { LastFlights } from '../../../main/station/inference/last-flights.ts';
import type { AlertRequest } from '../../../main/station/ports/alerts.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const silent = { info: () => {}, warn: () => {}, error: () => {} };
const UNUSUAL = { score: 1.8, sentence: 'Vibration is not as at the beginning of this flight.' };
const ORDINARY = { score: 0.4, sentence: null };

function station(disk: { value: Record<string, unknown> | null; broken?: boolean }) {
  const raised = new Map<string, AlertRequest>();
  const lastFlights = new LastFlights({
    store: {
      read: { setting: async () => disk.value },
      write: {
        async saveSetting({ value }) {
          if (disk.broken === true) throw new Error('disk full');
          disk.value = structuredClone(value);
        },
      },
    },
    alerts: {
      raise: (alert) => void raised.set(alert.cause, alert),
      clear: (cause) => void raised.delete(cause),
    },
    clock: new FakeClock(),
    log: silent,
  });
  return { lastFlights, raised };
}

it('keeps an unusual flight in mind until a health check is signed, over a restart and an ordinary flight', async () => {
  const disk = { value: null };
  const first = station(disk);
  first.lastFlights.ended('Alpha-1', UNUSUAL);
  expect(first.lastFlights.unchecked('Alpha-1')).toBe(UNUSUAL.sentence);
  await first.lastFlights.settled();

  const second = station(disk);
  await second.lastFlights.settled();
  expect(second.raised.get('LAST_FLIGHT:Alpha-1')).toMatchObject({
    ...{ level: 'ADVISORY', droneId: 'Alpha-1' },
    sentence: expect.stringMatching(/^In its last flight: Vibration.*health check signed/),
  });
  second.lastFlights.ended('Alpha-1', ORDINARY);
  expect(second.lastFlights.unchecked('Alpha-1')).toBe(UNUSUAL.sentence);
  second.lastFlights.checked('Alpha-1');
  expect(second.lastFlights.unchecked('Alpha-1')).toBeNull();
  expect(second.raised.size).toBe(0);
  second.lastFlights.ended('Alpha-1', UNUSUAL);
  expect(second.raised.size).toBe(1);
});

it('says nothing of ordinary flights and of drones that it does not know, whatever the disk holds', async () => {
  const { lastFlights, raised } = station({ value: { flights: 'nonsense' } });
  await lastFlights.settled();
  lastFlights.ended('Alpha-3', ORDINARY);
  lastFlights.checked('Bravo-4');
  expect(lastFlights.of('Alpha-3')).toMatchObject({ score: 0.4, checkedAtMs: null });
  expect([lastFlights.unchecked('Alpha-3'), lastFlights.of('Bravo-4'), raised.size]).toEqual([null, null, 0]);
});

it('goes on in memory where the disk does not', async () => {
  const { lastFlights } = station({ value: null, broken: true });
  lastFlights.ended('Alpha-1', UNUSUAL);
  await lastFlights.settled();
  expect(lastFlights.unchecked('Alpha-1')).toBe(UNUSUAL.sentence);
});
