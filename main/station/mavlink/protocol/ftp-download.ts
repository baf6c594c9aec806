import { ByteGaps } from './byte-gaps.ts';
import type { FileDownloadOutcome, FileSink, TransferProgress } from './file-sink.ts';
import { type FtpExchange, FtpFailure, failureOf, SLOW_ANSWER_MS } from './ftp-exchange.ts';
import { FTP_DATA_LENGTH, FTP_ERROR, FTP_OPCODE, type FtpReply } from './ftp-payload.ts';

/** A burst is over when nothing of it comes for so long. */
const BURST_SILENT_MS = 1_000;
/** Rounds in which nothing new comes. */
const MOST_IDLE_ROUNDS = 6;
/** Holes are filled before they are so many, so that a list of them stays short. */
const MOST_HOLES = 256;
/** The queue of ArduPilot's file server is 5 long. */
const READS_AT_ONCE = 4;

/**
 * Reads one open file (https://mavlink.io/en/services/ftp.html, section Reading a file with burst read).
 *
 * ```
 *                 a piece: keep it
 *                    +---+
 *                    v   |
 *  start --> BURST (rest of the file) -- complete, EOF, or silent 1 s --> any holes? -- yes --> READ (4 at a time)
 *              ^                                                            | no                   |
 *              +-------------- bytes missing, the last 6 rounds not idle ---+----------------------+
 *                                                                           |
 *                                             nothing missing --> CHECKSUM -+-- equal, or not offered --> DONE
 *                                             6 idle rounds --> FAILED      +-- different --> FAILED
 * ```
 *
 * What comes twice, or lies beyond the size that the vehicle gave when it opened the file, is dropped: a peer that
 * repeats itself makes no progress and ends as idle.
 */
export class FtpDownload {
  readonly #exchange: FtpExchange;
  readonly #sink: FileSink;
  readonly #session: number;
  readonly #gaps: ByteGaps;
  readonly #onProgress: (progress: TransferProgress) => void;
  readonly #signal: AbortSignal | undefined;

  constructor(parts: {
    exchange: FtpExchange;
    sink: FileSink;
    session: number;
    size: number;
    from: number;
    onProgress: (progress: TransferProgress) => void;
    signal: AbortSignal | undefined;
  }) {
    this.#exchange = parts.exchange;
    this.#sink = parts.sink;
    this.#session = parts.session;
    this.#gaps = new ByteGaps(parts.size, Math.min(parts.from, parts.size));
    this.#onProgress = parts.onProgress;
    this.#signal = parts.signal;
  }

  get contiguousBytes(): number {
    return this.#gaps.contiguousBytes;
  }

  /** Resolves when every byte is there; rejects with FtpFailure. */
  async readAll(): Promise<void> {
    for (let idle = 0; this.#gaps.missingBytes > 0; ) {
      const before = this.#gaps.missingBytes;
      if (this.#gaps.tail < this.#gaps.size) await this.#burst(this.#gaps.tail);
      await this.#fillHoles();
      if (this.#signal?.aborted === true) throw new FtpFailure(null, 'Broken off.');
      idle = this.#gaps.missingBytes < before ? 0 : idle + 1;
      if (idle === MOST_IDLE_ROUNDS)
        throw new FtpFailure(
          null,
          'The vehicle repeats itself or sends nothing more of the file. Try again.',
        );
    }
  }

  #burst(from: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const finish = (): void => {
        cancelTimer();
        this.#signal?.removeEventListener('abort', finish);
        this.#exchange.endBurst();
        resolve();
      };
      const restart = (): (() => void) => this.#exchange.clock.after(BURST_SILENT_MS, finish);
      let cancelTimer = restart();
      this.#signal?.addEventListener('abort', finish);
      const request = {
        opcode: FTP_OPCODE.BURST_READ_FILE,
        session: this.#session,
        offset: from,
        size: FTP_DATA_LENGTH,
      };
      try {
        this.#exchange.burst(request, (reply) => {
          if (reply.opcode === FTP_OPCODE.NAK) {
            if (reply.data[0] !== FTP_ERROR.EOF) reject(failureOf(reply));
            finish();
            return;
          }
          if (reply.session !== this.#session) return;
          let news = 0;
          try {
            news = this.#keep(reply);
          } catch (error) {
            // The station's own disk, for instance.
            reject(error);
            finish();
            return;
          }
          if (reply.burstComplete || this.#gaps.tail === this.#gaps.size || this.#gaps.count > MOST_HOLES) {
            finish();
          } else if (news > 0) {
            // Only what is new keeps a burst alive.
            cancelTimer();
            cancelTimer = restart();
          }
        });
      } catch (error) {
        reject(error);
        finish();
      }
    });
  }

  async #fillHoles(): Promise<void> {
    for (;;) {
      const holes = this.#gaps.holes(FTP_DATA_LENGTH, READS_AT_ONCE);
      const onlyTail = this.#gaps.count === 1 && this.#gaps.tail < this.#gaps.size;
      if (holes.length === 0 || onlyTail || this.#signal?.aborted === true) return;
      const before = this.#gaps.missingBytes;
      const replies = await Promise.allSettled(
        holes.map(({ start, end }) =>
          this.#exchange.ask({
            opcode: FTP_OPCODE.READ_FILE,
            session: this.#session,
            offset: start,
            size: end - start,
          }),
        ),
      );
      for (const reply of replies) {
        if (reply.status === 'rejected') throw reply.reason;
        this.#keep(reply.value);
      }
      if (this.#gaps.missingBytes === before) return;
    }
  }

  /** How many of the bytes were new. */
  #keep({ offset, data }: FtpReply): number {
    const end = offset + data.length;
    if (data.length === 0 || end > this.#gaps.size) return 0;
    if (!this.#gaps.lacks(offset, end)) return 0;
    this.#sink.write(offset, data);
    const news = this.#gaps.fill(offset, end);
    this.#onProgress({ bytes: this.#gaps.size - this.#gaps.missingBytes, size: this.#gaps.size });
    return news;
  }
}

/** Compares what came with the vehicle's own checksum of the file. */
export async function checkDownload(
  exchange: FtpExchange,
  path: Uint8Array,
  sink: FileSink,
  size: number,
): Promise<FileDownloadOutcome> {
  const theirs = await vehicleChecksum(exchange, path);
  if (theirs === null) return { state: 'DONE', size, integrity: 'SIZE' };
  if (theirs === (await sink.checksum(size))) return { state: 'DONE', size, integrity: 'CHECKSUM' };
  return {
    state: 'FAILED',
    sentence: 'The file arrived damaged, or it changed on the way: the checksums differ. Download it again.',
    contiguousBytes: 0,
  };
}

/** Null when the vehicle does not offer checksums. */
export async function vehicleChecksum(exchange: FtpExchange, path: Uint8Array): Promise<number | null> {
  try {
    const { data } = await exchange.ask({ opcode: FTP_OPCODE.CALC_FILE_CRC32, data: path }, SLOW_ANSWER_MS);
    if (data.length !== 4) return null;
    return new DataView(data.buffer, data.byteOffset).getUint32(0, true);
  } catch (error) {
    if (error instanceof FtpFailure && error.code === FTP_ERROR.UNKNOWN_COMMAND) return null;
    throw error;
  }
}
