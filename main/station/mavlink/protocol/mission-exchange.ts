import type { Frame, MessageDefinition } from '../frame.ts';
import { MAV_MISSION_RESULT } from '../generated/enums.ts';
import { MISSION_ACK } from '../generated/messages.ts';
import { isForUs, type ProtocolPort } from './protocol-port.ts';

/** What one transfer is about. */
export interface TransferTarget {
  readonly systemId: number;
  readonly componentId: number;
  /** MAV_MISSION_TYPE: 0 mission, 1 fence, 2 rally points. */
  readonly missionType: number;
}

export interface TransferRefusal {
  readonly state: 'REFUSED';
  /** MAV_MISSION_RESULT. */
  readonly result: number;
  readonly resultText: string;
}

/** No answer: what the vehicle now holds is not known. */
export interface TransferUnknown {
  readonly state: 'UNKNOWN';
}

export const ANSWER_TIMEOUT_MS = 1500;
export const TRIES = 5;

interface Addressed {
  readonly targetSystem: number;
  readonly targetComponent: number;
  readonly missionType: number;
}

/** What upload, download and clear have in common: one peer, its timers, one outcome. */
export class MissionExchange<Done> {
  readonly #port: ProtocolPort;
  readonly #target: TransferTarget;
  readonly #onFirstPacket: () => void;
  /** What the vehicle calls the plan that it holds; 0: it gives no ids. */
  planId = 0;
  readonly outcome: Promise<Done | TransferRefusal | TransferUnknown>;
  #resolve: (outcome: Done | TransferRefusal | TransferUnknown) => void = () => {};
  #reject: (reason: unknown) => void = () => {};
  #cancelTimer: () => void = () => {};
  #cancelDeadline: () => void = () => {};
  #sent = false;
  #over = false;

  constructor(port: ProtocolPort, target: TransferTarget, onFirstPacket: () => void) {
    this.#port = port;
    this.#target = target;
    this.#onFirstPacket = onFirstPacket;
    this.outcome = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Sends a message with this transfer's address added. What the port throws ends the transfer. */
  send<Fields extends Addressed>(
    definition: MessageDefinition<Fields>,
    fields: Omit<Fields, keyof Addressed>,
  ): void {
    const { systemId, componentId, missionType } = this.#target;
    const address = { targetSystem: systemId, targetComponent: componentId, missionType };
    try {
      this.#port.send(definition, { ...fields, ...address } as Fields);
      if (!this.#sent) this.#onFirstPacket();
      this.#sent = true;
    } catch (error) {
      this.#end();
      this.#reject(error);
    }
  }

  nowMs(): number {
    return this.#port.clock.monotonicMs();
  }

  /** Calls `onTimeout` unless `wait` is called again before. */
  wait(delayMs: number, onTimeout: () => void): void {
    this.#cancelTimer();
    if (!this.#over) this.#cancelTimer = this.#port.clock.after(delayMs, onTimeout);
  }

  /** Gives up after this long, whatever happens until then. */
  endAfter(delayMs: number): void {
    this.#cancelDeadline = this.#port.clock.after(delayMs, () => this.giveUp(null));
  }

  /** Reads a message of this transfer, or null when it is another, meant for somebody else, or too late. */
  read<Fields extends Addressed>(definition: MessageDefinition<Fields>, frame: Frame): Fields | null {
    if (this.#over || frame.messageId !== definition.id) return null;
    const fields = definition.read(frame);
    return isForUs(this.#port, fields) && fields.missionType === this.#target.missionType ? fields : null;
  }

  /** MAV_MISSION_RESULT of the frame when it is an acknowledgement of this transfer, otherwise null. */
  readResult(frame: Frame): number | null {
    const ack = this.read(MISSION_ACK, frame);
    if (ack !== null) this.planId = ack.opaqueId;
    return ack?.type ?? null;
  }

  finish(outcome: Done | TransferRefusal | TransferUnknown): void {
    this.#end();
    this.#resolve(outcome);
  }

  /** Gives up: with the vehicle's doubtful error when that is all it said. */
  giveUp(doubt: number | null): void {
    this.finish(doubt === null ? { state: 'UNKNOWN' } : refusal(doubt));
  }

  #end(): void {
    this.#over = true;
    this.#cancelTimer();
    this.#cancelDeadline();
  }
}

/**
 * Errors that vehicles also send for a repeated or late packet of a transfer that goes well (ArduPilot answers a
 * duplicate item with INVALID_SEQUENCE, or ERROR once the transfer is over). They count only when nothing else comes.
 */
export function isDoubtful(result: number): boolean {
  return result === MAV_MISSION_RESULT.ERROR || result === MAV_MISSION_RESULT.INVALID_SEQUENCE;
}

const RESULT_TEXTS: Readonly<Record<number, string>> = {
  [MAV_MISSION_RESULT.ERROR]: 'The vehicle does not take a plan now.',
  [MAV_MISSION_RESULT.UNSUPPORTED_FRAME]: 'The vehicle does not support the altitude reference of the plan.',
  [MAV_MISSION_RESULT.UNSUPPORTED]: 'The vehicle does not support an item of the plan, or this kind of plan.',
  [MAV_MISSION_RESULT.NO_SPACE]: 'The plan has more items than the vehicle can hold.',
  [MAV_MISSION_RESULT.INVALID]: 'The vehicle calls a value in the plan invalid.',
  [MAV_MISSION_RESULT.INVALID_PARAM1]: 'The vehicle calls the first parameter of an item invalid.',
  [MAV_MISSION_RESULT.INVALID_PARAM2]: 'The vehicle calls the second parameter of an item invalid.',
  [MAV_MISSION_RESULT.INVALID_PARAM3]: 'The vehicle calls the third parameter of an item invalid.',
  [MAV_MISSION_RESULT.INVALID_PARAM4]: 'The vehicle calls the fourth parameter of an item invalid.',
  [MAV_MISSION_RESULT.INVALID_PARAM5_X]: 'The vehicle calls the latitude of an item invalid.',
  [MAV_MISSION_RESULT.INVALID_PARAM6_Y]: 'The vehicle calls the longitude of an item invalid.',
  [MAV_MISSION_RESULT.INVALID_PARAM7]: 'The vehicle calls the altitude of an item invalid.',
  [MAV_MISSION_RESULT.INVALID_SEQUENCE]: 'The vehicle and the station lost count of the items. Try again.',
  [MAV_MISSION_RESULT.DENIED]: 'The vehicle does not take a plan from this station.',
  [MAV_MISSION_RESULT.OPERATION_CANCELLED]: 'The vehicle cancelled the transfer.',
};

export function refusal(result: number, resultText = RESULT_TEXTS[result]): TransferRefusal {
  return {
    state: 'REFUSED',
    result,
    resultText:
      resultText ?? `The vehicle refused the plan with result ${result}, which is not in the standard.`,
  };
}
