import type { Frame } from '../../mavlink/frame.ts';
import { MAV_PROTOCOL_CAPABILITY } from '../../mavlink/generated/enums.ts';
import { AUTOPILOT_VERSION, type AutopilotVersion, PARAM_VALUE } from '../../mavlink/generated/messages.ts';
import type { FtpClient } from '../../mavlink/protocol/ftp.ts';
import type { ParameterListOutcome } from '../../mavlink/protocol/parameter-list.ts';
import {
  LONGEST_PACK_BYTES,
  PARAMETER_PACK,
  readParameterPack,
} from '../../mavlink/protocol/parameter-pack.ts';
import { type Parameter, readParameterValue } from '../../mavlink/protocol/parameter-value.ts';
import type { ParameterWriteOutcome } from '../../mavlink/protocol/parameter-write.ts';
import type { ParameterProtocol } from '../../mavlink/protocol/parameters.ts';
import type { Clock } from '../../ports/clock.ts';
import type { AutopilotHabits } from '../autopilots/autopilot.ts';
import type { VehicleMemory } from './vehicle-memory.ts';

export interface HeldParameters {
  readonly parameters: readonly Parameter[];
  readonly readAtMs: number;
  /** False: they are of an earlier contact, and the vehicle was not asked since whether they still hold. */
  readonly verified: boolean;
}

interface Parts {
  readonly protocol: ParameterProtocol;
  readonly files: FtpClient;
  readonly componentId: number;
  readonly clock: Clock;
  readonly memory: VehicleMemory;
  readonly habits: () => AutopilotHabits;
  /** Called when it is another vehicle, or another firmware, than it was. */
  readonly identified: () => void;
}

interface Reading {
  readonly onProgress: (percent: number) => void;
  readonly signal: AbortSignal;
}

interface Identity {
  readonly name: string;
  readonly firmware: string;
}

const HASH_NAME = '_HASH_CHECK';
const DAMAGED = 'The parameters that were kept of this drone are damaged. They are read anew.';
const OTHER_FIRMWARE =
  'This drone has another firmware than when its parameters were read last. They are read anew.';
const OTHER_COUNT =
  'This drone has more or fewer parameters than when they were read last. They are read anew.';

/**
 * The parameters of one vehicle, across restarts of the station.
 *
 * ```
 *  NONE --- kept ones of this very vehicle and firmware ---> AS OF -- asked cheaply: the same, or read --> VERIFIED
 *    |  ^                                                     |  |                                          |
 *    |  +------- other firmware, other count, damaged: told, and wanted anew ------------------------------+
 *    +---------- read --------------------------------------------------------------------------------> VERIFIED
 *                                            AS OF <--------------- restarted, or out of hearing ---------+
 * ```
 *
 * Asked cheaply is PX4's hash of all of them, or ArduPilot's file that holds all of them, a tenth of the bytes.
 */
export class ParameterBook {
  readonly #parts: Parts;
  #held: HeldParameters | null = null;
  #hash: number | null = null;
  #identity: Identity | null = null;
  #servesFiles = false;
  #reading = false;
  /** Why those that were kept do not count; they are wanted anew. */
  #lost: string | null = null;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Null: not read yet. */
  get held(): HeldParameters | null {
    return this.#held;
  }

  /** What a person should know of them; null: nothing. */
  get note(): string | null {
    return this.#lost;
  }

  /** They should be read, or asked for, without anybody having to say so. */
  get wanted(): boolean {
    return this.#held === null ? this.#lost !== null : !this.#held.verified;
  }

