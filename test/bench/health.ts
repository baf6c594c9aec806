import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkHealth } from '../../main/headless/health-check-command.ts';
import { AnomalyScorer } from '../../main/station/inference/anomaly-scorer.ts';
import { watchAnomalies } from '../../main/station/inference/anomaly-watch.ts';
import { forkedModelProcess } from '../../main/station/inference/forked-model-process.ts';
import type { TelemetrySample } from '../../main/station/inference/telemetry-sampler.ts';
import { FEATURES, SAMPLE_PERIOD_MS } from '../../main/station/inference/window-features.ts';
import { systemClock } from '../../main/station/ports/clock.ts';
import { simulateFlight } from '../../scripts/anomaly/simulated-flight.ts';
import { benchDesk, DRONE } from '../sim/health/bench-desk.ts';
import { FakeClock } from '../support/fake-clock.ts';
import type { Figure } from './figure.ts';
import { checksAtOnce } from './health/checks-at-once.ts';

const ROOT = join(import.meta.dirname, '../..');
const options = {
  startProcess: forkedModelProcess(
    new URL('../../main/station/inference/inference-worker.ts', import.meta.url),
  ),
  readModel: () => readFile(join(ROOT, 'resources/models/telemetry-anomaly.onnx')),
  log: { info: () => {}, warn: () => {}, error: () => {} },
};
const DRONES = 50;
const LIVE_MS = 20_000;
const WINDOWS_A_ROUND = 200;
const INFERENCE_TARGET_MS = 5;
const CORE_TARGET_PERCENT = 20;
const CHECK_TARGET_S = 60;
/** As many as an ArduCopter has. */
const PARAMETERS = 1_200;
/** A telemetry radio of 57.6 kbit/s. */
const RADIO_BYTES_PER_S = 5_760;
/** USER_HZ of proc(5). */
const MS_A_TICK = 10;

/** Health checks and the models behind them: how long one takes, and what fifty at once cost. */
export async function run({ seed, rounds }: { seed: number; rounds: number }): Promise<Figure[]> {
  const samples: TelemetrySample[] = [];
  await simulateFlight({ seed, fault: null }, (sample) => void (sample !== null && samples.push(sample)));
  const windowMs = await oneWindow(rounds);
  const corePercent = await liveFleet(samples);
  const overLan = await oneCheck({});
  const overRadio = await oneCheck({ radioBytesPerS: RADIO_BYTES_PER_S });
  const atOnce = await checksAtOnce(seed);
  return [
    {
      ...{ suite: 'health', figure: 'full automatic check, drone time', unit: 's', value: round(overLan) },
      ...{ target: `<= ${CHECK_TARGET_S}`, ok: overLan <= CHECK_TARGET_S },
    },
    {
      ...{ suite: 'health', figure: 'full automatic check over 57.6 kbit/s, drone time', unit: 's' },
      ...{ value: round(overRadio), target: `<= ${CHECK_TARGET_S}`, ok: overRadio <= CHECK_TARGET_S },
    },
    {
      ...{ suite: 'health', figure: `${atOnce.drones} drones checked at once, complete`, unit: 'checks' },
      ...{ value: atOnce.complete, target: `= ${atOnce.drones}`, ok: atOnce.complete === atOnce.drones },
    },
    {
      ...{
        suite: 'health',
        figure: `${atOnce.drones} drones checked at once, until the last item`,
        unit: 's',
      },
      ...{
        value: round(atOnce.durationS),
        target: `<= ${CHECK_TARGET_S}`,
        ok: atOnce.durationS <= CHECK_TARGET_S,
      },
    },
    {
      ...{
        suite: 'health',
        figure: `station while ${atOnce.drones} are checked and watched`,
        unit: '% of a core',
      },
      ...{ value: round(atOnce.stationCpuPercent), target: null, ok: true },
    },
    {
      ...{
        suite: 'health',
        figure: `station before that, ${atOnce.drones} drones heard`,
        unit: '% of a core',
      },
      ...{ value: round(atOnce.idleCpuPercent), target: null, ok: true },
    },
    {
      ...{ suite: 'health', figure: 'anomaly inference, one window, 95th percentile', unit: 'ms' },
      ...{ value: round(windowMs), target: `<= ${INFERENCE_TARGET_MS}`, ok: windowMs <= INFERENCE_TARGET_MS },
    },
    {
      ...{ suite: 'health', figure: `${DRONES} drones scored live`, unit: '% of a core' },
      ...{
        value: round(corePercent),
        target: `<= ${CORE_TARGET_PERCENT}`,
        ok: corePercent <= CORE_TARGET_PERCENT,
      },
    },
  ];
}

