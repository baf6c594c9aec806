import { RECORDINGS, SAFETY_WRITES, type WorkerCall } from './protocol.ts';
import { MOST_TOGETHER, mayShare } from './queries/shared-writes.ts';

/**
 * What waits for the database: what safety rests on first, then everything else that a person waits for, recordings
 * last; within each in the order of arrival. It is bounded by the caller, who knows what may be refused.
 */
export class CallQueue {
  readonly #waiting: [safety: WorkerCall[], ordinary: WorkerCall[], recordings: WorkerCall[]] = [[], [], []];

  push(call: WorkerCall): void {
    this.#lineOf(call).push(call);
  }

  /** Whether anything but recordings waits. */
  get hasUrgent(): boolean {
    const [safety, ordinary] = this.#waiting;
    return safety.length + ordinary.length > 0;
  }

  next(): WorkerCall | null {
    return this.nextUrgent() ?? this.#waiting[2].shift() ?? null;
  }

  /** As `next`, leaving recordings where they are. */
  nextUrgent(): WorkerCall | null {
    const [safety, ordinary] = this.#waiting;
    return safety.shift() ?? ordinary.shift() ?? null;
  }

  /**
   * `call`, which was next, and what waits right behind it in its line and may share its transaction: writes for the
   * same person, or for the station. Nobody is overtaken.
   */
  withCompany(call: WorkerCall): WorkerCall[] {
    if (!mayShare(call.name)) return [call];
    const line = this.#lineOf(call);
    let company = 0;
    for (const { name, actor } of line.slice(0, MOST_TOGETHER - 1)) {
      if (!mayShare(name) || actor !== call.actor) break;
      company++;
    }
    return [call, ...line.splice(0, company)];
  }

  #lineOf({ name }: WorkerCall): WorkerCall[] {
    const [safety, ordinary, recordings] = this.#waiting;
    if (SAFETY_WRITES.has(name)) return safety;
    return RECORDINGS.has(name) ? recordings : ordinary;
  }
}
