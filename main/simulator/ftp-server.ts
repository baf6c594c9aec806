import { crc32 } from 'node:zlib';
import { common, type MavLinkData } from 'node-mavlink';
import type { VirtualFiles } from './virtual-files.ts';
import { message, type ReceivedFrame } from './wire.ts';

const DATA_LENGTH = 239;
const HEADER_LENGTH = 12;
const ACK = 128;
const NAK = 129;
/** Pieces of a burst before the station must ask again. */
const BURST_PIECES = 200;
/** Pieces a step of 20 ms when the radio takes them. */
const PIECES_A_STEP = 8;

const ERROR = {
  FAIL: 1,
  INVALID_SESSION: 4,
  NO_SESSIONS: 5,
  EOF: 6,
  UNKNOWN_COMMAND: 7,
  FILE_NOT_FOUND: 10,
} as const;

interface Request {
  readonly from: ReceivedFrame;
  readonly sequence: number;
  readonly session: number;
  readonly opcode: number;
  readonly size: number;
  readonly offset: number;
  readonly data: Buffer;
}

interface Burst {
  readonly request: Request;
  at: number;
  left: number;
  sequence: number;
}

interface Answer {
  readonly opcode?: number;
  readonly offset?: number;
  readonly data?: Uint8Array;
  readonly burstComplete?: boolean;
}

/** The vehicle's side of MAVLink FTP: one session, as ArduPilot has; a repeated question gets the same answer again. */
export class FtpServer {
  readonly #files: VirtualFiles;
  readonly #send: (data: MavLinkData) => void;
  #open: { path: string; writing: boolean } | null = null;
  #burst: Burst | null = null;
  #last: { sequence: number; reply: MavLinkData } | null = null;

  constructor(files: VirtualFiles, send: (data: MavLinkData) => void) {
    this.#files = files;
    this.#send = send;
  }

  receive(frame: ReceivedFrame): void {
    const bytes = Buffer.from(frame.decode(common.FileTransferProtocol).payload);
    const size = bytes.readUInt8(4);
    const request: Request = {
      from: frame,
      sequence: bytes.readUInt16LE(0),
      session: bytes.readUInt8(2),
      opcode: bytes.readUInt8(3),
      size,
      offset: bytes.readUInt32LE(8),
      data: bytes.subarray(HEADER_LENGTH, HEADER_LENGTH + size),
    };
    if (this.#last !== null && this.#last.sequence === request.sequence) this.#send(this.#last.reply);
    else this.#answer(request);
  }

  /** @param room whether the radio takes another piece at this moment. */
  step(room: () => boolean): void {
    for (let piece = 0; piece < PIECES_A_STEP && this.#burst !== null && room(); piece++)
      this.#sendPiece(this.#burst);
  }

  #answer(request: Request): void {
    if (request.opcode === 15) {
      this.#beginBurst(request);
      return;
    }
    const answer = this.#execute(request);
    const reply = replyTo(
      request,
      typeof answer === 'number' ? refusal(answer) : answer,
      request.sequence + 1,
    );
    this.#last = { sequence: request.sequence, reply };
    this.#send(reply);
  }

  /** By opcode: the answer, or the error. */
  #execute(request: Request): Answer | number {
    const path = request.data.toString('utf8');
    switch (request.opcode) {
      case 1:
      case 2:
        this.#open = null;
        this.#burst = null;
        return {};
      case 3:
        return this.#list(path, request.offset);
      case 4: {
        const length = this.#files.lengthOf(path);
        if (length === null) return ERROR.FILE_NOT_FOUND;
        return this.#opened(path, false) ? { data: uint32(length) } : ERROR.NO_SESSIONS;
      }
      case 5:
        return this.#read(request);
      case 6:
        if (this.#open !== null) return ERROR.NO_SESSIONS;
        if (!this.#files.create(path)) return ERROR.FAIL;
        return this.#opened(path, true) ? {} : ERROR.NO_SESSIONS;
      case 7:
        if (this.#open?.writing !== true) return ERROR.INVALID_SESSION;
        this.#files.write(this.#open.path, request.offset, request.data);
        return { offset: request.offset };
      case 8:
        return this.#files.remove(path) ? {} : ERROR.FILE_NOT_FOUND;
      case 9:
        return this.#files.makeFolder(path) ? {} : ERROR.FAIL;
      case 10:
        return this.#files.removeFolder(path) ? {} : ERROR.FAIL;
      case 14: {
        const file = this.#files.read(path);
        return file === null ? ERROR.FILE_NOT_FOUND : { data: uint32(fileChecksum(file)) };
      }
      default:
        return ERROR.UNKNOWN_COMMAND;
    }
  }

  #opened(path: string, writing: boolean): boolean {
    if (this.#open !== null) return false;
    this.#open = { path, writing };
    return true;
  }

  #list(path: string, offset: number): Answer | number {
    const entries = this.#files.list(path);
    if (entries === null) return ERROR.FILE_NOT_FOUND;
    if (offset >= entries.length) return ERROR.EOF;
    let text = '';
    for (const entry of entries.slice(offset)) {
      if (Buffer.byteLength(`${text}${entry}\0`) > DATA_LENGTH) break;
      text += `${entry}\0`;
    }
    return { data: Buffer.from(text, 'utf8') };
  }

  #read({ offset, size }: Request): Answer | number {
    const file = this.#open === null ? null : this.#files.read(this.#open.path);
    if (file === null) return ERROR.INVALID_SESSION;
    if (offset >= file.length) return ERROR.EOF;
    return { offset, data: file.subarray(offset, offset + Math.min(size, DATA_LENGTH)) };
  }

  #beginBurst(request: Request): void {
    if (this.#open === null) {
      this.#send(replyTo(request, refusal(ERROR.INVALID_SESSION), request.sequence + 1));
      return;
    }
    this.#burst = { request, at: request.offset, left: BURST_PIECES, sequence: request.sequence };
  }

