import { createHash, timingSafeEqual } from 'node:crypto';
import { CRC_START, crcOf, crcOfByte } from './crc.ts';
import { INCOMPAT_SIGNED, SIGNATURE_LENGTH, START_V2 } from './frame.ts';
import { crcExtraOf } from './message-layouts.ts';

/** MAVLink 2 message signing (https://mavlink.io/en/guide/message_signing.html). */
export const KEY_LENGTH = 32;
const DIGEST_LENGTH = 6;
const HEADER_LENGTH = 10;
const CRC_LENGTH = 2;
const EPOCH_MS = Date.UTC(2015, 0, 1);
const UNITS_PER_MS = 100;
/** A new stream may begin this far behind the newest time known: one minute in units of 10 us. */
const TOO_OLD = 6_000_000;
/** As many senders and links of one vehicle as are told apart. More are refused, so that none is forgotten. */
const MOST_STREAMS = 64;

/** Signing time in units of 10 us since 2015-01-01 UTC: below 2^48 for the next 80 years. */
export function signingTime(nowMs: number): number {
  return Math.max(0, Math.round((nowMs - EPOCH_MS) * UNITS_PER_MS));
}

export function signingUnits(durationMs: number): number {
  return Math.round(durationMs * UNITS_PER_MS);
}

/** Times for what is sent: each later than the one before, however many are asked for at one moment. */
export class SigningTimes {
  #last: number;

  constructor(last = 0) {
    this.#last = last;
  }

  get last(): number {
    return this.#last;
  }

  next(nowMs: number): number {
    this.#last = Math.max(signingTime(nowMs), this.#last + 1);
    return this.#last;
  }

  /** Somebody who holds the key is ahead of this clock: stay ahead of them, or they would not listen. */
  raise(timestamp: number): void {
    this.#last = Math.max(this.#last, timestamp);
  }
}

/** The frame with a signature. Refuses (RangeError) what is no unsigned MAVLink 2 frame of a known message. */
export function signFrame(
  unsigned: Uint8Array,
  key: Uint8Array,
  linkNumber: number,
  timestamp: number,
): Uint8Array {
  const payloadEnd = HEADER_LENGTH + (unsigned[1] ?? 0);
  const [, , , , , , , low = 0, middle = 0, high = 0] = unsigned;
  const crcExtra = crcExtraOf(low | (middle << 8) | (high << 16));
  const sound =
    unsigned[0] === START_V2 &&
    unsigned[2] === 0 &&
    unsigned.length === payloadEnd + CRC_LENGTH &&
    crcExtra >= 0;
  if (!sound) throw new RangeError('Only an unsigned MAVLink 2 frame of a known message can be signed.');
  const signed = new Uint8Array(unsigned.length + SIGNATURE_LENGTH);
  signed.set(unsigned);
  signed[2] = INCOMPAT_SIGNED;
  const crc = crcOfByte(crcExtra, crcOf(signed, 1, payloadEnd, CRC_START));
  signed[payloadEnd] = crc;
  signed[payloadEnd + 1] = crc >>> 8;
  const trailer = new DataView(signed.buffer, unsigned.length);
  trailer.setUint8(0, linkNumber);
  trailer.setUint32(1, timestamp % 2 ** 32, true);
  trailer.setUint16(5, Math.floor(timestamp / 2 ** 32), true);
  signed.set(digestOf(signed, key), signed.length - DIGEST_LENGTH);
  return signed;
}

export interface SignatureStamp {
  readonly linkNumber: number;
  readonly timestamp: number;
}

/** What a signed frame says of when and where it was signed; true only if the signature is right. */
export function stampOf(signed: Uint8Array): SignatureStamp {
  const trailer = new DataView(signed.buffer, signed.byteOffset + signed.length - SIGNATURE_LENGTH);
  return {
    linkNumber: trailer.getUint8(0),
    timestamp: trailer.getUint32(1, true) + trailer.getUint16(5, true) * 2 ** 32,
  };
}

/** Whether the holder of the key signed this frame: whole, signature included, checksum already found right. */
export function signatureIsRight(signed: Uint8Array, key: Uint8Array): boolean {
  return timingSafeEqual(digestOf(signed, key), signed.subarray(signed.length - DIGEST_LENGTH));
}

function digestOf(signed: Uint8Array, key: Uint8Array): Uint8Array {
  const hash = createHash('sha256');
  hash.update(key).update(signed.subarray(0, signed.length - DIGEST_LENGTH));
  return hash.digest().subarray(0, DIGEST_LENGTH);
}

export type StampVerdict = 'FRESH' | 'REPLAYED' | 'TOO_OLD';

/**
 * Protection against replays for the holders of one key: each (component, link) only moves forward in time. Kept over
 * restarts by `entries`.
 */
export class SigningStreams {
  readonly #newest: Map<number, number>;

  constructor(entries: Iterable<readonly [stream: number, timestamp: number]> = []) {
    this.#newest = new Map(entries);
  }

  /** To be asked only for a frame whose signature is right. `knownTime` is the newest time known at the station. */
  accept(componentId: number, { linkNumber, timestamp }: SignatureStamp, knownTime: number): StampVerdict {
    const stream = componentId * 256 + linkNumber;
    const newest = this.#newest.get(stream);
    if (newest === undefined && (timestamp + TOO_OLD < knownTime || this.#newest.size >= MOST_STREAMS))
      return 'TOO_OLD';
    if (newest !== undefined && timestamp <= newest) return 'REPLAYED';
    this.#newest.set(stream, timestamp);
    return 'FRESH';
  }

  entries(): [stream: number, timestamp: number][] {
    return [...this.#newest];
  }
}