/** All that is measured without hands, parameters read and compared, seconds of the drone's time. */
async function oneCheck(radio: { radioBytesPerS?: number }): Promise<number> {
  const bench = await benchDesk({ parameterCount: PARAMETERS, ...radio });
  await bench.run(10);
  const report = await bench.finish(checkHealth({ health: bench.desk, clock: bench.clock }, DRONE));
  if (report.result !== 'PASS') throw new Error(report.sentence);
  return report.durationMs / 1_000;
}

/** From the window to its score, through the model's process and back. */
async function oneWindow(rounds: number): Promise<number> {
  const scorer = new AnomalyScorer(options);
  await untilRunning(() => scorer.state.state);
  const features = new Float32Array(FEATURES.length);
  const durations: number[] = [];
  for (let index = 0; index < rounds * WINDOWS_A_ROUND; index++) {
    const startedMs = performance.now();
    await new Promise<void>((scored) => {
      const references = { BEGINNING: features, EARLIER_FLIGHTS: features };
      scorer.score({ systemId: 1, features, references, scored: () => scored() });
    });
    // The first ones warm up.
    if (index >= WINDOWS_A_ROUND / 4) durations.push(performance.now() - startedMs);
  }
  await scorer.close();
  durations.sort((a, b) => a - b);
  return durations[Math.floor(durations.length * 0.95)] ?? Number.POSITIVE_INFINITY;
}

/** Processor time, the model's process included, while fifty drones are sampled and scored in real time. */
async function liveFleet(samples: readonly TelemetrySample[]): Promise<number> {
  const alerts = { raise: () => {}, clear: () => {} };
  // Its own sampling stands still on this clock: what is fed here takes its place.
  const watch = watchAnomalies({
    ...options,
    clock: new FakeClock(),
    alerts,
    nameOf: (systemId) => `Drone ${systemId}`,
    // Both comparisons are made, as on an ordinary day.
    earlierFlights: { count: () => 3, reference: () => new Float32Array(FEATURES.length) },
    flightEnded: () => {},
  });
  await untilRunning(() => watch.detector().state);
  let scored = 0;
  watch.subscribe(() => {
    scored += 1;
  });
  let at = 0;
  const feed = (): void => {
    for (let drone = 1; drone <= DRONES; drone++)
      watch.feed(drone, samples[(at + 7 * drone) % samples.length] ?? null);
    at += 1;
  };
  // Far enough into the flight that every window is scored.
  for (let index = 0; index < 200; index++) feed();
  const before = { cpu: process.cpuUsage(), childrenMs: childrenCpuMs(), atMs: performance.now(), scored };
  const stop = systemClock.every(SAMPLE_PERIOD_MS, feed);
  await new Promise<void>((resolve) => void systemClock.after(LIVE_MS, resolve));
  stop();
  const { user, system } = process.cpuUsage(before.cpu);
  const ofChildrenMs = childrenCpuMs() - before.childrenMs;
  const passedMs = performance.now() - before.atMs;
  const expected = (LIVE_MS / SAMPLE_PERIOD_MS / 8) * DRONES;
  await watch.close();
  if (scored - before.scored < 0.8 * expected)
    throw new Error(`Only ${scored - before.scored} of ${expected} windows were scored.`);
  return (((user + system) / 1_000 + ofChildrenMs) / passedMs) * 100;
}

/** Of the processes that this one has started and that run now; on Linux only. */
function childrenCpuMs(): number {
  if (process.platform !== 'linux') return 0;
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8');
  const ticks = children
    .split(' ')
    .filter((pid) => pid !== '')
    .map((pid) => {
      // proc(5): what follows the name in parentheses begins with the third field; user and system time are 14 and 15.
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      return Number(fields[11]) + Number(fields[12]);
    });
  return ticks.reduce((sum, each) => sum + each, 0) * MS_A_TICK;
}

async function untilRunning(state: () => string): Promise<void> {
  while (state() !== 'RUNNING') {
    if (state() === 'OFF') throw new Error('The anomaly detector does not start.');
    await new Promise<void>((resolve) => void systemClock.after(20, resolve));
  }
}

function round(value: number): number {
  return Number(value.toFixed(2));
}