  receive(frame: Frame): void {
    if (frame.componentId !== this.#parts.componentId) return;
    if (frame.messageId === AUTOPILOT_VERSION.id) this.#identify(frame, AUTOPILOT_VERSION.read(frame));
    else if (frame.messageId === PARAM_VALUE.id && !this.#reading) this.#overhear(frame);
  }

  /** Asks the vehicle for all of them, in the way that costs least. */
  async read(reading: Reading): Promise<ParameterListOutcome> {
    this.#reading = true;
    try {
      const outcome = (await this.#readPack(reading)) ?? (await this.#readList(reading));
      if (outcome.state === 'DONE') this.#hold(outcome.parameters, outcome.hash ?? null);
      return outcome;
    } finally {
      this.#reading = false;
    }
  }

  async set(name: string, value: number): Promise<ParameterWriteOutcome> {
    const { protocol, habits } = this.#parts;
    const outcome = await protocol.write(name, value, habits().parameterEncoding);
    if (outcome.state === 'DONE') this.#update(outcome.parameter);
    return outcome;
  }

  /** Null: the vehicle has no such file. */
  async #readPack({ signal, onProgress }: Reading): Promise<ParameterListOutcome | null> {
    const { files, habits } = this.#parts;
    if (!this.#servesFiles || habits().name !== 'ARDUPILOT') return null;
    const read = await files.readToEnd(PARAMETER_PACK, { limitBytes: LONGEST_PACK_BYTES, signal });
    if (signal.aborted) return { state: 'FAILED', sentence: 'Broken off.' };
    const parameters = read.state === 'DONE' ? readParameterPack(read.bytes) : null;
    if (parameters === null) return null;
    onProgress(100);
    return { state: 'DONE', parameters };
  }

  #readList({ signal, onProgress }: Reading): Promise<ParameterListOutcome> {
    const { protocol, habits } = this.#parts;
    const { parameterEncoding: encoding, offersParameterHash: offersHash } = habits();
    return protocol.list({ encoding, offersHash, onProgress, signal });
  }

  #hold(parameters: readonly Parameter[], hash: number | null): void {
    this.#held = { parameters, readAtMs: this.#parts.clock.nowMs(), verified: true };
    this.#hash = hash;
    this.#lost = null;
    this.#save();
  }

  #save(): void {
    if (this.#held === null || this.#identity === null) return;
    const { parameters, readAtMs } = this.#held;
    const { name, firmware } = this.#identity;
    void this.#parts.memory.saveParameters(name, { firmware, readAtMs, hash: this.#hash, parameters });
  }

  /** The vehicle restarted or was out of hearing: another station or a person beside it may have changed some. */
  doubt(): void {
    if (this.#held !== null) this.#held = { ...this.#held, verified: false };
  }

  /** They do not hold any more. */
  #lose(why: string): void {
    this.#held = null;
    this.#lost = why;
    if (this.#identity !== null) void this.#parts.memory.forgetParameters(this.#identity.name);
  }

  #identify(frame: Frame, version: AutopilotVersion): void {
    this.#servesFiles = (version.capabilities & BigInt(MAV_PROTOCOL_CAPABILITY.FTP)) !== 0n;
    const identity = identityOf(frame.systemId, version);
    const before = this.#identity;
    if (before?.name === identity.name && before.firmware === identity.firmware) return;
    this.#identity = identity;
    this.#parts.identified();
    if (before === null && this.#held !== null) {
      this.#save();
    } else if (before?.name === identity.name && this.#held !== null) {
      this.#lose(OTHER_FIRMWARE);
    } else {
      // Another vehicle under this system id: nothing of the one before is its.
      this.#held = null;
      this.#lost = null;
      void this.#recall(identity);
    }
  }

  async #recall(identity: Identity): Promise<void> {
    const kept = await this.#parts.memory.loadParameters(identity.name);
    if (kept === null || this.#identity !== identity || this.#held !== null) return;
    if (kept === 'DAMAGED') {
      this.#lose(DAMAGED);
      return;
    }
    if (kept.firmware !== identity.firmware) {
      this.#lose(OTHER_FIRMWARE);
      return;
    }
    this.#held = { parameters: kept.parameters, readAtMs: kept.readAtMs, verified: false };
    this.#hash = kept.hash;
    if (kept.hash !== null) this.#parts.protocol.remember(kept.hash, kept.parameters);
  }

  /** What the vehicle says of single parameters, to whomever. */
  #overhear(frame: Frame): void {
    if (this.#held === null) return;
    const { paramId: name, paramType: type, paramCount } = PARAM_VALUE.read(frame);
    if (paramCount !== this.#held.parameters.length) {
      // Of the hash, which is not one of them, PX4 gives the count of those in use.
      if (name !== HASH_NAME) this.#lose(OTHER_COUNT);
      return;
    }
    const { parameterEncoding } = this.#parts.habits();
    this.#update({ name, type, value: readParameterValue(frame, type, parameterEncoding) });
  }

  #update(parameter: Parameter): void {
    const held = this.#held?.parameters.find(({ name }) => name === parameter.name);
    if (this.#held === null || held === undefined || Object.is(held.value, parameter.value)) return;
    const parameters = this.#held.parameters.map((known) => (known === held ? parameter : known));
    this.#held = { ...this.#held, parameters };
    // What the vehicle calls the list now is not known.
    this.#hash = null;
    this.#save();
  }
}

/** By the board's own number; where it gives none, by what is next best. */
function identityOf(systemId: number, version: AutopilotVersion): Identity {
  const uid2 = hex(version.uid2);
  const board = `${version.boardVersion}-${version.vendorId}-${version.productId}-${version.uid}`;
  return {
    name: /[^0]/.test(uid2) ? `uid2-${uid2}` : `system-${systemId}-board-${board}`,
    firmware: `${version.flightSwVersion}-${hex(version.flightCustomVersion)}`,
  };
}

function hex(bytes: readonly number[]): string {
  return Buffer.from(bytes).toString('hex');
}
