import type { Frame } from '../frame.ts';
import { MAV_FRAME, MAV_RESULT } from '../generated/enums.ts';
import {
  COMMAND_ACK,
  COMMAND_CANCEL,
  COMMAND_INT,
  COMMAND_LONG,
  type CommandAck,
  SET_MODE,
} from '../generated/messages.ts';
import { isForUs, type ProtocolPort, requireOneTarget } from './protocol-port.ts';

const ACK_TIMEOUT_MS = 1000;
const TRIES = 3;
const PROGRESS_TIMEOUT_MS = 60_000;
/** How long an answer to an earlier command may still be on its way. */
const STALE_ACK_MS = 2000;
/** More stale answers than repetitions are not passed over. */
const MOST_STALE_ACKS = TRIES - 1;
const PROGRESS_NOT_GIVEN = 255;
/** COMMAND_INT's integers where the autopilot shall choose. */
const INT_NOT_GIVEN = 0x7fff_ffff;
const NO_RESULT = -1;

export interface CommandRequest {
  readonly systemId: number;
  readonly componentId: number;
  /** MAV_CMD. */
  readonly command: number;
  /** Seven; NaN where the autopilot shall choose. With `asInt` the last three are not used. */
  readonly parameters: readonly number[];
  /** Sends COMMAND_INT, which alone carries a position exactly. */
  readonly asInt?: {
    /** MAV_FRAME, which gives the altitude its datum. */
    readonly frame: number;
    readonly latitudeDeg: number;
    readonly longitudeDeg: number;
    readonly altitudeM: number;
    /** COMMAND_LONG names no datum; true: this autopilot is known to take its altitude in that of `frame`. */
    readonly sameAsLong?: boolean;
  };
  /** Sends SET_MODE, of which an ack names the message's id as its command; `parameters` are not used. */
  readonly asSetMode?: { readonly baseMode: number; readonly customMode: number };
  /**
   * Takes the place of the same command still waiting at this target, whose outcome becomes UNKNOWN: an abort must
   * not wait for what it aborts.
   */
  readonly supersede?: boolean;
  readonly onFirstPacket?: (() => void) | undefined;
  /** 0–100, or null when the vehicle does not say how far. */
  readonly onProgress?: ((percent: number | null) => void) | undefined;
}

export type CommandOutcome =
  | { readonly state: 'ACCEPTED' }
  /** `result` is MAV_RESULT, `resultText` says it in words. */
  | { readonly state: 'REFUSED'; readonly result: number; readonly resultText: string }
  | { readonly state: 'UNKNOWN' };

type Form = 'LONG' | 'INT' | 'SET_MODE';

interface Pending {
  readonly request: CommandRequest;
  readonly resolve: (outcome: CommandOutcome) => void;
  readonly reject: (reason: unknown) => void;
  form: Form;
  /** With this result it refused the other form: what still comes of that is no answer to this one. */
  otherRefusal: number | null;
  /** Packets before those of this form. */
  sentBefore: number;
  sent: number;
  answered: number;
  /** Answers to be passed over, because they may belong to the command before. */
  stale: number;
  staleUntilMs: number;
  /** The vehicle said that it is at work on it. */
  working: boolean;
  /** Grows with each answer passed over: that answer may have been the right one. */
  tries: number;
  cancelTimer: () => void;
}

/**
 * The command protocol (https://mavlink.io/en/services/command.html), for any number of commands at once.
 *
 * ```
 *            no ack for 1 s, tries left: send again, confirmation + 1
 *              +-----+
 *              v     |
 *  run ----> WAITING-+----- 3 tries without ack ---------> UNKNOWN
 *              |  |
 *              |  +-- ack IN_PROGRESS --> WORKING -+-- 60 s silent --> UNKNOWN
 *              |                          ^    |   |
 *              |                          +----+   +-- ack --> ACCEPTED | REFUSED (also as cancelled)
 *              |          IN_PROGRESS, or cancelled: COMMAND_CANCEL is sent
 *              +-- ack --> ACCEPTED | REFUSED
 *              +-- ack COMMAND_INT_ONLY, COMMAND_LONG_ONLY: once, in that form --> WAITING
 *              +-- ack UNSUPPORTED of COMMAND_INT: once, as COMMAND_LONG --------> WAITING
 *              +-- confirmed by other evidence ----------------------------------> ACCEPTED
 * ```
 *
 * The other form is sent only when the vehicle said no to the first: nothing is executed twice for its sake.
 *
 * An ack names only the command, not which of two equal commands it answers. So one command of an id runs at a target
 * at a time, and the answers that a command before it may still get for its repetitions are passed over.
 */
export class CommandProtocol {
  readonly #port: ProtocolPort;
  readonly #pending = new Map<string, Pending>();
  readonly #staleAcks = new Map<string, { count: number; untilMs: number }>();

