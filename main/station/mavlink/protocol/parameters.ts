import type { Frame } from '../frame.ts';
import { PARAM_VALUE } from '../generated/messages.ts';
import { ParameterList, type ParameterListOutcome } from './parameter-list.ts';
import type { Parameter, ParameterEncoding } from './parameter-value.ts';
import { ParameterExchange, type ParameterWriteOutcome } from './parameter-write.ts';
import { type ProtocolPort, requireOneTarget } from './protocol-port.ts';

/** The name under which PX4 gives the hash of its whole list. */
const HASH_NAME = '_HASH_CHECK';
/** Names travel in 16 bytes. */
const NAME = /^[\x21-\x7e]{1,16}$/;

export interface ListRequest {
  readonly encoding: ParameterEncoding;
  /** The vehicle can tell the hash of its list: one that is known already is not read again. */
  readonly offersHash: boolean;
  /** 0–100. */
  readonly onProgress?: (percent: number) => void;
  readonly signal?: AbortSignal;
}

/** Lists by their hash: those of one vehicle, the newest last. */
const MOST_REMEMBERED = 4;

/** The parameters of one component. One list at a time; of one name, one change at a time. */
export class ParameterProtocol {
  readonly #port: ProtocolPort;
  readonly #target: { readonly systemId: number; readonly componentId: number };
  #list: { machine: ParameterList; end: (outcome: ParameterListOutcome) => void } | null = null;
  #listing = false;
  readonly #exchanges = new Map<string, ParameterExchange>();
  readonly #byHash = new Map<number, readonly Parameter[]>();

  /** Throws RangeError for target 0. */
  constructor(port: ProtocolPort, target: { readonly systemId: number; readonly componentId: number }) {
    requireOneTarget(target);
    this.#port = port;
    this.#target = target;
  }

  async list(request: ListRequest): Promise<ParameterListOutcome> {
    if (this.#listing) return failed('The parameters of this vehicle are being read already. Wait for them.');
    this.#listing = true;
    try {
      const hash = request.offersHash ? await this.#hash(request.encoding) : null;
      const known = hash === null ? undefined : this.#byHash.get(hash);
      if (known !== undefined) return { state: 'DONE', parameters: known, hash };
      const outcome = await this.#read(request);
      // Taken before the list, so that a change in between makes the next reading a whole one.
      if (outcome.state === 'DONE' && hash !== null) this.remember(hash, outcome.parameters);
      return outcome.state === 'DONE' ? { ...outcome, hash } : outcome;
    } finally {
      this.#listing = false;
    }
  }

  /** Sets a parameter and reads it back. */
  write(name: string, value: number, encoding: ParameterEncoding): Promise<ParameterWriteOutcome> {
    return this.#exchange(name, value, encoding);
  }

  receive(frame: Frame): void {
    if (frame.messageId !== PARAM_VALUE.id) return;
    if (frame.systemId !== this.#target.systemId || frame.componentId !== this.#target.componentId) return;
    this.#list?.machine.receive(frame);
    for (const exchange of [...this.#exchanges.values()]) exchange.receive(frame);
  }

  /** Ends what runs. */
  close(): void {
    this.#list?.end(failed('Broken off.'));
    for (const exchange of [...this.#exchanges.values()]) exchange.giveUp();
  }

  #read({ encoding, onProgress = () => {}, signal }: ListRequest): Promise<ParameterListOutcome> {
    if (signal?.aborted === true) return Promise.resolve(failed('Broken off.'));
    return new Promise((resolve) => {
      const breakOff = (): void => end(failed('Broken off.'));
      const end = (outcome: ParameterListOutcome): void => {
        this.#list?.machine.stop();
        this.#list = null;
        signal?.removeEventListener('abort', breakOff);
        resolve(outcome);
      };
      signal?.addEventListener('abort', breakOff);
      const machine = new ParameterList({
        port: this.#port,
        target: this.#target,
        encoding,
        onProgress,
        onEnd: end,
      });
      this.#list = { machine, end };
      machine.start();
    });
  }

  async #hash(encoding: ParameterEncoding): Promise<number | null> {
    const outcome = await this.#exchange(HASH_NAME, null, encoding);
    return outcome.state === 'DONE' ? outcome.parameter.value : null;
  }

  #exchange(
    name: string,
    wanted: number | null,
    encoding: ParameterEncoding,
  ): Promise<ParameterWriteOutcome> {
    if (!NAME.test(name))
      return Promise.resolve({ state: 'REFUSED', sentence: `"${name}" is not the name of a parameter.` });
    if (this.#exchanges.has(name))
      return Promise.resolve({
        state: 'REFUSED',
        sentence: `${name} is being changed already. Wait for that.`,
      });
    return new Promise((resolve) => {
      const exchange = new ParameterExchange({
        port: this.#port,
        target: this.#target,
        encoding,
        name,
        wanted,
        onEnd: (outcome) => {
          this.#exchanges.delete(name);
          resolve(outcome);
        },
      });
      this.#exchanges.set(name, exchange);
      exchange.start();
    });
  }

  /** Those that the vehicle called by this hash, also at an earlier time. */
  remember(hash: number, parameters: readonly Parameter[]): void {
    this.#byHash.delete(hash);
    this.#byHash.set(hash, parameters);
    const [oldest] = this.#byHash.keys();
    if (this.#byHash.size > MOST_REMEMBERED && oldest !== undefined) this.#byHash.delete(oldest);
  }
}

function failed(sentence: string): ParameterListOutcome {
  return { state: 'FAILED', sentence };
}
