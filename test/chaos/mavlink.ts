import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { FrameParser } from '../../main/station/mavlink/frame-parser.ts';
import { seededRandom } from '../../main/station/ports/random.ts';
import type { Figure } from '../bench/figure.ts';
import { mutatedStream, RecoveryCount } from '../support/mutated-stream.ts';

const MILLION = 1_000_000;
/** Each begins with a new seed and a new parser, so that a failure can be repeated alone. */
const MUTATED_A_SEED = 250_000;
const MOST_GROWTH_MB = 16;

/**
 * `rounds` million mutated frames through the codec, with as many intact ones among them, in chunks cut anywhere: what
 * was intact must come through, nothing may be invented, and memory must stay where it was.
 */
export async function run({ seed, rounds }: { seed: number; rounds: number }): Promise<Figure[]> {
  const total = { mutated: 0, intact: 0, recovered: 0, invented: 0 };
  let worst = { seed, share: 1 };
  let baseBytes: number | null = null;
  for (let part = 0; total.mutated < rounds * MILLION; part++) {
    const one = fuzz(seed + part);
    for (const key of ['mutated', 'intact', 'recovered', 'invented'] as const) total[key] += one[key];
    const share = one.recovered / one.intact;
    if (share < worst.share) worst = { seed: seed + part, share };
    baseBytes ??= memoryBytes();
  }
  const growthMb = Math.max(0, memoryBytes() - (baseBytes ?? 0)) / MILLION;
  const share = total.recovered / total.intact;
  console.error(`Least recovered with --seed ${worst.seed}: ${(100 * worst.share).toFixed(4)} %.`);
  const figure = (name: string, value: number, unit: string, target: string | null, ok: boolean): Figure => ({
    ...{ suite: 'mavlink', figure: name, value, unit, target, ok },
  });
  // A checksum of 16 bits lets one damaged frame in 65,536 through, and noise has the look of a beginning once in 128 bytes.
  const mostInvented = total.intact / 20_000;
  return [
    figure('mutated frames', total.mutated, 'frames', null, true),
    figure('intact frames among them', total.intact, 'frames', null, true),
    figure('intact frames recovered', Number((100 * share).toFixed(4)), '%', '>= 99.9', share >= 0.999),
    figure(
      'frames invented',
      total.invented,
      'frames',
      `<= ${Math.ceil(mostInvented)}`,
      total.invented <= mostInvented,
    ),
    figure(
      'memory grown',
      Number(growthMb.toFixed(1)),
      'MB',
      `<= ${MOST_GROWTH_MB}`,
      growthMb <= MOST_GROWTH_MB,
    ),
  ];
}

function fuzz(seed: number) {
  const random = seededRandom(seed);
  const next = mutatedStream(random);
  const count = new RecoveryCount();
  const parser = new FrameParser((frame) => count.take(frame));
  let mutated = 0;
  while (mutated < MUTATED_A_SEED) {
    const piece = next();
    if (piece.mutated) mutated++;
    count.expect(piece.intact);
    const cut = Math.floor(random.next() * piece.bytes.length);
    parser.push(piece.bytes.subarray(0, cut));
    parser.push(piece.bytes.subarray(cut));
  }
  parser.endOfDatagram();
  const { intact, recovered, invented } = count;
  return { mutated, intact, recovered, invented };
}

function memoryBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
