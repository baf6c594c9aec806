import { expect, test } from 'vitest';
import { tellOfAnotherKey } from '../../../main/station/key-check.ts';
import type { AlertRequest } from '../../../main/station/ports/alerts.ts';
import { FakeClock } from '../../support/fake-clock.ts';

/** The settings of one set of records, and what is told when a station with a key opens them. */
function records() {
  const settings = new Map<string, Record<string, unknown>>();
  const open = async (key: Uint8Array): Promise<AlertRequest[]> => {
    const raised: AlertRequest[] = [];
    await tellOfAnotherKey({
      store: {
        read: { setting: async ({ name }) => settings.get(name) ?? null },
        write: { saveSetting: async ({ name, value }) => void settings.set(name, value) },
      },
      secrets: { stationKey: async () => key },
      alerts: { raise: (alert) => void raised.push(alert), clear: () => {} },
      clock: new FakeClock(),
      log: { info: () => {}, warn: () => {}, error: () => {} },
    });
    return raised;
  };
  return { settings, open };
}

test('another key beside old records is told once, with what must be entered again', async () => {
  const { settings, open } = records();
  const [one, other] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
  expect(await open(one)).toEqual([]);
  expect(await open(one)).toEqual([]);
  for (const form of ['hex', 'base64'] as const)
    expect(JSON.stringify([...settings])).not.toContain(one.toString(form));
  expect(await open(other)).toMatchObject([
    {
      level: 'CAUTION',
      sentence: expect.stringMatching(
        /another than.*put it back, or enter again.*token.*signing keys.*second factors/,
      ),
    },
  ]);
  expect(await open(other)).toEqual([]);
  // Put back: what the other one sealed since cannot be read either.
  expect(await open(one)).toHaveLength(1);
});
