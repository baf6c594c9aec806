import {
  type MavLinkData,
  type MavLinkDataConstructor,
  MavLinkProtocolV1,
  MavLinkProtocolV2,
  MSG_ID_MAGIC_NUMBER,
  x25crc,
} from 'node-mavlink';

/** A message of one of node-mavlink's classes with these fields; the others keep their defaults. */
export function message<T extends object>(Type: new () => T, fields: Partial<T>): T {
  return Object.assign(new Type(), fields);
}

/** Puts one component's messages into MAVLink 2 frames, counting their sequence. */
export class FrameWriter {
  readonly #protocol: MavLinkProtocolV2;
  readonly #sign: (frame: Buffer, magic: number) => Buffer;
  #sequence = 0;

  constructor(systemId: number, componentId: number, sign = (frame: Buffer, _magic: number) => frame) {
    this.#protocol = new MavLinkProtocolV2(systemId, componentId);
    this.#sign = sign;
  }

  write(data: MavLinkData): Buffer {
    const frame = this.#protocol.serialize(data, this.#sequence);
    this.#sequence = (this.#sequence + 1) & 0xff;
    const { MAGIC_NUMBER: magic } = data.constructor as typeof MavLinkData;
    return this.#sign(frame[1] === 0 ? withOnePayloadByte(frame, magic) : frame, magic);
  }
}

/** MAVLink 2 never cuts the first payload byte ("Empty-Byte Payload Truncation"); node-mavlink does. */
function withOnePayloadByte(frame: Buffer, magic: number): Buffer {
  const longer = Buffer.alloc(frame.length + 1);
  frame.copy(longer, 0, 0, MavLinkProtocolV2.PAYLOAD_OFFSET);
  longer[1] = 1;
  longer.writeUInt16LE(x25crc(longer, 1, 2, magic), longer.length - 2);
  return longer;
}

export interface ReceivedFrame {
  readonly systemId: number;
  readonly componentId: number;
  readonly messageId: number;
  readonly signed: boolean;
  /** The whole frame, signature included. */
  readonly bytes: Buffer;
  decode<T extends MavLinkData>(Type: MavLinkDataConstructor<T>): T;
}

/**
 * The intact frames of one datagram, MAVLink 1 and 2. Whether a signature is right is not looked at here. Anything
 * else is skipped byte by byte, as a vehicle does.
 */
export function readFrames(datagram: Uint8Array): ReceivedFrame[] {
  const bytes = Buffer.from(datagram.buffer, datagram.byteOffset, datagram.byteLength);
  const frames: ReceivedFrame[] = [];
  for (let at = 0; at < bytes.length; ) {
    const frame = readFrame(bytes.subarray(at));
    if (frame !== null) frames.push(frame.received);
    at += frame?.length ?? 1;
  }
  return frames;
}

const SIGNATURE_LENGTH = 13;
const CHECKSUM_LENGTH = 2;

function readFrame(bytes: Buffer): { length: number; received: ReceivedFrame } | null {
  const two = bytes[0] === MavLinkProtocolV2.START_BYTE;
  if (!two && bytes[0] !== MavLinkProtocolV1.START_BYTE) return null;
  const offset = two ? MavLinkProtocolV2.PAYLOAD_OFFSET : MavLinkProtocolV1.PAYLOAD_OFFSET;
  const unsigned = offset + (bytes[1] ?? 0) + CHECKSUM_LENGTH;
  const signed = two && ((bytes[2] ?? 0) & MavLinkProtocolV2.IFLAG_SIGNED) !== 0;
  const length = unsigned + (signed ? SIGNATURE_LENGTH : 0);
  if (bytes.length < length || bytes.length < offset + CHECKSUM_LENGTH) return null;
  const protocol = two ? new MavLinkProtocolV2() : new MavLinkProtocolV1();
  const frame = bytes.subarray(0, unsigned);
  const header = protocol.header(frame);
  const magic = MSG_ID_MAGIC_NUMBER[header.msgid];
  if (magic === undefined || x25crc(frame, 1, CHECKSUM_LENGTH, magic) !== protocol.crc(frame)) return null;
  return {
    length,
    received: {
      systemId: header.sysid,
      componentId: header.compid,
      messageId: header.msgid,
      signed,
      bytes: bytes.subarray(0, length),
      decode: (Type) => protocol.data(protocol.payload(frame), Type),
    },
  };
}
