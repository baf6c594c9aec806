import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { expect, it, vi } from 'vitest';
import { z } from 'zod';
import { AnomalyScorer } from '../../../main/station/inference/anomaly-scorer.ts';
import { watchAnomalies } from '../../../main/station/inference/anomaly-watch.ts';
import { FlightWindows } from '../../../main/station/inference/flight-windows.ts';
import { forkedModelProcess } from '../../../main/station/inference/forked-model-process.ts';
import type { ScoredFlight } from '../../../main/station/inference/last-flights.ts';
import type { TelemetrySample } from '../../../main/station/inference/telemetry-sampler.ts';
import {
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
        reference: z.array(z.number()),
        channels: z.array(z.number()),
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
  expect(golden.cases.some(({ channels }) => Math.max(...channels) > 1)).toBe(true);
  expect(golden.cases.some(({ channels }) => Math.max(...channels) < 0.9)).toBe(true);
  const scorer = await running();
  const scores = new Map<number, readonly number[]>();
  golden.cases.forEach(({ features, reference }, systemId) => {
    scorer.score({
      systemId,
      features: Float32Array.from(features),
      reference: Float32Array.from(reference),
      scored: (channels) => void scores.set(systemId, channels),
    });
  });
  await vi.waitFor(() => expect(scores.size).toBe(golden.cases.length), 10_000);
  golden.cases.forEach(({ channels }, index) => {
    channels.forEach((channel, at) => {
      expect(scores.get(index)?.[at] ?? Number.NaN).toBeCloseTo(channel, 3);
    });
  });
  await scorer.close();
});

/** Scores a simulated flight sample by sample, as the station does, waiting for each score. */
async function watchFlight(order: Parameters<typeof simulateFlight>[0]) {
  const clock = new FakeClock();
  const alerts: AlertRequest[] = [];
  const cleared: string[] = [];
  const ended: (ScoredFlight & { droneId: string })[] = [];
  const watch = watchAnomalies({
    ...{ startProcess, readModel, clock, log: silent, nameOf: () => 'Alpha-1' },
    flightEnded: (droneId, flight) => void ended.push({ droneId, ...flight }),
    alerts: { raise: (alert) => void alerts.push(alert), clear: (cause) => void cleared.push(cause) },
  });
  await vi.waitFor(() => expect(watch.detector().state).toBe('RUNNING'), 30_000);
  const readings: AnomalyReading[] = [];
  watch.subscribe((reading) => void readings.push(reading));
  const samples: (TelemetrySample | null)[] = [];
  await simulateFlight(order, (sample) => void samples.push(sample));
  const windows = new FlightWindows();
  let windowsEnded = 0;
  for (const sample of samples) {
    if (windows.push(sample) !== null) windowsEnded += 1;
    watch.feed(1, sample);
    // Scores come from another process, one for each window from the first that has a beginning to be compared with.
    await vi.waitFor(() => expect(readings.length).toBe(Math.max(0, windowsEnded - WINDOWS_OF_BEGINNING)), {
      interval: 1,
      timeout: 10_000,
    });
  }
  expect(ended).toEqual([]);
  // It has landed: nothing says any more that it flies.
  clock.advance(1_000);
  await watch.close();
  return { alerts, readings, ended };
}

it('advises of a motor that wears in flight, and names what gives it away', async () => {
  const { alerts, readings, ended } = await watchFlight({
    seed: 77,
    fault: { name: 'motor-failure', value: 0.15, afterS: 70 },
  });
  expect(readings.length).toBeGreaterThan(20);
  expect(alerts[0]).toMatchObject({
    cause: 'ANOMALY:1',
    level: 'ADVISORY',
    subject: 'Alpha-1',
    sentence: expect.stringMatching(/motors.* not as at the beginning of this flight/),
  });
  expect(ended).toMatchObject([{ droneId: 'Alpha-1', sentence: expect.stringMatching(/motors/) }]);
  expect(ended[0]?.score).toBeGreaterThan(1);
}, 60_000);

it('is silent about a flight in which nothing is wrong', async () => {
  const { alerts, readings, ended } = await watchFlight({ seed: 78, fault: null });
  expect(readings.length).toBeGreaterThan(20);
  expect(alerts).toEqual([]);
  expect(ended).toMatchObject([{ droneId: 'Alpha-1', sentence: null }]);
  expect(ended[0]?.score).toBeLessThan(1);
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
    reference: new Float32Array(),
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
