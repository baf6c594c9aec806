import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { expect, it, vi } from 'vitest';
import { z } from 'zod';
import { AnomalyScorer, type WindowScores } from '../../../main/station/inference/anomaly-scorer.ts';
import { type AnomalyWatchOptions, watchAnomalies } from '../../../main/station/inference/anomaly-watch.ts';
import { EarlierFlights, FLIGHTS_TO_COMPARE } from '../../../main/station/inference/earlier-flights.ts';
import { FlightWindows } from '../../../main/station/inference/flight-windows.ts';
import { forkedModelProcess } from '../../../main/station/inference/forked-model-process.ts';
import type { TelemetrySample } from '../../../main/station/inference/telemetry-sampler.ts';
import {
  COMPARISONS,
  FEATURES,
  SHIPPED_CHANNELS,
  WINDOWS_FOR_ALARM,
} from '../../../main/station/inference/window-features.ts';
import type { AlertRequest } from '../../../main/station/ports/alerts.ts';
import type { AnomalyReading } from '../../../preload/contract/models.ts';
import { simulateFlight } from '../../../scripts/anomaly/simulated-flight.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const MODEL = 'resources/models/telemetry-anomaly.onnx';
const startProcess = forkedModelProcess(
  new URL('../../../main/station/inference/inference-worker.ts', import.meta.url),
);
/** Eight windows make a beginning; four more lie between it and what is compared with it. */
const WINDOWS_OF_BEGINNING = 12;
const silent = { info: () => {}, warn: () => {}, error: () => {} };
const readModel = () => readFile(MODEL);

