import type { Frame } from '../frame.ts';
import { MAV_MISSION_RESULT } from '../generated/enums.ts';
import {
  MISSION_ACK,
  MISSION_COUNT,
  MISSION_ITEM_INT,
  MISSION_REQUEST_INT,
  MISSION_REQUEST_LIST,
} from '../generated/messages.ts';
import { ANSWER_TIMEOUT_MS, isDoubtful, type MissionExchange, refusal, TRIES } from './mission-exchange.ts';
import type { TransferItem } from './mission-upload.ts';

export const MOST_ITEMS = 2000;
const ITEM_TIMEOUT_MS = 250;

/**
 * Reads the vehicle's plan (https://mavlink.io/en/services/mission.html, section Download). We ask, it answers.
 *
 * ```
 *        silent 1.5 s: ask again              silent 0.25 s, after five times 1.5 s: ask again
 *            +----+                               +----+
 *            v    |                               v    |
 *  start --> LISTING ---- count n: ask for 0 --> ITEMS ---- item n - 1: acknowledge ---> DONE
 *            |  |  |                              ^ | |
 *            |  |  +---- count 0 --> DONE  item i:+-+ |
 *            |  |                     ask for i + 1   |
 *            |  +------- error in an ack -------------+---> REFUSED
 *            +-- 5 silences ------ 10 silences -------+---> UNKNOWN
 * ```
 */
export class MissionDownload {
  readonly #exchange: MissionExchange<{ state: 'DONE'; items: TransferItem[] }>;
  readonly #onProgress: (percent: number) => void;
  readonly #items: TransferItem[] = [];
  /** How many items there are, null until the vehicle said so. */
  #count: number | null = null;
  #silences = 0;
  #doubt: number | null = null;

  constructor(
    exchange: MissionExchange<{ state: 'DONE'; items: TransferItem[] }>,
    onProgress: (percent: number) => void,
  ) {
    this.#exchange = exchange;
    this.#onProgress = onProgress;
  }

  start(): void {
    this.#ask();
  }

  receive(frame: Frame): void {
    const counted = this.#exchange.read(MISSION_COUNT, frame);
    if (counted !== null && this.#count === null) {
      this.#exchange.planId = counted.opaqueId;
      this.#counted(counted.count);
    }
    const item = this.#exchange.read(MISSION_ITEM_INT, frame);
    if (item !== null && this.#count !== null && item.seq === this.#items.length) {
      const { frame: datum, command, autocontinue, param1, param2, param3, param4, x, y, z } = item;
      this.#items.push({ frame: datum, command, autocontinue, param1, param2, param3, param4, x, y, z });
      this.#onProgress(Math.round((100 * this.#items.length) / this.#count));
      this.#next(this.#count);
    }
    const result = this.#exchange.readResult(frame);
    if (result === null || result === MAV_MISSION_RESULT.ACCEPTED) return;
    if (isDoubtful(result)) this.#doubt = result;
    else this.#exchange.finish(refusal(result));
  }

  #counted(count: number): void {
    if (count > MOST_ITEMS) {
      this.#exchange.send(MISSION_ACK, { type: MAV_MISSION_RESULT.OPERATION_CANCELLED, opaqueId: 0 });
      const text = `The vehicle says its plan has ${count} items. More than ${MOST_ITEMS} are not read.`;
      this.#exchange.finish(refusal(MAV_MISSION_RESULT.NO_SPACE, text));
      return;
    }
    this.#count = count;
    this.#next(count);
  }

  #next(count: number): void {
    this.#silences = 0;
    this.#doubt = null;
    if (this.#items.length < count) {
      this.#ask();
      return;
    }
    this.#exchange.send(MISSION_ACK, { type: MAV_MISSION_RESULT.ACCEPTED, opaqueId: 0 });
    this.#exchange.finish({ state: 'DONE', items: this.#items });
  }

  #ask(): void {
    const hurried = this.#count !== null && this.#silences < TRIES;
    this.#exchange.wait(hurried ? ITEM_TIMEOUT_MS : ANSWER_TIMEOUT_MS, () => this.#silent());
    if (this.#count === null) this.#exchange.send(MISSION_REQUEST_LIST, {});
    else this.#exchange.send(MISSION_REQUEST_INT, { seq: this.#items.length });
  }

  #silent(): void {
    this.#silences++;
    if (this.#silences === (this.#count === null ? TRIES : 2 * TRIES)) this.#exchange.giveUp(this.#doubt);
    else this.#ask();
  }
}
