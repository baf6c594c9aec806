import type { Clock } from '../ports/clock.ts';

const BUCKET_MS = 1000;
const BUCKETS = 10;
/** So far behind the newest, a number still counts as late and not as a jump. */
const LATE = 32;
/** After such a silence the sender may have restarted: its numbers start anew. */
const RESTART_MS = 5000;
const MOST_SOURCES = 1024;

interface Bucket {
  number: number;
  received: number;
  lost: number;
}

interface Source {
  newest: number;
  heardMs: number;
  /** Bit n is set when the number n before the newest has come. */
  history: number;
  readonly buckets: readonly Bucket[];
}

/**
 * How much of what each (system, component) sent was lost, from the gaps in its sequence numbers over the last ten
 * seconds. Late packets are taken back out of the loss, repeated ones are not counted. One instance a link; the
 * longest known of 1024 sources makes room for a new one.
 */
export class SequenceLoss {
  readonly #clock: Clock;
  readonly #sources = new Map<number, Source>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  record(systemId: number, componentId: number, sequence: number): void {
    const nowMs = this.#clock.monotonicMs();
    const key = systemId * 256 + componentId;
    const source = this.#sources.get(key);
    if (source === undefined) {
      this.#add(key, sequence, nowMs);
      return;
    }
    const bucket = currentBucket(source, nowMs);
    const silent = nowMs - source.heardMs > RESTART_MS;
    source.heardMs = nowMs;
    const behind = (source.newest - sequence) & 0xff;
    if (silent) {
      source.newest = sequence;
      source.history = 1;
    } else if (behind < LATE) {
      if (((source.history >>> behind) & 1) === 1) return;
      source.history |= 1 << behind;
      bucket.lost--;
    } else {
      const ahead = 256 - behind;
      source.history = ahead < LATE ? (source.history << ahead) | 1 : 1;
      source.newest = sequence;
      bucket.lost += ahead - 1;
    }
    bucket.received++;
  }

  /** 0–100, or null when nothing was heard of it in the last ten seconds. */
  lossPercent(systemId: number, componentId: number): number | null {
    const source = this.#sources.get(systemId * 256 + componentId);
    if (source === undefined) return null;
    const newest = Math.floor(this.#clock.monotonicMs() / BUCKET_MS);
    let received = 0;
    let lost = 0;
    for (const bucket of source.buckets) {
      if (bucket.number <= newest - BUCKETS) continue;
      received += bucket.received;
      lost += bucket.lost;
    }
    if (received === 0) return null;
    // A late packet may be taken back in a later second than its gap was counted in.
    const certainlyLost = Math.max(0, lost);
    return (100 * certainlyLost) / (received + certainlyLost);
  }

  #add(key: number, sequence: number, nowMs: number): void {
    const [oldest] = this.#sources.keys();
    if (this.#sources.size >= MOST_SOURCES && oldest !== undefined) this.#sources.delete(oldest);
    const buckets = Array.from({ length: BUCKETS }, () => ({ number: -BUCKETS, received: 0, lost: 0 }));
    const source: Source = { newest: sequence, heardMs: nowMs, history: 1, buckets };
    currentBucket(source, nowMs).received++;
    this.#sources.set(key, source);
  }
}

function currentBucket(source: Source, nowMs: number): Bucket {
  const number = Math.floor(nowMs / BUCKET_MS);
  const bucket = source.buckets[number % BUCKETS];
  if (bucket === undefined) throw new RangeError('The monotonic clock is negative.');
  if (bucket.number !== number) {
    bucket.number = number;
    bucket.received = 0;
    bucket.lost = 0;
  }
  return bucket;
}
