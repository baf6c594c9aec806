import type { Frame, MessageDefinition } from '../mavlink/frame.ts';

/** A message as it came, and when (station's UTC clock, ms). */
export interface Heard<Fields> {
  readonly fields: Fields;
  readonly atMs: number;
}

/** Messages of one kind that are kept: a minute of one that comes ten times a second. */
const MOST_OF_A_KIND = 600;

/**
 * What a vehicle said in the last while, of the messages that health checks read. Bounded in time and number. What is
 * older than `recentMs` says nothing of now, and is kept for what was measured on purpose: a motor that was turned.
 */
export class MessageWindow {
  readonly #recentMs: number;
  readonly #keptMs: number;
  readonly #definitions: ReadonlyMap<number, MessageDefinition<unknown>>;
  readonly #heard = new Map<number, Heard<unknown>[]>();

  constructor(
    lengths: { recentMs: number; keptMs: number },
    definitions: readonly MessageDefinition<unknown>[],
  ) {
    this.#recentMs = lengths.recentMs;
    this.#keptMs = lengths.keptMs;
    this.#definitions = new Map(definitions.map((definition) => [definition.id, definition]));
  }

  accept(frame: Frame, nowMs: number): void {
    const definition = this.#definitions.get(frame.messageId);
    if (definition === undefined) return;
    let heard = this.#heard.get(frame.messageId);
    if (heard === undefined) {
      heard = [];
      this.#heard.set(frame.messageId, heard);
    }
    heard.push({ fields: definition.read(frame), atMs: nowMs });
    const oldestMs = nowMs - this.#keptMs;
    // The newest stays: what is asked for once is said once.
    while (heard.length > 1 && (heard.length > MOST_OF_A_KIND || (heard[0]?.atMs ?? nowMs) < oldestMs))
      heard.shift();
  }

  /** Oldest first; recent ones only. */
  all<Fields>(definition: MessageDefinition<Fields>, nowMs: number): readonly Heard<Fields>[] {
    return this.since(definition, nowMs - this.#recentMs);
  }

  /** Oldest first, as far back as they are kept. */
  since<Fields>(definition: MessageDefinition<Fields>, fromMs: number): readonly Heard<Fields>[] {
    const heard = (this.#heard.get(definition.id) ?? []) as readonly Heard<Fields>[];
    return heard.filter(({ atMs }) => atMs >= fromMs);
  }

  latest<Fields>(definition: MessageDefinition<Fields>, nowMs: number): Fields | null {
    return this.all(definition, nowMs).at(-1)?.fields ?? null;
  }

  /** However long ago: for what is said once and does not change while the vehicle is on. */
  saidOnce<Fields>(definition: MessageDefinition<Fields>): Fields | null {
    return (this.#heard.get(definition.id)?.at(-1)?.fields ?? null) as Fields | null;
  }

  clear(): void {
    this.#heard.clear();
  }
}
