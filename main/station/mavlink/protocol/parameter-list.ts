import type { Frame } from '../frame.ts';
import {
  PARAM_REQUEST_LIST,
  PARAM_REQUEST_READ,
  PARAM_VALUE,
  type ParamValue,
} from '../generated/messages.ts';
import { type Parameter, type ParameterEncoding, readParameterValue } from './parameter-value.ts';
import type { ProtocolPort } from './protocol-port.ts';

export const MOST_PARAMETERS = 5_000;
const TICK_MS = 100;
const ANSWER_TIMEOUT_MS = 1_500;
const LIST_TRIES = 5;
/** Without a new index for so long, the vehicle's own sending of the list is over. */
const STREAM_SILENT_MS = 1_000;
/** So far behind the newest index, what is missing is lost and not merely overtaken. */
const OVERTAKEN = 8;
const MOST_ASKED_AT_ONCE = 16;
/** A question is repeated after four times the usual delay of an answer, within these bounds. */
const SHORTEST_REPEAT_MS = 300;
const INDEX_TRIES = 12;
const MOST_RECOUNTS = 3;

/** What the vehicle gives as index when it volunteers a value outside the list. */
const NO_INDEX = 65_535;

export type ParameterListOutcome =
  | {
      readonly state: 'DONE';
      readonly parameters: readonly Parameter[];
      /** As the vehicle gives it for exactly these; null or missing: it gives none. */
      readonly hash?: number | null;
    }
  | { readonly state: 'FAILED'; readonly sentence: string };

/**
 * Reads the whole list of parameters (https://mavlink.io/en/services/parameter.html, section Read all parameters).
 *
 * ```
 *        silent 1.5 s: ask again      each 0.1 s: ask anew for what was passed over, at most 16 indices at a time
 *            +----+                        +----+
 *            v    |                        v    |
 *  start --> ASKED ---- first value ----> FILLING ---- every index is there ------------------> DONE
 *            |      (tells the count)      |  |  ^
 *            |                             |  +--+ another count, three times: begin anew
 *            |                             +------ count still changes, or above 5,000 -------> FAILED
 *            |                             +------ an index does not come, asked 12 times ----> FAILED
 *            +---- 5 silences ----------------------------------------------------------------> FAILED
 * ```
 */
export class ParameterList {
  readonly #port: ProtocolPort;
  readonly #target: { readonly systemId: number; readonly componentId: number };
  readonly #encoding: ParameterEncoding;
  readonly #onProgress: (percent: number) => void;
  readonly #onEnd: (outcome: ParameterListOutcome) => void;
  #stopTicking: () => void = () => {};
  #parameters: (Parameter | undefined)[] = [];
  #indexByName = new Map<string, number>();
  #count: number | null = null;
  #received = 0;
  #highest = -1;
  #recounts = 0;
  #listTries = 0;
  #listAskedMs = Number.NEGATIVE_INFINITY;
  #advancedMs = 0;
  readonly #asked = new Map<number, { atMs: number; tries: number }>();
  #delayMs = ANSWER_TIMEOUT_MS / 4;

  constructor(parts: {
    port: ProtocolPort;
    target: { readonly systemId: number; readonly componentId: number };
    encoding: ParameterEncoding;
    onProgress: (percent: number) => void;
    onEnd: (outcome: ParameterListOutcome) => void;
  }) {
    this.#port = parts.port;
    this.#target = parts.target;
    this.#encoding = parts.encoding;
    this.#onProgress = parts.onProgress;
    this.#onEnd = parts.onEnd;
  }

  start(): void {
    this.#stopTicking = this.#port.clock.every(TICK_MS, () => this.#tick());
    this.#tick();
  }

  receive(frame: Frame): void {
    if (frame.messageId !== PARAM_VALUE.id) return;
    const value = PARAM_VALUE.read(frame);
    if (value.paramIndex === NO_INDEX) {
      this.#update(value, frame);
      return;
    }
    if (!this.#agreesOnCount(value)) return;
    this.#take(value, frame);
    if (this.#received === this.#count) this.#done();
  }

  stop(): void {
    this.#stopTicking();
  }

  /** A value that changes while the list is read. */
  #update({ paramId: name, paramType: type }: ParamValue, frame: Frame): void {
    const index = this.#indexByName.get(name);
    if (index === undefined) return;
    this.#parameters[index] = { name, type, value: readParameterValue(frame, type, this.#encoding) };
  }

  #agreesOnCount({ paramCount, paramIndex, paramId }: ParamValue): boolean {
    if (paramCount > MOST_PARAMETERS) {
      const said = paramCount.toLocaleString('en');
      this.#fail(
        `The vehicle says it has ${said} parameters. More than ${MOST_PARAMETERS.toLocaleString('en')} are not read. Check its firmware.`,
      );
      return false;
    }
    if (paramIndex >= paramCount || paramId === '') return false;
    const held = this.#parameters[paramIndex];
    if (this.#count === paramCount && (held === undefined || held.name === paramId)) return true;
    if (this.#count === null) {
      this.#count = paramCount;
      return true;
    }
    return this.#recount(paramCount);
  }

