import { common, type MavLinkData } from 'node-mavlink';

/** Makes the messages that a component can send, by message id. */
export type Builders = ReadonlyMap<number, () => MavLinkData>;

interface Stream {
  readonly messageId: number;
  intervalMs: number;
  nextAtMs: number;
}

/** Messages of each group of REQUEST_DATA_STREAM (MAV_DATA_STREAM), as ArduCopter groups them. */
const GROUPS: Readonly<Record<number, readonly number[]>> = {
  1: [27, 29, 116, 129, 137],
  2: [1, 24, 42, 62, 125, 152, 162, 193, 245],
  3: [36, 65],
  6: [33, 32],
  10: [30, 178],
  11: [74],
  12: [2, 136, 147, 163, 164, 168, 241, 11030],
};

/** Autopilots send nothing faster than their loop; here the step of the simulation. */
const SHORTEST_INTERVAL_MS = 20;

/** Rates asked for by SET_MESSAGE_INTERVAL or REQUEST_DATA_STREAM; nothing is streamed before. */
export class Streams {
  readonly #builders: Builders;
  readonly #streams = new Map<number, Stream>();

  constructor(builders: Builders) {
    this.#builders = builders;
  }

  /** Forgets every rate, as a restart does. */
  clear(): void {
    this.#streams.clear();
  }

  /** @returns the MAV_RESULT: a message this vehicle does not have is denied. 0 means default, which is none. */
  setInterval(messageId: number, intervalUs: number, nowMs: number): number {
    if (!this.#builders.has(messageId)) return common.MavResult.DENIED;
    if (intervalUs <= 0) this.#streams.delete(messageId);
    else {
      const intervalMs = Math.max(SHORTEST_INTERVAL_MS, intervalUs / 1000);
      this.#streams.set(messageId, { messageId, intervalMs, nextAtMs: nowMs + intervalMs });
    }
    return common.MavResult.ACCEPTED;
  }

  /** Microseconds between two of a message; -1 when it is not streamed, 0 when this vehicle does not have it. */
  intervalUs(messageId: number): number {
    if (!this.#builders.has(messageId)) return 0;
    const stream = this.#streams.get(messageId);
    return stream === undefined ? -1 : Math.round(stream.intervalMs * 1000);
  }

  setGroup(group: number, ratePerS: number, start: boolean, nowMs: number): void {
    const ids = group === 0 ? Object.values(GROUPS).flat() : (GROUPS[group] ?? []);
    const intervalUs = start && ratePerS > 0 ? 1_000_000 / ratePerS : -1;
    for (const id of ids) this.setInterval(id, intervalUs, nowMs);
  }

  /** One message now, or null when this vehicle does not have it. */
  build(messageId: number): MavLinkData | null {
    return this.#builders.get(messageId)?.() ?? null;
  }

  step(nowMs: number, send: (data: MavLinkData) => void): void {
    for (const stream of this.#streams.values()) {
      if (nowMs < stream.nextAtMs) continue;
      stream.nextAtMs = Math.max(stream.nextAtMs + stream.intervalMs, nowMs);
      const data = this.build(stream.messageId);
      if (data !== null) send(data);
    }
  }
}
