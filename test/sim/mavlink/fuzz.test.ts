import { expect, test } from 'vitest';
import { FrameParser } from '../../../main/station/mavlink/frame-parser.ts';
import { FrameWriter } from '../../../main/station/mavlink/frame-writer.ts';
import { MESSAGE_DEFINITIONS } from '../../../main/station/mavlink/generated/messages.ts';
import { type Random, seededRandom } from '../../../main/station/ports/random.ts';

const SEEDS = Number(process.env.SEEDS ?? 10);
const PACKETS = 20_000;

/** What happens to one packet on its way; `intact` says whether it must be recovered. */
function damage(frame: Uint8Array, random: Random): { bytes: Uint8Array; intact: number } {
  const chance = random.next();
  if (chance < 0.03) {
    const flipped = frame.slice();
    const at = Math.floor(random.next() * flipped.length);
    flipped[at] = (flipped[at] ?? 0) ^ (1 << Math.floor(random.next() * 8));
    return { bytes: flipped, intact: 0 };
  }
  if (chance < 0.05) return { bytes: new Uint8Array(0), intact: 0 };
  if (chance < 0.06) return { bytes: Buffer.concat([frame, frame]), intact: 2 };
  if (chance < 0.07) return { bytes: frame.subarray(0, Math.floor(random.next() * frame.length)), intact: 0 };
  if (chance < 0.08) {
    const lying = frame.slice();
    lying[1] = Math.floor(random.next() * 256);
    return { bytes: lying, intact: lying[1] === frame[1] ? 1 : 0 };
  }
  if (chance < 0.1)
    return { bytes: Buffer.concat([random.bytes(Math.floor(random.next() * 40)), frame]), intact: 1 };
  return { bytes: frame, intact: 1 };
}

function run(seed: number): { intact: number; recovered: number; invented: number } {
  const random = seededRandom(seed);
  const writers = Array.from({ length: 5 }, (_, index) => new FrameWriter(index + 1, 1));
  const sent = new Map<string, number>();
  let recovered = 0;
  let invented = 0;
  const parser = new FrameParser((frame) => {
    const key = Buffer.from(frame.bytes).toString('latin1');
    const left = sent.get(key) ?? 0;
    if (left > 0) {
      sent.set(key, left - 1);
      recovered++;
    } else {
      invented++;
    }
  });
  let intact = 0;
  for (let packet = 0; packet < PACKETS; packet++) {
    const definition = MESSAGE_DEFINITIONS[Math.floor(random.next() * MESSAGE_DEFINITIONS.length)];
    const writer = writers[packet % writers.length];
    if (definition === undefined || writer === undefined) throw new Error('unreachable');
    const fields = definition.read({ payload: new DataView(random.bytes(255).buffer) });
    const frame = writer.write(definition, fields);
    const result = damage(frame, random);
    const key = Buffer.from(frame).toString('latin1');
    if (result.intact > 0) sent.set(key, (sent.get(key) ?? 0) + result.intact);
    intact += result.intact;
    // Chunks as a serial line brings them: cut anywhere.
    const cut = Math.floor(random.next() * result.bytes.length);
    parser.push(result.bytes.subarray(0, cut));
    parser.push(result.bytes.subarray(cut));
  }
  parser.endOfDatagram();
  return { intact, recovered, invented };
}

test(`≥ 99.9 % of the intact packets come through flips, drops, repeats, cuts, noise and lying lengths`, () => {
  let intact = 0;
  let recovered = 0;
  let invented = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const result = run(seed);
    expect(result.recovered / result.intact, `seed ${seed}`).toBeGreaterThanOrEqual(0.999);
    intact += result.intact;
    recovered += result.recovered;
    invented += result.invented;
  }
  console.log(`seeds 1 to ${SEEDS}: ${recovered} of ${intact} recovered, ${invented} false`);
  // A 16-bit checksum lets one damaged packet in 65,536 through.
  expect(invented).toBeLessThan(intact / 20_000);
});

test('bytes without end are parsed in bounded memory', () => {
  const parser = new FrameParser(() => {});
  const random = seededRandom(7);
  const noise = random.bytes(1 << 16);
  for (let round = 0; round < 50; round++) parser.push(noise);
  globalThis.gc?.();
  const before = process.memoryUsage().arrayBuffers;
  for (let round = 0; round < 500; round++) parser.push(noise);
  globalThis.gc?.();
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 20);
});