  constructor(port: ProtocolPort) {
    this.#port = port;
  }

  /** Rejects with RangeError for target 0 or a position that is none, and with what `port.send` throws. */
  async run(request: CommandRequest): Promise<CommandOutcome> {
    requireSound(request);
    const key = keyOf(request.systemId, request.componentId, request.command);
    const before = this.#pending.get(key);
    if (before !== undefined) {
      if (request.supersede !== true) {
        return {
          state: 'REFUSED',
          result: MAV_RESULT.TEMPORARILY_REJECTED,
          resultText: 'The same command still waits for the answer of this vehicle. Wait for it.',
        };
      }
      this.#finish(key, before, { state: 'UNKNOWN' });
    }
    return new Promise((resolve, reject) => {
      const stale = this.#takeStale(key);
      const pending: Pending = {
        request,
        resolve,
        reject,
        form: request.asSetMode !== undefined ? 'SET_MODE' : request.asInt === undefined ? 'LONG' : 'INT',
        otherRefusal: null,
        sentBefore: 0,
        sent: 0,
        answered: 0,
        stale: stale.count,
        staleUntilMs: stale.untilMs,
        working: false,
        tries: TRIES,
        cancelTimer: () => {},
      };
      this.#pending.set(key, pending);
      this.#send(key, pending);
    });
  }