  /** Some parameters appear when others are switched on, which moves the indices: what was read no longer fits. */
  #recount(count: number): boolean {
    if (this.#recounts === MOST_RECOUNTS) {
      this.#fail(
        `The vehicle's list of parameters keeps changing while it is read: now ${count.toLocaleString('en')}, before ${String(this.#count)}. Leave it alone for a minute, then read again.`,
      );
      return false;
    }
    this.#recounts++;
    this.#count = null;
    this.#received = 0;
    this.#highest = -1;
    this.#parameters = [];
    this.#indexByName = new Map();
    this.#asked.clear();
    this.#listTries = 0;
    this.#askForList();
    return false;
  }

  #take({ paramIndex, paramId: name, paramType: type }: ParamValue, frame: Frame): void {
    const nowMs = this.#port.clock.monotonicMs();
    const question = this.#asked.get(paramIndex);
    if (question?.tries === 1) this.#delayMs += (nowMs - question.atMs - this.#delayMs) / 4;
    this.#asked.delete(paramIndex);
    if (this.#parameters[paramIndex] === undefined) this.#received++;
    this.#parameters[paramIndex] = { name, type, value: readParameterValue(frame, type, this.#encoding) };
    this.#indexByName.set(name, paramIndex);
    if (paramIndex > this.#highest) {
      this.#highest = paramIndex;
      this.#advancedMs = nowMs;
    }
    this.#onProgress(Math.floor((100 * this.#received) / (this.#count ?? 1)));
  }

  #tick(): void {
    const nowMs = this.#port.clock.monotonicMs();
    try {
      if (this.#count !== null) this.#askForMissing(this.#count, nowMs);
      else if (nowMs - this.#listAskedMs >= ANSWER_TIMEOUT_MS) {
        if (this.#listTries === LIST_TRIES)
          this.#fail(
            'The vehicle does not answer the question for its parameters. Check the link, then read again.',
          );
        else this.#askForList();
      }
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error));
    }
  }

  #askForList(): void {
    const nowMs = this.#port.clock.monotonicMs();
    this.#listTries++;
    this.#listAskedMs = nowMs;
    this.#advancedMs = nowMs;
    const { systemId, componentId } = this.#target;
    this.#port.send(PARAM_REQUEST_LIST, { targetSystem: systemId, targetComponent: componentId });
  }

  #askForMissing(count: number, nowMs: number): void {
    const streaming = nowMs - this.#advancedMs < STREAM_SILENT_MS;
    const end = streaming ? this.#highest - OVERTAKEN : count;
    const repeatMs = Math.min(ANSWER_TIMEOUT_MS, Math.max(SHORTEST_REPEAT_MS, 4 * this.#delayMs));
    let waiting = 0;
    for (const { atMs } of this.#asked.values()) if (nowMs - atMs < repeatMs) waiting++;
    for (let index = 0; index < end && waiting < MOST_ASKED_AT_ONCE; index++) {
      if (this.#parameters[index] !== undefined) continue;
      const before = this.#asked.get(index);
      if (before !== undefined && nowMs - before.atMs < repeatMs) continue;
      if (before?.tries === INDEX_TRIES) {
        const missing = (count - this.#received).toLocaleString('en');
        this.#fail(
          `${missing} of the vehicle's ${count.toLocaleString('en')} parameters do not come. Check the link, then read again.`,
        );
        return;
      }
      this.#ask(index, (before?.tries ?? 0) + 1, nowMs);
      waiting++;
    }
  }

  #ask(index: number, tries: number, nowMs: number): void {
    this.#asked.set(index, { atMs: nowMs, tries });
    const { systemId, componentId } = this.#target;
    this.#port.send(PARAM_REQUEST_READ, {
      targetSystem: systemId,
      targetComponent: componentId,
      paramIndex: index,
      paramId: '',
    });
  }

  #done(): void {
    this.stop();
    this.#onEnd({ state: 'DONE', parameters: this.#parameters.filter((one) => one !== undefined) });
  }

  #fail(sentence: string): void {
    this.stop();
    this.#onEnd({ state: 'FAILED', sentence });
  }
}
