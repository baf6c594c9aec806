import { MavLinkPacketSignature, MavLinkProtocolV2, x25crc } from 'node-mavlink';
import type { ReceivedFrame } from './wire.ts';

const EPOCH_MS = MavLinkProtocolV2.SIGNATURE_START_TIME;
const UNITS_PER_MS = 100;
const ONE_MINUTE = 6_000_000;
const CHECKSUM_LENGTH = 2;
const SIGNED = MavLinkProtocolV2.IFLAG_SIGNED;
const RADIO_STATUS_ID = 109;
/** Of the link in this vehicle's own signatures. */
const LINK_ID = 1;
const KEY_LENGTH = 32;

export interface SimulatedSigning {
  /** Whether SETUP_SIGNING is obeyed. */
  readonly obeysSetup: boolean;
  /** 32 bytes that it begins with. */
  readonly key: Buffer | null;
}

/**
 * One vehicle's message signing, as an autopilot does it: with a key it signs all that it sends and hears nothing that
 * is not signed freshly with the same key.
 */
export class RadioSigning {
  readonly #obeysSetup: boolean;
  readonly #utcMs: () => number;
  #key: Buffer | null;
  #timestamp = 0;
  readonly #newest = new Map<number, number>();

  constructor(options: SimulatedSigning & { utcMs: () => number }) {
    this.#obeysSetup = options.obeysSetup;
    this.#key = options.key;
    this.#utcMs = options.utcMs;
  }

  /** SETUP_SIGNING: all zeros ends the signing. */
  setUp(secretKey: readonly number[], initialTimestamp: bigint): void {
    if (!this.#obeysSetup || secretKey.length !== KEY_LENGTH) return;
    this.#key = secretKey.every((byte) => byte === 0) ? null : Buffer.from(secretKey);
    this.#timestamp = Math.max(this.#timestamp, Number(initialTimestamp));
    this.#newest.clear();
  }

  sign(frame: Buffer, magic: number): Buffer {
    const key = this.#key;
    if (key === null) return frame;
    frame.writeUInt8(SIGNED, 2);
    frame.writeUInt16LE(x25crc(frame, 1, CHECKSUM_LENGTH, magic), frame.length - CHECKSUM_LENGTH);
    const signed = Buffer.concat([frame, Buffer.alloc(MavLinkPacketSignature.SIGNATURE_LENGTH)]);
    this.#timestamp = Math.max(this.#now(), this.#timestamp + 1);
    const signature = new MavLinkPacketSignature(signed);
    signature.linkId = LINK_ID;
    signature.timestamp = this.#timestamp;
    signature.signature = signature.calculate(key);
    return signed;
  }

  accepts({ bytes, signed, messageId, systemId, componentId }: ReceivedFrame): boolean {
    const key = this.#key;
    if (key === null) return true;
    if (!signed) return messageId === RADIO_STATUS_ID;
    const signature = new MavLinkPacketSignature(bytes);
    if (signature.calculate(key) !== signature.signature) return false;
    const { timestamp, linkId } = signature;
    const stream = (systemId << 16) | (componentId << 8) | linkId;
    const newest = this.#newest.get(stream);
    const known = Math.max(this.#now(), this.#timestamp);
    if (newest === undefined ? timestamp + ONE_MINUTE < known : timestamp <= newest) return false;
    this.#newest.set(stream, timestamp);
    this.#timestamp = Math.max(this.#timestamp, timestamp);
    return true;
  }

  #now(): number {
    return Math.round((this.#utcMs() - EPOCH_MS) * UNITS_PER_MS);
  }
}