const golden = z
  .object({
    sha256: z.string(),
    channelNames: z.array(z.string()),
    featureNames: z.array(z.string()),
    windowsForAlarm: z.number(),
    cases: z.array(
      z.object({
        features: z.array(z.number()),
        beginning: z.array(z.number()),
        earlier: z.array(z.number()),
        scores: z.object({ BEGINNING: z.array(z.number()), EARLIER_FLIGHTS: z.array(z.number()) }),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync('test/golden/inference/anomaly-scores.json', 'utf8')));

async function running(options: Partial<ConstructorParameters<typeof AnomalyScorer>[0]> = {}) {
  const scorer = new AnomalyScorer({ startProcess, readModel, log: silent, ...options });
  await vi.waitFor(() => expect(scorer.state.state).toBe('RUNNING'), 30_000);
  return scorer;
}

it('gives the scores that its training recorded', async () => {
  expect(createHash('sha256').update(readFileSync(MODEL)).digest('hex')).toBe(golden.sha256);
  expect(golden.featureNames).toEqual(FEATURES.map(({ name }) => name));
  expect(golden.channelNames).toEqual([...SHIPPED_CHANNELS]);
  expect(golden.windowsForAlarm).toBe(WINDOWS_FOR_ALARM);
  // One flight is healthy, in the other a motor wears.
  for (const comparison of COMPARISONS) {
    const highest = golden.cases.map(({ scores }) => Math.max(...scores[comparison]));
    expect(Math.max(...highest)).toBeGreaterThan(1);
    expect(Math.min(...highest)).toBeLessThan(0.9);
  }
  const scorer = await running();
  const given = new Map<number, WindowScores>();
  golden.cases.forEach(({ features, beginning, earlier }, systemId) => {
    scorer.score({
      systemId,
      features: Float32Array.from(features),
      references: { BEGINNING: Float32Array.from(beginning), EARLIER_FLIGHTS: Float32Array.from(earlier) },
      scored: (scores) => void given.set(systemId, scores),
    });
  });
  await vi.waitFor(() => expect(given.size).toBe(golden.cases.length), 10_000);
  golden.cases.forEach(({ scores }, index) => {
    for (const comparison of COMPARISONS)
      scores[comparison].forEach((score, at) => {
        expect(given.get(index)?.[comparison]?.[at] ?? Number.NaN).toBeCloseTo(score, 3);
      });
  });
  await scorer.close();
});

/** One drone's flights, sample by sample as in the station, waiting for each score. */
async function watchDrone() {
  const clock = new FakeClock();
  const alerts: AlertRequest[] = [];
  const ended: Parameters<AnomalyWatchOptions['flightEnded']>[1][] = [];
  const earlierFlights = new EarlierFlights({
    store: { read: { setting: async () => null }, write: { saveSetting: async () => {} } },
    ...{ clock, log: silent },
  });
  const watch = watchAnomalies({
    ...{ startProcess, readModel, clock, log: silent, nameOf: () => 'Alpha-1', earlierFlights },
    flightEnded: (_droneId, flight) => void ended.push(flight),
    alerts: { raise: (alert) => void alerts.push(alert), clear: () => {} },
  });
  await vi.waitFor(() => expect(watch.detector().state).toBe('RUNNING'), 30_000);
  const readings: AnomalyReading[] = [];
  watch.subscribe((reading) => void readings.push(reading));
  return {
    ...{ alerts, ended, earlierFlights, close: () => watch.close() },
    /** Gives the readings of the flight. */
    async fly(order: Parameters<typeof simulateFlight>[0]): Promise<AnomalyReading[]> {
      const before = readings.length;
      const unscored = earlierFlights.count('Alpha-1') < FLIGHTS_TO_COMPARE ? WINDOWS_OF_BEGINNING : 0;
      const samples: (TelemetrySample | null)[] = [];
      await simulateFlight(order, (sample) => void samples.push(sample));
      const windows = new FlightWindows();
      let windowsEnded = 0;
      for (const sample of samples) {
        if (windows.push(sample) !== null) windowsEnded += 1;
        watch.feed(1, sample);
        // Scores come from another process, one for each window from the first that can be compared with something.
        const scored = before + Math.max(0, windowsEnded - unscored);
        if (readings.length < scored)
          await vi.waitFor(() => expect(readings.length).toBe(scored), { interval: 1, timeout: 10_000 });
      }
      const flightsBefore = ended.length;
      // It has landed: nothing says any more that it flies.
      clock.advance(1_000);
      expect(ended.length).toBe(flightsBefore + 1);
      for (const flight of ended.slice(flightsBefore)) earlierFlights.learn('Alpha-1', flight, false);
      await earlierFlights.settled();
      return readings.slice(before);
    },
  };
}

it('advises of a motor that wears in flight, and names what gives it away', async () => {
  const { fly, alerts, ended, close } = await watchDrone();
  const readings = await fly({ seed: 77, fault: { name: 'motor-failure', value: 0.15, afterS: 70 } });
  await close();
  expect(readings.length).toBeGreaterThan(20);
  expect(alerts[0]).toMatchObject({
    cause: 'ANOMALY:1',
    level: 'ADVISORY',
    subject: 'Alpha-1',
    sentence: expect.stringMatching(/motors.* not as at the beginning of this flight/),
  });
  expect(ended).toMatchObject([{ sentence: expect.stringMatching(/motors/) }]);
  expect(ended[0]?.score).toBeGreaterThan(1);
}, 60_000);

it('learns from healthy flights, and then tells a motor that is worn from the ground on', async () => {
  const { fly, alerts, ended, earlierFlights, close } = await watchDrone();
  const airframe = 7;
  const worn = { name: 'motor-failure', value: 0.08, afterS: 0 } as const;
  const scored: number[] = [];
  // Each in another wind, with another battery.
  for (const seed of [81, 82, 83, 84, 85]) scored.push((await fly({ seed, airframe, fault: null })).length);
  expect(alerts).toEqual([]);
  expect(ended.map(({ sentence }) => sentence)).toEqual([null, null, null, null, null]);
  expect(Math.min(...scored)).toBeGreaterThan(20);
  expect(earlierFlights.count('Alpha-1')).toBe(5);

  await fly({ seed: 86, airframe, fault: worn });
  expect(alerts[0]?.sentence).toMatch(/^The balance of its motors is not as in its earlier flights\./);
  expect(ended.at(-1)).toMatchObject({ sentence: expect.stringMatching(/motors is not as in its earlier/) });
  expect(earlierFlights.count('Alpha-1')).toBe(5);

  // Learnt anew, it has nothing to see it by.
  await earlierFlights.forget('Alpha-1');
  alerts.length = 0;
  await fly({ seed: 87, airframe, fault: worn });
  expect(alerts).toEqual([]);
  await close();
}, 60_000);

it('starts a process that crashed again, so many times, then says that it is off', async () => {
  const log = { ...silent, error: vi.fn() };
  const crashing = forkedModelProcess(new URL('./crashing-worker.ts', import.meta.url));
  const scorer = new AnomalyScorer({ startProcess: crashing, readModel, log, restartAfterMs: [1, 1] });
  await vi.waitFor(() => expect(scorer.state.state).toBe('OFF'), 30_000);
  expect(log.error).toHaveBeenCalledTimes(3);
  expect(scorer.state.sentence).toMatch(/does not work on this station.*Flights go on without its scores\.$/);
  // Nobody waits for what it is not asked.
  scorer.score({
    systemId: 1,
    features: new Float32Array(),
    references: { BEGINNING: null, EARLIER_FLIGHTS: new Float32Array() },
    scored: () => expect.fail(),
  });
  await scorer.close();
});

it('is off where its model is missing or of another version', async () => {
  const scorer = new AnomalyScorer({
    ...{ startProcess, log: silent, restartAfterMs: [] },
    readModel: () => Promise.reject(new Error('The file is not there.')),
  });
  await vi.waitFor(() => expect(scorer.state).toMatchObject({ state: 'OFF' }));
  expect(scorer.state.sentence).toContain('The file is not there.');
  await scorer.close();
});
