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

/** An item is repeated when its answer takes so much longer than usual: the median of so many, once there is one. */
const OVERDUE = 1.25;
const DELAYS = 9;
const FIRST_HURRY_MS = 250;
const SHORTEST_HURRY_MS = 60;
/** Every third repetition waits twice as long as those before it. */
const HURRIES_A_PACE = 3;
/** After so long without progress the vehicle may have given the transfer up: the count is sent again. */
const QUIET_MS = 6_000;
/** A vehicle that asks for ever, or starts over for ever, is not waited for longer than this. */
const DEADLINE_MS = 60_000;
const DEADLINE_MS_PER_ITEM = 3000;

export interface UploadSent {
  readonly state: 'SENT';
}

/**
 * Sends a plan (https://mavlink.io/en/services/mission.html, section Upload). The vehicle asks, we answer.
 *
 * ```
 *         silent 1.5 s: count again      answer overdue: item again and the next, ever more slowly;
 *                                                   no progress for 6 s: count again
 *             +----+                                    +----+
 *             v    |                                    v    |
 *  start ---> COUNTED ---- request n: send item n ---> ITEMS ---- ACCEPTED, last item was sent ---> DONE
 *             |  |                                      ^  | |
 *             |  |                     request n: ------+--+ +-- ERROR to a repetition, all was sent -> SENT
 *             |  |                     send item n           |
 *             |  +----------- error in an ack ---------------+---> REFUSED
 *             +---- 5 silences in a row, or the deadline ----+---> UNKNOWN
 * ```
 *
 * The vehicle asks for one item at a time, so a plan takes a round trip for each of its items at least: 100 items over
 * 200 ms there and back take 20 s, and 31 s where a fifth of the packets is lost each way, as a round succeeds once in
 * 1 / (0.8 * 0.8) tries and a loss shows after a round trip at the earliest. So the next item goes with each repetition:
 * a vehicle that has the first takes it at once. Never more than this one is sent unasked, and one that comes too early
 * is refused (INVALID_SEQUENCE) or asked for again, and does no harm. A vehicle that asks ahead is answered ahead.
 *
 * An ACCEPTED before the last item was sent belongs to an earlier transfer. A vehicle that calls a repetition an error
 * when it was sent everything has ended the transfer, and the ack was lost: only reading back tells what it holds.
 */
export class MissionUpload {
  readonly #exchange: MissionExchange<{ state: 'DONE' } | UploadSent>;
  readonly #items: readonly TransferItem[];
  readonly #onProgress: (percent: number) => void;
  /** The item asked for last since the count was sent last, -1 when there was none. */
  #asked = -1;
  #allSent: boolean;
  #silences = 0;
  #hurries = 0;
  /** When it was asked for first. */
  #askedAtMs = 0;
  /** The latest, from an item to the request for the next. */
  readonly #delaysMs: number[] = [];
  #doubt: number | null = null;

  constructor(
    exchange: MissionExchange<{ state: 'DONE' } | UploadSent>,
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
    if (seq > this.#asked) {
      if (this.#asked >= 0) this.#measure();
      this.#onProgress(Math.round((100 * (seq + 1)) / this.#items.length));
      this.#askedAtMs = this.#exchange.nowMs();
    }
    this.#asked = seq;
    this.#silences = 0;
    this.#hurries = 0;
    this.#send(seq);
  }

  /**
   * From the first time that an item was sent, whichever of its repetitions was answered: where less than half of the
   * rounds fail, the one in the middle was none of these.
   */
  #measure(): void {
    this.#delaysMs.push(this.#exchange.nowMs() - this.#askedAtMs);
    if (this.#delaysMs.length > DELAYS) this.#delaysMs.shift();
  }

  #hurryMs(): number {
    const usualMs = this.#delaysMs.toSorted((one, other) => one - other)[
      Math.floor(this.#delaysMs.length / 3)
    ];
    const overdueMs = usualMs === undefined ? FIRST_HURRY_MS : OVERDUE * usualMs;
    const paces = 2 ** Math.floor(this.#hurries / HURRIES_A_PACE);
    return Math.min(ANSWER_TIMEOUT_MS, paces * Math.max(SHORTEST_HURRY_MS, overdueMs));
  }

  #hurry(): void {
    if (this.#exchange.nowMs() - this.#askedAtMs >= QUIET_MS) {
      this.#silent();
      return;
    }
    this.#hurries++;
    // Lost was the item, or the request for the next: whichever it was, one of the two goes on.
    this.#send(this.#asked);
    this.#send(this.#asked + 1);
  }

  #acknowledged(result: number): void {
    if (result === MAV_MISSION_RESULT.ACCEPTED) {
      if (this.#allSent) this.#exchange.finish({ state: 'DONE' });
      return;
    }
    if (!isDoubtful(result)) {
      this.#exchange.finish(refusal(result));
      return;
    }
    if (this.#hurries > 0 && this.#allSent && result === MAV_MISSION_RESULT.ERROR)
      this.#exchange.finish({ state: 'SENT' });
    this.#doubt = this.#allSent ? null : result;
  }

  #silent(): void {
    this.#silences++;
    if (this.#silences === TRIES) {
      this.#exchange.giveUp(this.#doubt);
      return;
    }
    this.#exchange.wait(ANSWER_TIMEOUT_MS, () => this.#silent());
    this.#sendCount();
  }

  #sendCount(): void {
    this.#asked = -1;
    this.#hurries = 0;
    this.#exchange.send(MISSION_COUNT, { count: this.#items.length, opaqueId: 0 });
  }

  #send(seq: number): void {
    const item = this.#items[seq];
    if (item === undefined) return;
    if (seq === this.#items.length - 1) this.#allSent = true;
    this.#exchange.wait(this.#hurryMs(), () => this.#hurry());
    this.#exchange.send(MISSION_ITEM_INT, { ...item, seq, current: 0 });
  }
}
