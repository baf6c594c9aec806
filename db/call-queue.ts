import { type CallContext, type QueryName, RECORDINGS, SAFETY_WRITES } from './protocol.ts';

export interface QueuedCall extends CallContext {
  id: number;
  name: QueryName;
  input: unknown;
}

/**
 * What waits for the database: what safety rests on first, then everything else that a person waits for, recordings
 * last; within each in the order of arrival. It is bounded by the caller, who knows what may be refused.
 */
export class CallQueue {
  readonly #waiting: [safety: QueuedCall[], ordinary: QueuedCall[], recordings: QueuedCall[]] = [[], [], []];

  push(call: QueuedCall): void {
    const [safety, ordinary, recordings] = this.#waiting;
    if (SAFETY_WRITES.has(call.name)) safety.push(call);
    else if (RECORDINGS.has(call.name)) recordings.push(call);
    else ordinary.push(call);
  }

  /** Whether anything but recordings waits. */
  get hasUrgent(): boolean {
    const [safety, ordinary] = this.#waiting;
    return safety.length + ordinary.length > 0;
  }

  next(): QueuedCall | null {
    return this.nextUrgent() ?? this.#waiting[2].shift() ?? null;
  }

  /** As `next`, leaving recordings where they are. */
  nextUrgent(): QueuedCall | null {
    const [safety, ordinary] = this.#waiting;
    return safety.shift() ?? ordinary.shift() ?? null;
  }
}
