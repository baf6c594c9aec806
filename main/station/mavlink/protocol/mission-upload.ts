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

/** Silences after which the last item is sent again; later ones start over with the count. */
const ITEM_REPEATS = 2;
/** A vehicle that asks for ever, or starts over for ever, is not waited for longer than this. */
const DEADLINE_MS = 60_000;
const DEADLINE_MS_PER_ITEM = 3000;

/**
 * Sends a plan (https://mavlink.io/en/services/mission.html, section Upload). The vehicle asks, we answer.
 *
 * ```
 *         silent 1.5 s: count again                 silent 1.5 s: last item again, then count
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
    if (seq > this.#lastAsked) this.#onProgress(Math.round((100 * (seq + 1)) / this.#items.length));
    this.#lastAsked = seq;
    if (seq === this.#items.length - 1) this.#allSent = true;
    this.#silences = 0;
    this.#exchange.wait(ANSWER_TIMEOUT_MS, () => this.#silent());
    this.#sendItem(seq);
  }

  #acknowledged(result: number): void {
    if (result === MAV_MISSION_RESULT.ACCEPTED) {
      if (this.#allSent) this.#exchange.finish({ state: 'DONE' });
    } else if (isDoubtful(result)) {
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
    this.#exchange.send(MISSION_COUNT, { count: this.#items.length, opaqueId: 0 });
  }

  #sendItem(seq: number): void {
    const item = this.#items[seq];
    if (item !== undefined) this.#exchange.send(MISSION_ITEM_INT, { ...item, seq, current: 0 });
  }
}
