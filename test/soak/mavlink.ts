import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProgram } from '../../scripts/child-programs.ts';
import type { Figure } from '../bench/figure.ts';
import { IngestBench } from '../support/ingest.ts';

/** More have no system id of their own on one link. */
const DRONES_A_GROUP = 250;
const DRONES = 1_000;
const WARM_UP_MS = 30_000;
const SAMPLE_MS = 10_000;
const MOST_GROWTH_MB = 20;

/**
 * 1,000 simulated drones that stream and are asked, four sites of 250 with a station's links and vehicles each, for as
 * many minutes as `rounds` says (10 for the figure): nothing is lost, and memory stays where it was.
 */
export async function run({ seed, rounds }: { seed: number; rounds: number }): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'skyrescue-soak-'));
  const bench = await IngestBench.listen(DRONES / DRONES_A_GROUP, folder);
  const simulators = await Promise.all(
    bench.ports.map((port, index) =>
      startProgram('simulator', [
        ...['--target', `127.0.0.1:${port}`, '--drones', String(DRONES_A_GROUP)],
        ...['--seed', String(seed + index), '--eager-rates', '--exit-with-parent'],
      ]),
    ),
  );
  try {
    await pause(WARM_UP_MS);
    const heapMb: number[] = [];
    const samples = Math.max(2, Math.round((rounds * 60_000) / SAMPLE_MS));
    await bench.ask();
    let frames = 0;
    let lossPercent = 0;
    let vehicles = DRONES;
    for (let sample = 0; sample < samples; sample++) {
      await pause(SAMPLE_MS);
      const taken = await bench.ask();
      frames += taken.frames;
      lossPercent = Math.max(lossPercent, taken.lossPercent);
      vehicles = Math.min(vehicles, taken.vehicles);
      heapMb.push(taken.heapBytes / 1e6);
    }
    const half = Math.floor(heapMb.length / 2);
    const growthMb = lowest(heapMb.slice(half)) - lowest(heapMb.slice(0, half));
    const figure = (name: string, value: number, unit: string, target: string, ok: boolean): Figure => ({
      suite: 'mavlink',
      figure: `${name}, ${DRONES} drones for ${rounds} minutes`,
      value: Number(value.toFixed(2)),
      ...{ unit, target, ok },
    });
    const rate = (frames * 1_000) / (samples * SAMPLE_MS);
    return [
      figure('packets taken in', rate, 'packets/s', '> 0', rate > 0),
      figure('vehicles in contact', vehicles, 'drones', `= ${DRONES}`, vehicles === DRONES),
      figure('loss in the worst ten seconds', lossPercent, '%', '= 0', lossPercent === 0),
      figure('growth of the heap', growthMb, 'MB', `<= ${MOST_GROWTH_MB}`, growthMb <= MOST_GROWTH_MB),
    ];
  } finally {
    await Promise.all(simulators.map((simulator) => simulator.stop()));
    await bench.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** What is left after a collection. */
function lowest(values: readonly number[]): number {
  return Math.min(...values);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
