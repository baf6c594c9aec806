import { randomBytes } from 'node:crypto';

/** Chance as the station sees it: handed in, so that a printed seed repeats a test. */
export interface Random {
  /** `count` random bytes. */
  bytes(count: number): Uint8Array;
  /** Uniform in [0, 1). */
  next(): number;
}

export const systemRandom: Random = {
  bytes: (count) => randomBytes(count),
  next: () => randomBytes(4).readUInt32LE(0) / 0x1_0000_0000,
};

/** A repeatable source (mulberry32) for simulations and tests. Never for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
  return {
    next,
    bytes(count) {
      const result = new Uint8Array(count);
      for (let index = 0; index < count; index++) result[index] = Math.floor(next() * 256);
      return result;
    },
  };
}

/** A UUID version 7 (RFC 9562 section 5.7): sortable by creation, unique, never used to decide an order of events. */
export function uuidV7(nowMs: number, random: Random): string {
  const bytes = random.bytes(16);
  let time = Math.floor(nowMs);
  for (let index = 5; index >= 0; index--) {
    bytes[index] = time % 256;
    time = Math.floor(time / 256);
  }
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Buffer.from(bytes).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
