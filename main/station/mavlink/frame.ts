/** MAVLink 2 adds nothing to a frame but this flag, so far: a 13-byte signature follows the checksum. */
export const INCOMPAT_SIGNED = 0x01;
export const SIGNATURE_LENGTH = 13;
/** Start, nine header bytes, 255 payload bytes, checksum, signature. */
export const MAX_FRAME_LENGTH = 280;
export const MAX_PAYLOAD_LENGTH = 255;
export const START_V1 = 0xfe;
export const START_V2 = 0xfd;

/** The payload of a frame as a definition reads it: at least 255 bytes, zero where the frame ended. */
export interface Payload {
  readonly payload: DataView;
}

/**
 * One frame whose checksum was right. The parser hands out the same object again and again: everything in it,
 * `payload` and `bytes` above all, holds only during the callback. Read the fields, or copy what must outlive it.
 */
export interface Frame extends Payload {
  readonly version: 1 | 2;
  readonly incompatFlags: number;
  readonly compatFlags: number;
  readonly sequence: number;
  readonly systemId: number;
  readonly componentId: number;
  readonly messageId: number;
  /** It carries a signature. Whether that is genuine is for the signing layer to say. */
  readonly signed: boolean;
  /** As sent: MAVLink 2 leaves trailing zeros out. */
  readonly payloadLength: number;
  /** The whole frame as it came, signature included. */
  readonly bytes: Uint8Array;
  /** Copies `bytes` to `at` in `target`, where there must be room for 280. Returns how many. */
  copyInto(target: Uint8Array, at: number): number;
}

/**
 * How one message is laid out. `Fields` has MAVLink's field names in camelCase; 64-bit integers are bigint, texts are
 * strings cut at NUL.
 */
export interface MessageDefinition<Fields> {
  readonly id: number;
  readonly name: string;
  readonly crcExtra: number;
  /** Bytes of payload without extension fields: what MAVLink 1 sends. */
  readonly minLength: number;
  readonly maxLength: number;
  read(frame: Payload): Fields;
  /** Writes every field into `payload`, of which at least `maxLength` bytes must be there and zero. */
  write(payload: DataView, fields: Fields): void;
}