  #sendPiece(burst: Burst): void {
    burst.sequence = (burst.sequence + 1) & 0xffff;
    const file = this.#open === null ? null : this.#files.read(this.#open.path);
    if (file === null || burst.at >= file.length) {
      this.#burst = null;
      this.#send(replyTo(burst.request, refusal(ERROR.EOF), burst.sequence));
      return;
    }
    const data = file.subarray(burst.at, burst.at + DATA_LENGTH);
    burst.left--;
    const burstComplete = burst.left === 0;
    this.#send(replyTo(burst.request, { offset: burst.at, data, burstComplete }, burst.sequence));
    burst.at += data.length;
    if (burstComplete) this.#burst = null;
  }
}

function refusal(error: number): Answer {
  return { opcode: NAK, data: Uint8Array.of(error) };
}

function replyTo(request: Request, answer: Answer, sequence: number): MavLinkData {
  const bytes = Buffer.alloc(HEADER_LENGTH + DATA_LENGTH);
  const data = answer.data ?? new Uint8Array(0);
  bytes.writeUInt16LE(sequence & 0xffff, 0);
  bytes.writeUInt8(0, 2);
  bytes.writeUInt8(answer.opcode ?? ACK, 3);
  bytes.writeUInt8(data.length, 4);
  bytes.writeUInt8(request.opcode, 5);
  bytes.writeUInt8(answer.burstComplete === true ? 1 : 0, 6);
  bytes.writeUInt32LE(answer.offset ?? 0, 8);
  bytes.set(data, HEADER_LENGTH);
  return message(common.FileTransferProtocol, {
    targetNetwork: 0,
    targetSystem: request.from.systemId,
    targetComponent: request.from.componentId,
    payload: [...bytes],
  });
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}

/** As autopilots compute it: begun with 0, not inverted. */
function fileChecksum(bytes: Buffer): number {
  return ~crc32(bytes, 0xffff_ffff) >>> 0;
}
