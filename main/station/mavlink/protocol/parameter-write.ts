import type { Frame } from '../frame.ts';
import { PARAM_REQUEST_READ, PARAM_VALUE } from '../generated/messages.ts';
import {
  type Parameter,
  type ParameterEncoding,
  parameterSetIn,
  problemWithValue,
  readParameterValue,
  sameParameterValue,
} from './parameter-value.ts';
import type { ProtocolPort } from './protocol-port.ts';

const ANSWER_TIMEOUT_MS = 1_500;
const TRIES = 4;
/** Values that differ may be late answers to an earlier question; so often asked, they are what the vehicle holds. */
const MOST_SETS = 3;
/** Asks by name. */
const NO_INDEX = -1;

export type ParameterWriteOutcome =
  /** Read back after it was set. `before` is what it was. */
  | { readonly state: 'DONE'; readonly parameter: Parameter; readonly before: number }
  | { readonly state: 'REFUSED'; readonly sentence: string }
  /** No answer: what the vehicle holds is not known. */
  | { readonly state: 'UNKNOWN'; readonly sentence: string };

type Step = 'ASKING' | 'SETTING' | 'CHECKING';

/**
 * Reads one parameter by its name, or sets it and reads it back (https://mavlink.io/en/services/parameter.html).
 *
 * ```
 *          silent 1.5 s: ask again       silent: set again         silent: ask again
 *             +----+                       +----+                    +----+
 *             v    |                       v    |                    v    |
 *  start --> ASKING --- its value -----> SETTING --- a value -----> CHECKING --- the value set ----------> DONE
 *             | |                          ^                         |   |
 *             | +-- only to be read: DONE  +--- another, 2 times ----+   +--- another, third time ---> REFUSED
 *             +--------------- 4 silences in one of them ----------------------------------------> UNKNOWN
 * ```
 */
export class ParameterExchange {
  readonly name: string;
  readonly #port: ProtocolPort;
  readonly #target: { readonly systemId: number; readonly componentId: number };
  readonly #encoding: ParameterEncoding;
  /** Null: only read. */
  readonly #wanted: number | null;
  readonly #onEnd: (outcome: ParameterWriteOutcome) => void;
  #step: Step = 'ASKING';
  #before: Parameter | null = null;
  #tries = 0;
  #sets = 0;
  #cancelTimer: () => void = () => {};

  constructor(parts: {
    port: ProtocolPort;
    target: { readonly systemId: number; readonly componentId: number };
    encoding: ParameterEncoding;
    name: string;
    wanted: number | null;
    onEnd: (outcome: ParameterWriteOutcome) => void;
  }) {
    this.name = parts.name;
    this.#port = parts.port;
    this.#target = parts.target;
    this.#encoding = parts.encoding;
    this.#wanted = parts.wanted;
    this.#onEnd = parts.onEnd;
  }

  start(): void {
    this.#go('ASKING');
  }

  receive(frame: Frame): void {
    const { paramId: name, paramType: type } = PARAM_VALUE.read(frame);
    if (name !== this.name) return;
    const parameter: Parameter = { name, type, value: readParameterValue(frame, type, this.#encoding) };
    if (this.#step === 'ASKING') this.#asked(parameter);
    else if (this.#step === 'SETTING') this.#go('CHECKING');
    else this.#checked(parameter);
  }

  stop(): void {
    this.#cancelTimer();
  }

  /** Ends it without an answer. */
  giveUp(): void {
    const set = this.#sets > 0;
    this.#end({
      state: 'UNKNOWN',
      sentence: set
        ? `The vehicle did not confirm ${this.name}. Whether it changed is not known: read it again.`
        : `The vehicle does not answer the question for ${this.name}. It may not have it. Nothing was changed.`,
    });
  }

  #asked(parameter: Parameter): void {
    this.#before = parameter;
    if (this.#wanted === null) {
      this.#end({ state: 'DONE', parameter, before: parameter.value });
      return;
    }
    const problem = problemWithValue(parameter.type, this.#wanted, this.#encoding);
    if (problem === null) this.#go('SETTING');
    else this.#end({ state: 'REFUSED', sentence: `${this.name} must be ${problem}. Nothing was changed.` });
  }

  #checked(parameter: Parameter): void {
    const wanted = this.#wanted ?? parameter.value;
    if (sameParameterValue(parameter.type, parameter.value, wanted)) {
      this.#end({ state: 'DONE', parameter, before: this.#before?.value ?? parameter.value });
    } else if (this.#sets < MOST_SETS) {
      this.#go('SETTING');
    } else {
      this.#end({
        state: 'REFUSED',
        sentence: `The vehicle keeps ${this.name} at ${parameter.value}. It does not take ${wanted}: it may be out of range, or not to be changed.`,
      });
    }
  }

  #go(step: Step): void {
    this.#step = step;
    this.#tries = 0;
    if (step === 'SETTING') this.#sets++;
    this.#send();
  }

  #send(): void {
    this.#cancelTimer();
    if (this.#tries === TRIES) {
      this.giveUp();
      return;
    }
    this.#tries++;
    this.#cancelTimer = this.#port.clock.after(ANSWER_TIMEOUT_MS, () => this.#send());
    const address = { targetSystem: this.#target.systemId, targetComponent: this.#target.componentId };
    try {
      if (this.#step === 'SETTING')
        this.#port.send(parameterSetIn(this.#encoding), {
          ...address,
          paramId: this.name,
          paramType: this.#before?.type ?? 0,
          paramValue: this.#wanted ?? 0,
        });
      else this.#port.send(PARAM_REQUEST_READ, { ...address, paramId: this.name, paramIndex: NO_INDEX });
    } catch {
      // The link is away at this moment: the next try, or silence, decides.
    }
  }

  #end(outcome: ParameterWriteOutcome): void {
    this.#cancelTimer();
    this.#onEnd(outcome);
  }
}
