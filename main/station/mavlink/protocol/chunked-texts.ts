import type { Clock } from '../../ports/clock.ts';

/** Stands for a chunk that never came. */
const GAP = '…';

interface Assembly<Head> {
  readonly head: Head;
  readonly chunks: Map<number, Uint8Array>;
  /** How many chunks it has, null until that is known. */
  total: number | null;
  /** It has more chunks than are kept. */
  cut: boolean;
  done: boolean;
  cancelTimer: () => void;
}

export interface ChunkedText<Head> {
  readonly head: Head;
  readonly text: string;
  /** False when chunks are missing; each gap in the text is an ellipsis. */
  readonly complete: boolean;
}

export interface Limits {
  readonly texts: number;
  readonly chunksPerText: number;
  /** How long the rest of a text is waited for, from its first chunk. */
  readonly timeoutMs: number;
}

/**
 * Texts that come in numbered chunks, in any order, some never, some twice. A finished text is remembered until its
 * time is over, so that late repetitions do not start it anew. At the limit the oldest text is given out as it is.
 */
export class ChunkedTexts<Head> {
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #onText: (text: ChunkedText<Head>) => void;
  readonly #assemblies = new Map<string, Assembly<Head>>();
  readonly #decoder = new TextDecoder();

  constructor(clock: Clock, limits: Limits, onText: (text: ChunkedText<Head>) => void) {
    this.#clock = clock;
    this.#limits = limits;
    this.#onText = onText;
  }

  /** `total` when this chunk tells how many there are. Chunks beyond the limit are dropped. */
  add(key: string, head: Head, chunk: number, bytes: Uint8Array, total: number | null): void {
    const assembly = this.#assemblies.get(key) ?? this.#begin(key, head);
    if (assembly.done || chunk >= this.#limits.chunksPerText) return;
    if (!assembly.chunks.has(chunk)) assembly.chunks.set(chunk, bytes);
    if (total !== null) {
      assembly.total = Math.min(total, this.#limits.chunksPerText);
      assembly.cut = total > this.#limits.chunksPerText;
    }
    if (assembly.total !== null && this.#missing(assembly) === 0) this.#give(assembly);
  }

  /** Forgets what is incomplete. */
  close(): void {
    for (const { cancelTimer } of this.#assemblies.values()) cancelTimer();
    this.#assemblies.clear();
  }

  #begin(key: string, head: Head): Assembly<Head> {
    const [oldest] = this.#assemblies.keys();
    if (this.#assemblies.size >= this.#limits.texts && oldest !== undefined) this.#end(oldest);
    const cancelTimer = this.#clock.after(this.#limits.timeoutMs, () => this.#end(key));
    const assembly: Assembly<Head> = {
      head,
      chunks: new Map(),
      total: null,
      cut: false,
      done: false,
      cancelTimer,
    };
    this.#assemblies.set(key, assembly);
    return assembly;
  }

  #end(key: string): void {
    const assembly = this.#assemblies.get(key);
    if (assembly === undefined) return;
    assembly.cancelTimer();
    this.#assemblies.delete(key);
    if (!assembly.done) this.#give(assembly);
  }

  #missing({ chunks, total }: Assembly<Head>): number {
    const expected = total ?? Math.max(...chunks.keys()) + 1;
    let present = 0;
    for (const chunk of chunks.keys()) if (chunk < expected) present++;
    return expected - present;
  }

  #give(assembly: Assembly<Head>): void {
    assembly.done = true;
    const { chunks, total } = assembly;
    const expected = total ?? Math.max(...chunks.keys()) + 1;
    const runs: Uint8Array[][] = [[]];
    for (let chunk = 0; chunk < expected; chunk++) {
      const bytes = chunks.get(chunk);
      if (bytes !== undefined) runs.at(-1)?.push(bytes);
      else if (chunk === 0 || chunks.has(chunk - 1)) runs.push([]);
    }
    const text = runs.map((run) => this.#decoder.decode(Buffer.concat(run))).join(GAP);
    const complete = this.#missing(assembly) === 0 && !assembly.cut;
    chunks.clear();
    this.#onText({ head: assembly.head, text, complete });
  }
}
