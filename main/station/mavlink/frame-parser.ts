import { CRC_START, crcOf, crcOfByte, someExtraLeadsTo } from './crc.ts';
import {
  type Frame,
  INCOMPAT_SIGNED,
  MAX_FRAME_LENGTH,
  MAX_PAYLOAD_LENGTH,
  SIGNATURE_LENGTH,
  START_V1,
  START_V2,
} from './frame.ts';
import { crcExtraOf, MIN_LENGTHS, UNKNOWN } from './message-layouts.ts';

/** What one link has brought so far. */
export interface FrameCounters {
  /** Handed to `onFrame`. */
  frames: number;
  /** A frame where one was due, but its checksum is wrong. */
  badCrc: number;
  /** Whole frames of messages the station does not know: handed to `onUnknown`. */
  unknownIds: number;
  /** Whole frames with an incompatibility flag the station does not know: refused, as the standard demands. */
  refusedFlags: number;
  /** MAVLink 1 frames shorter than their message, checksum right: a foreign dialect, refused. */
  wrongLength: number;
  /** Datagrams that ended inside a frame. */
  truncated: number;
  /** Bytes that belong to no whole frame. */
  noiseBytes: number;
}

/** What was found at a place in the bytes, when it was not a frame of so many bytes. */
const INCOMPLETE = 0;
const NOT_A_FRAME = -1;

const NO_BYTES = new Uint8Array(0);

class ParsedFrame implements Frame {
  version: 1 | 2 = 2;
  incompatFlags = 0;
  compatFlags = 0;
  sequence = 0;
  systemId = 0;
  componentId = 0;
  messageId = 0;
  signed = false;
  payloadLength = 0;
  /** The chunk the frame lies in, while it is handed out. */
  chunk: Uint8Array = NO_BYTES;
  start = 0;
  end = 0;
  readonly payloadBytes = new Uint8Array(MAX_PAYLOAD_LENGTH + 1);
  readonly payload = new DataView(this.payloadBytes.buffer);
  /** Bytes of `payloadBytes` that may not be zero. */
  #used = 0;

  get bytes(): Uint8Array {
    return this.chunk.subarray(this.start, this.end);
  }

  copyInto(target: Uint8Array, at: number): number {
    const { chunk, start, end } = this;
    for (let index = start; index < end; index++) target[at + index - start] = chunk[index] as number;
    return end - start;
  }

  /** Copies the payload and zeroes what an earlier frame left behind it. */
  take(from: number, length: number): void {
    const { chunk, payloadBytes } = this;
    for (let index = 0; index < length; index++) payloadBytes[index] = chunk[from + index] as number;
    for (let index = length; index < this.#used; index++) payloadBytes[index] = 0;
    this.#used = length;
    this.payloadLength = length;
  }
}

/**
 * Cuts a link's bytes into frames, MAVLink 1 and 2, in one pass.
 *
 * A frame counts when its checksum is right. Otherwise the search goes on one byte further, so that a broken length
 * swallows nothing. A frame of an unknown message has no known CRC_EXTRA; it counts when any of the 256 possible ones
 * would make its checksum right, which noise passes once in 256 times. At most one incomplete frame is carried from
 * chunk to chunk, as a copy; no chunk is kept.
 */
export class FrameParser {
  readonly #onFrame: (frame: Frame) => void;
  readonly #onUnknown: (bytes: Uint8Array) => void;
  readonly #frame = new ParsedFrame();
  readonly #carry = new Uint8Array(2 * MAX_FRAME_LENGTH);
  #carried = 0;
  /** The place searched is where a frame is due: nothing was skipped since the last one. */
  #inStep = true;
  readonly counters: FrameCounters = {
    frames: 0,
    badCrc: 0,
    unknownIds: 0,
    refusedFlags: 0,
    wrongLength: 0,
    truncated: 0,
    noiseBytes: 0,
  };

  /**
   * `onUnknown` gets whole frames of unknown messages, for forwarding and recording; the bytes hold only during the
   * call. Neither callback may push into the same parser.
   */
  constructor(onFrame: (frame: Frame) => void, onUnknown: (bytes: Uint8Array) => void = () => {}) {
    this.#onFrame = onFrame;
    this.#onUnknown = onUnknown;
  }

  /** Takes the next bytes of the link, in order. `chunk` may be reused when the call returns. */
  push(chunk: Uint8Array): void {
    let start = 0;
    if (this.#carried > 0) {
      const before = this.#carried;
      this.#carried = 0;
      const added = Math.min(chunk.length, MAX_FRAME_LENGTH);
      for (let index = 0; index < added; index++) this.#carry[before + index] = chunk[index] as number;
      const stopped = this.#search(this.#carry, 0, before + added, before);
      if (stopped < before) {
        this.#carry.copyWithin(0, stopped, before + added);
        this.#carried = before + added - stopped;
        return;
      }
      start = stopped - before;
    }
    const stopped = this.#search(chunk, start, chunk.length, chunk.length);
    for (let index = stopped; index < chunk.length; index++)
      this.#carry[index - stopped] = chunk[index] as number;
    this.#carried = chunk.length - stopped;
  }