  receive(frame: Frame): void {
    if (frame.messageId !== COMMAND_ACK.id) return;
    const ack = COMMAND_ACK.read(frame);
    const key = keyOf(frame.systemId, frame.componentId, ack.command);
    const pending = this.#pending.get(key);
    if (pending === undefined || !isForUs(this.#port, ack)) return;
    if (pending.stale > 0 && this.#port.clock.monotonicMs() < pending.staleUntilMs) {
      pending.stale--;
      pending.tries++;
      return;
    }
    this.#answer(key, pending, ack);
  }

  /**
   * Asks the vehicle to break off what it said it is at work on (COMMAND_CANCEL, which nobody acknowledges): the
   * command's own outcome tells whether it did. Returns whether there was such a command.
   */
  cancel(target: { systemId: number; componentId: number; command: number }): boolean {
    const { systemId, componentId, command } = target;
    const pending = this.#pending.get(keyOf(systemId, componentId, command));
    if (pending?.working !== true) return false;
    this.#port.send(COMMAND_CANCEL, { targetSystem: systemId, targetComponent: componentId, command });
    return true;
  }

  /** Something else than an ack shows that the vehicle obeyed: ends what waits of it as ACCEPTED. */
  confirm(target: { systemId: number; componentId: number; command: number }): void {
    const key = keyOf(target.systemId, target.componentId, target.command);
    const pending = this.#pending.get(key);
    if (pending !== undefined) this.#finish(key, pending, { state: 'ACCEPTED' });
  }

  /** Ends every command that waits as UNKNOWN; what the vehicle is at work on it is asked to break off. */
  interrupt(): void {
    try {
      for (const { request } of [...this.#pending.values()]) this.cancel(request);
    } finally {
      this.close();
    }
  }

  /** Ends every command that waits as UNKNOWN. */
  close(): void {
    for (const [key, pending] of [...this.#pending]) this.#finish(key, pending, { state: 'UNKNOWN' });
  }

  #answer(key: string, pending: Pending, ack: CommandAck): void {
    if (ack.result === MAV_RESULT.IN_PROGRESS) {
      pending.working = true;
      pending.cancelTimer();
      pending.cancelTimer = this.#port.clock.after(PROGRESS_TIMEOUT_MS, () =>
        this.#finish(key, pending, { state: 'UNKNOWN' }),
      );
      const given = ack.progress > 0 && ack.progress < PROGRESS_NOT_GIVEN;
      pending.request.onProgress?.(given ? ack.progress : null);
      return;
    }
    pending.answered++;
    if (ack.result === pending.otherRefusal) return;
    const other = pending.otherRefusal === null ? otherForm(pending, ack.result) : null;
    if (other !== null) {
      pending.cancelTimer();
      Object.assign(pending, { form: other, sentBefore: pending.sent, tries: pending.sent + TRIES });
      // The same answer to the form that it asked for would be none that the standard has.
      pending.otherRefusal = ack.result === MAV_RESULT.UNSUPPORTED ? NO_RESULT : ack.result;
      this.#send(key, pending);
      return;
    }
    this.#finish(
      key,
      pending,
      ack.result === MAV_RESULT.ACCEPTED
        ? { state: 'ACCEPTED' }
        : { state: 'REFUSED', result: ack.result, resultText: resultText(ack.result) },
    );
  }

  #send(key: string, pending: Pending): void {
    try {
      if (pending.sent === pending.tries) {
        this.#finish(key, pending, { state: 'UNKNOWN' });
        return;
      }
      pending.cancelTimer = this.#port.clock.after(ACK_TIMEOUT_MS, () => this.#send(key, pending));
      pending.sent++;
      sendRequest(this.#port, pending.request, pending.form, pending.sent - pending.sentBefore - 1);
      if (pending.sent === 1) pending.request.onFirstPacket?.();
    } catch (error) {
      this.#end(key, pending);
      pending.reject(error);
    }
  }

  #finish(key: string, pending: Pending, outcome: CommandOutcome): void {
    this.#end(key, pending);
    pending.resolve(outcome);
  }

  #end(key: string, pending: Pending): void {
    pending.cancelTimer();
    this.#pending.delete(key);
    const count = Math.min(MOST_STALE_ACKS, pending.sent - pending.answered);
    if (count > 0)
      this.#staleAcks.set(key, { count, untilMs: this.#port.clock.monotonicMs() + STALE_ACK_MS });
  }

  #takeStale(key: string): { count: number; untilMs: number } {
    const nowMs = this.#port.clock.monotonicMs();
    for (const [other, { untilMs }] of this.#staleAcks) if (untilMs <= nowMs) this.#staleAcks.delete(other);
    const stale = this.#staleAcks.get(key) ?? { count: 0, untilMs: 0 };
    this.#staleAcks.delete(key);
    return stale;
  }
}

function keyOf(systemId: number, componentId: number, command: number): string {
  return `${systemId}/${componentId}/${command}`;
}

function requireSound(request: CommandRequest): void {
  requireOneTarget(request);
  if (request.parameters.length !== 7) throw new RangeError('A command has seven parameters.');
  const place = request.asInt;
  if (place === undefined) return;
  const sound =
    Math.abs(place.latitudeDeg) <= 90 &&
    Math.abs(place.longitudeDeg) <= 180 &&
    Number.isFinite(place.altitudeM);
  if (!sound) throw new RangeError('The position of the command is not a position.');
}

/** In which the vehicle may take what it refused in this form; null: in none. */
function otherForm({ request, form }: Pending, result: number): Form | null {
  if (form === 'LONG') return result === MAV_RESULT.COMMAND_INT_ONLY ? 'INT' : null;
  const refused = result === MAV_RESULT.COMMAND_LONG_ONLY || result === MAV_RESULT.UNSUPPORTED;
  return form === 'INT' && refused && request.asInt?.sameAsLong === true ? 'LONG' : null;
}

function sendRequest(port: ProtocolPort, request: CommandRequest, form: Form, confirmation: number): void {
  const { systemId: targetSystem, componentId: targetComponent, command, asInt: place } = request;
  const [param1 = 0, param2 = 0, param3 = 0, param4 = 0, ...last] = request.parameters;
  const [param5 = 0, param6 = 0, param7 = 0] =
    place === undefined ? last : [place.latitudeDeg, place.longitudeDeg, place.altitudeM];
  const common = { targetSystem, targetComponent, command, param1, param2, param3, param4 };
  if (request.asSetMode !== undefined) {
    port.send(SET_MODE, { targetSystem, ...request.asSetMode });
  } else if (form === 'LONG') {
    port.send(COMMAND_LONG, { ...common, param5, param6, param7, confirmation });
  } else {
    const scale = place === undefined ? 1 : 1e7;
    port.send(COMMAND_INT, {
      ...common,
      frame: place?.frame ?? MAV_FRAME.GLOBAL,
      current: 0,
      autocontinue: 0,
      x: Number.isNaN(param5) ? INT_NOT_GIVEN : Math.round(param5 * scale),
      y: Number.isNaN(param6) ? INT_NOT_GIVEN : Math.round(param6 * scale),
      z: param7,
    });
  }
}

const RESULT_TEXTS: Readonly<Record<number, string>> = {
  [MAV_RESULT.TEMPORARILY_REJECTED]: 'The vehicle cannot do this now. Wait and try again.',
  [MAV_RESULT.DENIED]: 'The vehicle does not allow this with these values.',
  [MAV_RESULT.UNSUPPORTED]: 'The vehicle does not know this command.',
  [MAV_RESULT.FAILED]: 'The vehicle tried and failed. Look at its messages.',
  [MAV_RESULT.CANCELLED]: 'The vehicle cancelled the command.',
  [MAV_RESULT.COMMAND_LONG_ONLY]: 'The vehicle takes this command only as COMMAND_LONG.',
  [MAV_RESULT.COMMAND_INT_ONLY]: 'The vehicle takes this command only as COMMAND_INT.',
  [MAV_RESULT.COMMAND_UNSUPPORTED_MAV_FRAME]: 'The vehicle does not support this altitude reference.',
  [MAV_RESULT.NOT_IN_CONTROL]: 'Another station is in control of the vehicle.',
};

function resultText(result: number): string {
  return RESULT_TEXTS[result] ?? `The vehicle refused with result ${result}, which is not in the standard.`;
}
