import { crc32 } from 'node:zlib';

/** https://mavlink.io/en/services/ftp.html, section Payload Format: the header, then up to 239 bytes of data. */
const HEADER_LENGTH = 12;
export const FTP_DATA_LENGTH = 239;
const PAYLOAD_LENGTH = HEADER_LENGTH + FTP_DATA_LENGTH;

export const FTP_OPCODE = {
  TERMINATE_SESSION: 1,
  RESET_SESSIONS: 2,
  LIST_DIRECTORY: 3,
  OPEN_FILE_RO: 4,
  READ_FILE: 5,
  CREATE_FILE: 6,
  WRITE_FILE: 7,
  REMOVE_FILE: 8,
  CREATE_DIRECTORY: 9,
  REMOVE_DIRECTORY: 10,
  CALC_FILE_CRC32: 14,
  BURST_READ_FILE: 15,
  ACK: 128,
  NAK: 129,
} as const;

/** The first byte of a NAK's data. */
export const FTP_ERROR = {
  FAIL: 1,
  FAIL_ERRNO: 2,
  INVALID_DATA_SIZE: 3,
  INVALID_SESSION: 4,
  NO_SESSIONS_AVAILABLE: 5,
  EOF: 6,
  UNKNOWN_COMMAND: 7,
  FILE_EXISTS: 8,
  FILE_PROTECTED: 9,
  FILE_NOT_FOUND: 10,
} as const;

export interface FtpRequest {
  readonly opcode: number;
  readonly session?: number;
  readonly offset?: number;
  /** How many bytes are asked for; with data it is their number. */
  readonly size?: number;
  readonly data?: Uint8Array;
}

export interface FtpReply {
  readonly sequence: number;
  readonly session: number;
  readonly opcode: number;
  readonly requestOpcode: number;
  readonly burstComplete: boolean;
  readonly offset: number;
  /** A copy. */
  readonly data: Uint8Array;
}

/** FILE_TRANSFER_PROTOCOL.payload begins behind the three bytes that name its target. */
const OFFSET_IN_MESSAGE = 3;

export function writeFtpRequest(request: FtpRequest, sequence: number): number[] {
  const bytes = new Uint8Array(PAYLOAD_LENGTH);
  const view = new DataView(bytes.buffer);
  const data = request.data ?? new Uint8Array(0);
  view.setUint16(0, sequence, true);
  bytes[2] = request.session ?? 0;
  bytes[3] = request.opcode;
  bytes[4] = request.size ?? data.length;
  view.setUint32(8, request.offset ?? 0, true);
  bytes.set(data.subarray(0, FTP_DATA_LENGTH), HEADER_LENGTH);
  return [...bytes];
}

/** Null when it claims more data than there is room for. `payload` is that of the frame. */
export function readFtpReply(payload: DataView): FtpReply | null {
  const at = OFFSET_IN_MESSAGE;
  const size = payload.getUint8(at + 4);
  if (size > FTP_DATA_LENGTH) return null;
  const data = new Uint8Array(payload.buffer, payload.byteOffset + at + HEADER_LENGTH, size);
  return {
    sequence: payload.getUint16(at, true),
    session: payload.getUint8(at + 2),
    opcode: payload.getUint8(at + 3),
    requestOpcode: payload.getUint8(at + 5),
    burstComplete: payload.getUint8(at + 6) !== 0,
    offset: payload.getUint32(at + 8, true),
    data: data.slice(),
  };
}

/**
 * The checksum of CalcFileCRC32: polynomial 0x04C11DB7 reflected, as usual, but begun with 0 and not inverted at the
 * end, as PX4 and ArduPilot do it. `before` continues one.
 */
export function mavlinkFileCrc32(bytes: Uint8Array, before = 0): number {
  return ~crc32(bytes, ~before >>> 0) >>> 0;
}