  /** Frames do not reach across datagrams: what is incomplete now stays so, but whole frames may lie inside it. */
  endOfDatagram(): void {
    if (this.#carried > 0) {
      const end = this.#carried;
      this.#carried = 0;
      this.counters.truncated++;
      for (let at = 0; at < end; ) {
        this.#inStep = false;
        this.counters.noiseBytes++;
        at = this.#search(this.#carry, at + 1, end, end);
      }
    }
    this.#inStep = true;
  }

  /**
   * Takes frames that start before `limit`. Returns where it stopped: at or behind `limit`, or at the start of an
   * incomplete frame.
   */
  #search(bytes: Uint8Array, start: number, end: number, limit: number): number {
    let at = start;
    while (at < limit) {
      const first = bytes[at];
      const taken =
        first === START_V2
          ? this.#takeV2(bytes, at, end)
          : first === START_V1
            ? this.#takeV1(bytes, at, end)
            : NOT_A_FRAME;
      if (taken === INCOMPLETE) return at;
      if (taken === NOT_A_FRAME) {
        if (this.#inStep && (first === START_V2 || first === START_V1)) this.counters.badCrc++;
        this.counters.noiseBytes++;
        this.#inStep = false;
        at++;
      } else {
        this.#inStep = true;
        at += taken;
      }
    }
    return at;
  }

  #takeV2(bytes: Uint8Array, at: number, end: number): number {
    if (end - at < 12) return INCOMPLETE;
    const payloadLength = bytes[at + 1] as number;
    const incompatFlags = bytes[at + 2] as number;
    const signed = (incompatFlags & INCOMPAT_SIGNED) !== 0;
    const length = 12 + payloadLength + (signed ? SIGNATURE_LENGTH : 0);
    if (end - at < length) return INCOMPLETE;
    const messageId =
      (bytes[at + 7] as number) | ((bytes[at + 8] as number) << 8) | ((bytes[at + 9] as number) << 16);
    const crcExtra = crcExtraOf(messageId);
    if (!checksumIsRight(bytes, at, at + 10 + payloadLength, crcExtra)) return NOT_A_FRAME;
    if ((incompatFlags & ~INCOMPAT_SIGNED) !== 0) {
      // Nothing but one of 256 possible checksums speaks for it: noise that is taken for a frame swallows real ones.
      if (crcExtra === UNKNOWN) return NOT_A_FRAME;
      this.counters.refusedFlags++;
      return length;
    }
    if (crcExtra === UNKNOWN) return this.#passUnknown(bytes, at, length);
    const frame = this.#frame;
    frame.version = 2;
    frame.incompatFlags = incompatFlags;
    frame.compatFlags = bytes[at + 3] as number;
    frame.sequence = bytes[at + 4] as number;
    frame.systemId = bytes[at + 5] as number;
    frame.componentId = bytes[at + 6] as number;
    frame.messageId = messageId;
    frame.signed = signed;
    return this.#hand(bytes, at, at + 10, payloadLength, length);
  }

  #takeV1(bytes: Uint8Array, at: number, end: number): number {
    if (end - at < 8) return INCOMPLETE;
    const payloadLength = bytes[at + 1] as number;
    const length = 8 + payloadLength;
    if (end - at < length) return INCOMPLETE;
    const messageId = bytes[at + 5] as number;
    const crcExtra = crcExtraOf(messageId);
    if (!checksumIsRight(bytes, at, at + 6 + payloadLength, crcExtra)) return NOT_A_FRAME;
    if (crcExtra === UNKNOWN) return this.#passUnknown(bytes, at, length);
    if (payloadLength < (MIN_LENGTHS[messageId] as number)) {
      this.counters.wrongLength++;
      return length;
    }
    const frame = this.#frame;
    frame.version = 1;
    frame.incompatFlags = 0;
    frame.compatFlags = 0;
    frame.sequence = bytes[at + 2] as number;
    frame.systemId = bytes[at + 3] as number;
    frame.componentId = bytes[at + 4] as number;
    frame.messageId = messageId;
    frame.signed = false;
    return this.#hand(bytes, at, at + 6, payloadLength, length);
  }

  #hand(bytes: Uint8Array, at: number, payloadAt: number, payloadLength: number, length: number): number {
    const frame = this.#frame;
    frame.chunk = bytes;
    frame.start = at;
    frame.end = at + length;
    frame.take(payloadAt, payloadLength);
    this.counters.frames++;
    this.#onFrame(frame);
    frame.chunk = NO_BYTES;
    return length;
  }

  #passUnknown(bytes: Uint8Array, at: number, length: number): number {
    this.counters.unknownIds++;
    this.#onUnknown(bytes.subarray(at, at + length));
    return length;
  }
}

function checksumIsRight(bytes: Uint8Array, at: number, crcAt: number, crcExtra: number): boolean {
  const received = (bytes[crcAt] as number) | ((bytes[crcAt + 1] as number) << 8);
  const crc = crcOf(bytes, at + 1, crcAt, CRC_START);
  return crcExtra === UNKNOWN ? someExtraLeadsTo(received, crc) : crcOfByte(crcExtra, crc) === received;
}
