import type { Frame } from '../frame.ts';
import { MAV_MISSION_RESULT } from '../generated/enums.ts';
import { MISSION_CLEAR_ALL } from '../generated/messages.ts';
import { ANSWER_TIMEOUT_MS, isDoubtful, type MissionExchange, refusal, TRIES } from './mission-exchange.ts';

/**
 * Empties the vehicle's plan (https://mavlink.io/en/services/mission.html, section Clear missions).
 *
 * ```
 *         silent 1.5 s: ask again
 *             +----+
 *             v    |
 *  start --> CLEARING ---- ack ----------> DONE | REFUSED
 *             +----------- 5 silences ---> UNKNOWN
 * ```
 */
export class MissionClear {
  readonly #exchange: MissionExchange<{ state: 'DONE' }>;
  #tries = 0;
  #doubt: number | null = null;

  constructor(exchange: MissionExchange<{ state: 'DONE' }>) {
    this.#exchange = exchange;
  }

  start(): void {
    if (this.#tries === TRIES) {
      this.#exchange.giveUp(this.#doubt);
      return;
    }
    this.#tries++;
    this.#exchange.wait(ANSWER_TIMEOUT_MS, () => this.start());
    this.#exchange.send(MISSION_CLEAR_ALL, {});
  }

  receive(frame: Frame): void {
    const result = this.#exchange.readResult(frame);
    if (result === null) return;
    if (result === MAV_MISSION_RESULT.ACCEPTED) this.#exchange.finish({ state: 'DONE' });
    else if (isDoubtful(result)) this.#doubt = result;
    else this.#exchange.finish(refusal(result));
  }
}
