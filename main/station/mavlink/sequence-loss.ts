import type { Clock } from '../ports/clock.ts';

const BUCKET_MS = 1000;
const BUCKETS = 10;
/** So far behind the newest, a number still counts as late and not as a jump. */
const LATE = 32;
/** After such a silence the sender may have restarted: its numbers start anew. */
const RESTART_MS = 5000;
const MOST_SOURCES = 1024;

/** A bucket lies in three fields: its number, what was received, what was lost. */
const FIELDS = 3;
const RECEIVED = 1;
const LOST = 2;

interface Source {
  newest: number;
  heardMs: number;
  /** Bit n is set when the number n before the newest has come. */
  history: number;
  /** In one piece of memory: with a thousand senders, finding the pieces would cost more than the counting. */
  readonly buckets: Int32Array;
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

  record(systemId: number, componentId: number, sequence: number, nowMs = this.#clock.monotonicMs()): void {
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
      source.buckets[bucket + LOST] = (source.buckets[bucket + LOST] as number) - 1;
    } else {
      const ahead = 256 - behind;
      source.history = ahead < LATE ? (source.history << ahead) | 1 : 1;
      source.newest = sequence;
      source.buckets[bucket + LOST] = (source.buckets[bucket + LOST] as number) + ahead - 1;
    }
    source.buckets[bucket + RECEIVED] = (source.buckets[bucket + RECEIVED] as number) + 1;
  }

  /** 0–100, or null when nothing was heard of it in the last ten seconds. */
  lossPercent(systemId: number, componentId: number): number | null {
    const source = this.#sources.get(systemId * 256 + componentId);
    if (source === undefined) return null;
    const newest = Math.floor(this.#clock.monotonicMs() / BUCKET_MS);
    let received = 0;
    let lost = 0;
    for (let at = 0; at < source.buckets.length; at += FIELDS) {
      if ((source.buckets[at] as number) <= newest - BUCKETS) continue;
      received += source.buckets[at + RECEIVED] as number;
      lost += source.buckets[at + LOST] as number;
    }
    if (received === 0) return null;
    // A late packet may be taken back in a later second than its gap was counted in.
    const certainlyLost = Math.max(0, lost);
    return (100 * certainlyLost) / (received + certainlyLost);
  }

  #add(key: number, sequence: number, nowMs: number): void {
    const [oldest] = this.#sources.keys();
    if (this.#sources.size >= MOST_SOURCES && oldest !== undefined) this.#sources.delete(oldest);
    const buckets = new Int32Array(BUCKETS * FIELDS).fill(-BUCKETS);
    const source: Source = { newest: sequence, heardMs: nowMs, history: 1, buckets };
    buckets[currentBucket(source, nowMs) + RECEIVED] = 1;
    this.#sources.set(key, source);
  }
}

/** Where the bucket of this second begins; emptied when it was another second's. */
function currentBucket({ buckets }: Source, nowMs: number): number {
  const number = Math.floor(nowMs / BUCKET_MS);
  const at = (number % BUCKETS) * FIELDS;
  if (buckets[at] !== number) {
    buckets[at] = number;
    buckets[at + RECEIVED] = 0;
    buckets[at + LOST] = 0;
  }
  return at;
}
