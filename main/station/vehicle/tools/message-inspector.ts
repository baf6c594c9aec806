import type { Frame, MessageDefinition } from '../../mavlink/frame.ts';
import { MESSAGE_DEFINITIONS } from '../../mavlink/generated/messages.ts';

const MOST_MESSAGES = 500;
const RATE_WINDOW_MS = 1_000;
const PAYLOAD_LENGTH = 256;
/** The longest array that is shown whole: the payload of a file transfer would fill the page. */
const LONGEST_ARRAY = 32;

const DEFINITIONS: ReadonlyMap<number, MessageDefinition<object>> = new Map(
  MESSAGE_DEFINITIONS.map((definition) => [definition.id, definition]),
);

export interface InspectedMessage {
  readonly componentId: number;
  readonly messageId: number;
  readonly name: string;
  readonly count: number;
  readonly rateHz: number;
  readonly ageMs: number;
  readonly fields: readonly { readonly name: string; readonly text: string }[];
}

interface Seen {
  readonly componentId: number;
  readonly messageId: number;
  readonly payload: DataView;
  count: number;
  atMs: number;
  windowAtMs: number;
  windowCount: number;
  rateHz: number;
}

/** The latest of every message of one vehicle, with its rate. */
export class MessageInspector {
  readonly #seen = new Map<number, Seen>();

  receive(frame: Frame, monotonicMs: number): void {
    const key = frame.messageId * 256 + frame.componentId;
    const seen = this.#seen.get(key) ?? this.#meet(key, frame, monotonicMs);
    if (seen === null) return;
    const { buffer, byteOffset } = frame.payload;
    new Uint8Array(seen.payload.buffer).set(new Uint8Array(buffer, byteOffset, frame.payload.byteLength));
    seen.count++;
    seen.atMs = monotonicMs;
    const passedMs = monotonicMs - seen.windowAtMs;
    if (passedMs < RATE_WINDOW_MS) return;
    seen.rateHz = (1_000 * (seen.count - seen.windowCount)) / passedMs;
    seen.windowAtMs = monotonicMs;
    seen.windowCount = seen.count;
  }

  clear(): void {
    this.#seen.clear();
  }

  /** By component, then by name. */
  messages(monotonicMs: number): InspectedMessage[] {
    return [...this.#seen.values()]
      .map((seen) => inspected(seen, monotonicMs))
      .sort((one, other) => one.componentId - other.componentId || (one.name < other.name ? -1 : 1));
  }

  #meet(key: number, { componentId, messageId }: Frame, atMs: number): Seen | null {
    if (this.#seen.size >= MOST_MESSAGES) return null;
    const seen: Seen = {
      componentId,
      messageId,
      payload: new DataView(new ArrayBuffer(PAYLOAD_LENGTH)),
      count: 0,
      atMs,
      windowAtMs: atMs,
      windowCount: 1,
      rateHz: 0,
    };
    this.#seen.set(key, seen);
    return seen;
  }
}

function inspected(seen: Seen, nowMs: number): InspectedMessage {
  const { componentId, messageId, count, payload } = seen;
  const definition = DEFINITIONS.get(messageId);
  const ageMs = nowMs - seen.atMs;
  const fields = Object.entries(definition?.read({ payload }) ?? {});
  return {
    componentId,
    messageId,
    name: definition?.name ?? `Message ${messageId}`,
    count,
    // What has not come for two windows does not come at that rate any more.
    rateHz: ageMs > Math.max(2 * RATE_WINDOW_MS, 2_000 / seen.rateHz) ? 0 : Number(seen.rateHz.toFixed(1)),
    ageMs,
    fields: fields.map(([name, value]) => ({ name, text: textOf(value) })),
  };
}

function textOf(value: unknown): string {
  if (typeof value === 'number')
    return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(7)));
  if (!Array.isArray(value)) return String(value);
  const shown = value.slice(0, LONGEST_ARRAY).map(textOf).join(', ');
  return value.length > LONGEST_ARRAY ? `${shown}, … (${value.length})` : shown;
}
