import type { Frame } from '../frame.ts';
import { MAV_MISSION_RESULT } from '../generated/enums.ts';
import {
  MISSION_COUNT,
  MISSION_ITEM_INT,
  MISSION_REQUEST,
  MISSION_REQUEST_INT,
  type MissionItemInt,
} from '../generated/messages.ts';
import { ANSWER_TIMEOUT_MS, isDoubtful, type MissionExchange, refusal, TRIES } from './mission-exchange.ts';

/** One item as MAVLink carries it: x and y in 1e-7 degrees for items with a place, z in metres in `frame`'s datum. */
export type TransferItem = Pick<
  MissionItemInt,
  'frame' | 'command' | 'autocontinue' | 'param1' | 'param2' | 'param3' | 'param4' | 'x' | 'y' | 'z'
>;

/** An item is repeated after three times the usual delay of the next request, within these bounds, so often. */
const SHORTEST_HURRY_MS = 60;
const HURRIES = 4;
/** Silences after which the last item is sent again; later ones start over with the count. */
const ITEM_REPEATS = 2;
/** A vehicle that asks for ever, or starts over for ever, is not waited for longer than this. */
const DEADLINE_MS = 60_000;
const DEADLINE_MS_PER_ITEM = 3000;

/**
 * Sends a plan (https://mavlink.io/en/services/mission.html, section Upload). The vehicle asks, we answer.
 *
 * ```
 *         silent 1.5 s: count again      silent for thrice the usual delay: last item again, 4 times;
 *                                                   silent 1.5 s: last item again, then count
 *             +----+                                    +----+
 *             v    |                                    v    |
 *  start ---> COUNTED ---- request n: send item n ---> ITEMS ---- ACCEPTED, last item was sent ---> DONE
 *             |  |                                      ^  | |
 *             |  |                     request n: ------+--+ |
 *             |  |                     send item n           |
 *             |  +----------- error in an ack ---------------+---> REFUSED
 *             +---- 5 silences in a row, or the deadline ----+---> UNKNOWN
 * ```
 *
 * A vehicle that calls a repeated item out of sequence has it: its request for the next one was lost, so that is sent.
 * An ACCEPTED before the last item was sent belongs to an earlier transfer. When the last ack is lost, the whole
 * upload is repeated: the vehicle may have ended it, and would call a repeated last item an error.
 */
export class MissionUpload {
  readonly #exchange: MissionExchange<{ state: 'DONE' }>;
  readonly #items: readonly TransferItem[];
  readonly #onProgress: (percent: number) => void;
  /** The item asked for last since the count was sent last, -1 when there was none. */
  #lastAsked = -1;
  #allSent: boolean;
  #silences = 0;
  #hurries = 0;
  /** When what is waited for was sent first; null: it was repeated, and its answer tells nothing about the delay. */
  #sentAtMs: number | null = null;
  #delayMs: number | null = null;
  #doubt: number | null = null;

  constructor(
    exchange: MissionExchange<{ state: 'DONE' }>,
    items: readonly TransferItem[],
    onProgress: (percent: number) => void,
  ) {
    this.#exchange = exchange;
    this.#items = items;
    this.#allSent = items.length === 0;
    this.#onProgress = onProgress;
  }

  start(): void {
    this.#exchange.endAfter(DEADLINE_MS + DEADLINE_MS_PER_ITEM * this.#items.length);
    this.#exchange.wait(ANSWER_TIMEOUT_MS, () => this.#silent());
    this.#sendCount();
    this.#sentAtMs = this.#exchange.nowMs();
  }

  receive(frame: Frame): void {
    const request =
      this.#exchange.read(MISSION_REQUEST_INT, frame) ?? this.#exchange.read(MISSION_REQUEST, frame);
    if (request !== null) this.#answer(request.seq);
    const result = this.#exchange.readResult(frame);
    if (result !== null) this.#acknowledged(result);
  }

  #answer(seq: number): void {
    if (seq >= this.#items.length) return;
    if (seq > this.#lastAsked) this.#measure();
    if (seq > this.#lastAsked) this.#onProgress(Math.round((100 * (seq + 1)) / this.#items.length));
    this.#lastAsked = seq;
    if (seq === this.#items.length - 1) this.#allSent = true;
    this.#silences = 0;
    this.#hurries = 0;
    this.#exchange.wait(this.#hurryMs(), () => this.#hurry());
    this.#sendItem(seq);
  }

  #measure(): void {
    const nowMs = this.#exchange.nowMs();
    if (this.#sentAtMs !== null) {
      const delayMs = nowMs - this.#sentAtMs;
      this.#delayMs = this.#delayMs === null ? delayMs : this.#delayMs + (delayMs - this.#delayMs) / 4;
    }
    this.#sentAtMs = nowMs;
  }

  #hurryMs(): number {
    return this.#delayMs === null
      ? ANSWER_TIMEOUT_MS
      : Math.min(ANSWER_TIMEOUT_MS, Math.max(SHORTEST_HURRY_MS, 3 * this.#delayMs));
  }

  #hurry(): void {
    if (this.#hurries === HURRIES || this.#delayMs === null) {
      this.#silent();
      return;
    }
    this.#hurries++;
    this.#sentAtMs = null;
    const last = this.#hurries === HURRIES;
    this.#exchange.wait(last ? ANSWER_TIMEOUT_MS : this.#hurryMs(), () => this.#hurry());
    this.#sendItem(this.#lastAsked);
  }

  #acknowledged(result: number): void {
    if (result === MAV_MISSION_RESULT.ACCEPTED) {
      if (this.#allSent) this.#exchange.finish({ state: 'DONE' });
    } else if (isDoubtful(result)) {
      const next = this.#lastAsked + 1;
      if (result === MAV_MISSION_RESULT.INVALID_SEQUENCE && this.#hurries > 0 && next < this.#items.length) {
        this.#answer(next);
        return;
      }
      // After the last item it may be the answer to a repetition of it, the plan being in force already.
      this.#doubt = this.#allSent ? null : result;
    } else {
      this.#exchange.finish(refusal(result));
    }
  }

  #silent(): void {
    this.#silences++;
    if (this.#silences === TRIES) {
      this.#exchange.giveUp(this.#doubt);
      return;
    }
    this.#exchange.wait(ANSWER_TIMEOUT_MS, () => this.#silent());
    const between = this.#lastAsked >= 0 && this.#lastAsked < this.#items.length - 1;
    if (between && this.#silences <= ITEM_REPEATS) this.#sendItem(this.#lastAsked);
    else this.#sendCount();
  }

  #sendCount(): void {
    this.#lastAsked = -1;
    this.#hurries = 0;
    this.#sentAtMs = null;
    this.#exchange.send(MISSION_COUNT, { count: this.#items.length, opaqueId: 0 });
  }

  #sendItem(seq: number): void {
    const item = this.#items[seq];
    if (item !== undefined) this.#exchange.send(MISSION_ITEM_INT, { ...item, seq, current: 0 });
  }
}
