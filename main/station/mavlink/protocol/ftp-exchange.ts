import type { Frame } from '../frame.ts';
import { FILE_TRANSFER_PROTOCOL } from '../generated/messages.ts';
import {
  FTP_ERROR,
  FTP_OPCODE,
  type FtpReply,
  type FtpRequest,
  readFtpReply,
  writeFtpRequest,
} from './ftp-payload.ts';
import { isForUs, type ProtocolPort } from './protocol-port.ts';

const ANSWER_TIMEOUT_MS = 1_000;
const TRIES = 6;
/** A checksum takes the vehicle as long as it takes to read the whole file. */
export const SLOW_ANSWER_MS = 10_000;

/** Why a file operation ended, in words. */
export class FtpFailure extends Error {
  /** FTP_ERROR, or null when the vehicle did not answer or answered nonsense. */
  readonly code: number | null;

  constructor(code: number | null, sentence: string) {
    super(sentence);
    this.code = code;
  }
}

interface Waiting {
  readonly resolve: (reply: FtpReply) => void;
  readonly reject: (reason: unknown) => void;
  readonly opcode: number;
  readonly send: () => void;
  readonly timeoutMs: number;
  tries: number;
  cancelTimer: () => void;
}

/**
 * Questions and answers of MAVLink FTP (https://mavlink.io/en/services/ftp.html). The answer to a question bears the
 * question's number plus one.
 *
 * ```
 *          silent 1 s: the same question again
 *             +----+
 *             v    |
 *  ask ----> WAITING ---- ACK -----------> reply
 *               | |
 *               | +------ NAK -----------> FtpFailure with the vehicle's reason
 *               +-------- 6 silences ----> FtpFailure
 * ```
 */
export class FtpExchange {
  readonly #port: ProtocolPort;
  readonly #target: { readonly systemId: number; readonly componentId: number };
  readonly #waiting = new Map<number, Waiting>();
  #sequence = 0;
  #onBurst: (reply: FtpReply) => void = () => {};

  constructor(port: ProtocolPort, target: { readonly systemId: number; readonly componentId: number }) {
    this.#port = port;
    this.#target = target;
  }

  get clock(): ProtocolPort['clock'] {
    return this.#port.clock;
  }

  ask(request: FtpRequest, timeoutMs = ANSWER_TIMEOUT_MS): Promise<FtpReply> {
    const sequence = this.#next();
    const payload = writeFtpRequest(request, sequence);
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        resolve,
        reject,
        opcode: request.opcode,
        send: () => this.#send(payload),
        timeoutMs,
        tries: 0,
        cancelTimer: () => {},
      };
      const answer = (sequence + 1) & 0xffff;
      this.#waiting.set(answer, waiting);
      this.#try(answer, waiting);
    });
  }

  /** Asks once for a run of pieces; each is given to `onReply` until `onReply` is replaced. */
  burst(request: FtpRequest, onReply: (reply: FtpReply) => void): void {
    this.#onBurst = onReply;
    this.#send(writeFtpRequest(request, this.#next()));
  }

  endBurst(): void {
    this.#onBurst = () => {};
  }

  receive(frame: Frame): void {
    if (frame.messageId !== FILE_TRANSFER_PROTOCOL.id) return;
    if (frame.systemId !== this.#target.systemId || frame.componentId !== this.#target.componentId) return;
    const addressed = { targetSystem: frame.payload.getUint8(1), targetComponent: frame.payload.getUint8(2) };
    const reply = isForUs(this.#port, addressed) ? readFtpReply(frame.payload) : null;
    if (reply === null) return;
    if (reply.requestOpcode === FTP_OPCODE.BURST_READ_FILE) {
      this.#onBurst(reply);
      return;
    }
    const waiting = this.#waiting.get(reply.sequence);
    if (waiting === undefined || waiting.opcode !== reply.requestOpcode) return;
    this.#end(reply.sequence, waiting);
    if (reply.opcode === FTP_OPCODE.ACK) waiting.resolve(reply);
    else waiting.reject(failureOf(reply));
  }

  /** Ends every question with a failure. */
  close(sentence: string): void {
    for (const [sequence, waiting] of [...this.#waiting]) {
      this.#end(sequence, waiting);
      waiting.reject(new FtpFailure(null, sentence));
    }
  }

  /** Two apart: the number between them is the answer's. */
  #next(): number {
    this.#sequence = (this.#sequence + 2) & 0xffff;
    return this.#sequence;
  }

  #try(answer: number, waiting: Waiting): void {
    if (waiting.tries === TRIES) {
      this.#end(answer, waiting);
      waiting.reject(
        new FtpFailure(null, 'The vehicle does not answer about its files. Check the link, then try again.'),
      );
      return;
    }
    waiting.tries++;
    waiting.cancelTimer = this.#port.clock.after(waiting.timeoutMs, () => this.#try(answer, waiting));
    try {
      waiting.send();
    } catch (error) {
      this.#end(answer, waiting);
      waiting.reject(error);
    }
  }

  #end(answer: number, waiting: Waiting): void {
    waiting.cancelTimer();
    this.#waiting.delete(answer);
  }

  #send(payload: number[]): void {
    const { systemId, componentId } = this.#target;
    this.#port.send(FILE_TRANSFER_PROTOCOL, {
      targetNetwork: 0,
      targetSystem: systemId,
      targetComponent: componentId,
      payload,
    });
  }
}

const REASONS: Readonly<Record<number, string>> = {
  [FTP_ERROR.FAIL]: 'The vehicle could not do this with its files.',
  [FTP_ERROR.FAIL_ERRNO]: 'The file system of the vehicle failed.',
  [FTP_ERROR.INVALID_DATA_SIZE]: 'The vehicle calls the size of a piece wrong.',
  [FTP_ERROR.INVALID_SESSION]: 'The vehicle has forgotten the transfer. Try again.',
  [FTP_ERROR.NO_SESSIONS_AVAILABLE]: 'The vehicle is busy with another transfer. Wait for it.',
  [FTP_ERROR.EOF]: 'The file ends earlier than the vehicle said.',
  [FTP_ERROR.UNKNOWN_COMMAND]: 'The vehicle does not know this file operation.',
  [FTP_ERROR.FILE_EXISTS]: 'The vehicle has a file of this name already.',
  [FTP_ERROR.FILE_PROTECTED]: 'The vehicle protects this file from being changed.',
  [FTP_ERROR.FILE_NOT_FOUND]: 'The vehicle has no such file or folder.',
};
/** With FAIL_ERRNO the second byte is the vehicle's errno; these two every POSIX system numbers alike. */
const NO_SUCH_FILE = 2;
const NO_SPACE = 28;

export function failureOf({ data }: FtpReply): FtpFailure {
  const [code = FTP_ERROR.FAIL, errno = 0] = data;
  if (code === FTP_ERROR.FAIL_ERRNO && errno === NO_SUCH_FILE)
    return new FtpFailure(FTP_ERROR.FILE_NOT_FOUND, REASONS[FTP_ERROR.FILE_NOT_FOUND] ?? '');
  if (code === FTP_ERROR.FAIL_ERRNO && errno === NO_SPACE)
    return new FtpFailure(code, 'The storage of the vehicle is full.');
  return new FtpFailure(
    code,
    REASONS[code] ?? `The vehicle refused with file error ${code}, which is not in the standard.`,
  );
}
