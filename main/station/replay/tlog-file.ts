import { type FileHandle, open } from 'node:fs/promises';
import { Refusal } from '../../../preload/contract/errors.ts';

const STAMP_LENGTH = 8;
const CHUNK_BYTES = 1024 * 1024;
const MARK_EVERY_BYTES = 256 * 1024;
const MOST_BYTES = 8 * 1024 ** 3;
/** A record's time is between 2000 and 2100: everything else is damage. */
const EARLIEST_MS = Date.UTC(2000, 0, 1);
const LATEST_MS = Date.UTC(2100, 0, 1);

interface Found {
  readonly timeMs: number;
  readonly length: number;
}

/** A recording (.tlog) on disk. What is damaged in it is passed over. */
export class TlogFile {
  readonly #handle: FileHandle;
  readonly #sizeBytes: number;
  /** Where to begin reading for a time, in the order of both. */
  readonly #marks: { timeMs: number; offset: number }[] = [];
  startMs = 0;
  endMs = 0;

  private constructor(handle: FileHandle, sizeBytes: number) {
    this.#handle = handle;
    this.#sizeBytes = sizeBytes;
  }

  /** Reads through the file once. Refuses (NOT_FOUND, INVALID_INPUT) what is no recording. */
  static async open(path: string): Promise<TlogFile> {
    const handle = await open(path, 'r').catch((cause: unknown) => {
      throw new Refusal(
        'NOT_FOUND',
        'This recording cannot be opened. Check its name and that the station may read it.',
        {
          cause,
        },
      );
    });
    try {
      const { size } = await handle.stat();
      if (size > MOST_BYTES) throw new Refusal('INVALID_INPUT', 'This recording is larger than 8 GB.');
      const file = new TlogFile(handle, size);
      await file.#survey();
      return file;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  /** From the last mark before the time on. */
  from(timeMs: number): TlogCursor {
    let offset = 0;
    for (const mark of this.#marks) {
      if (mark.timeMs >= timeMs) break;
      offset = mark.offset;
    }
    return this.#cursor(offset);
  }

  async #survey(): Promise<void> {
    const cursor = this.#cursor(0);
    let markedAt = Number.NEGATIVE_INFINITY;
    while (await cursor.ready()) {
      const { timeMs } = cursor;
      if (this.#marks.length === 0) this.startMs = timeMs;
      this.endMs = Math.max(this.endMs, timeMs);
      if (cursor.offset - markedAt >= MARK_EVERY_BYTES) {
        markedAt = cursor.offset;
        this.#marks.push({ timeMs: this.endMs, offset: markedAt });
      }
      cursor.advance();
    }
    if (this.#marks.length === 0)
      throw new Refusal('INVALID_INPUT', 'There is no MAVLink in this file. Choose a .tlog recording.');
  }

  #cursor(offset: number): TlogCursor {
    return new TlogCursor((buffer, at) => this.#read(buffer, at), this.#sizeBytes, offset);
  }

  async #read(buffer: Uint8Array, at: number): Promise<number> {
    return (await this.#handle.read(buffer, 0, buffer.length, at)).bytesRead;
  }
}

/** Goes through the records of a file in their order. */
export class TlogCursor {
  readonly #read: (buffer: Uint8Array, at: number) => Promise<number>;
  readonly #sizeBytes: number;
  #chunk = Buffer.alloc(0);
  #chunkAt: number;
  #at = 0;
  #found: Found | null = null;

  constructor(read: (buffer: Uint8Array, at: number) => Promise<number>, sizeBytes: number, offset: number) {
    this.#read = read;
    this.#sizeBytes = sizeBytes;
    this.#chunkAt = offset;
  }

  get offset(): number {
    return this.#chunkAt + this.#at;
  }

  get timeMs(): number {
    return this.#found?.timeMs ?? Number.POSITIVE_INFINITY;
  }

  /** Of the record that is ready. */
  get frame(): Uint8Array {
    return this.#chunk.subarray(this.#at + STAMP_LENGTH, this.#at + (this.#found?.length ?? STAMP_LENGTH));
  }

  /** True at once where a record lies in what was read; else a promise. False: the end. */
  ready(): boolean | Promise<boolean> {
    return this.#find() || this.#refill();
  }

  advance(): void {
    this.#at += this.#found?.length ?? 1;
    this.#found = null;
  }

  async #refill(): Promise<boolean> {
    for (;;) {
      const next = this.offset;
      if (next >= this.#sizeBytes) return false;
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
      const length = await this.#read(chunk, next);
      const last = next + length >= this.#sizeBytes;
      this.#chunk = chunk.subarray(0, length);
      this.#chunkAt = next;
      this.#at = 0;
      if (this.#find()) return true;
      // What is left at the end is no record, or the part of one that was written when the power went.
      if (last || length === 0) return false;
    }
  }

  /** Moves to the next record that lies wholly in the chunk; stops where one may begin that does not. */
  #find(): boolean {
    if (this.#found !== null) return true;
    for (; this.#at < this.#chunk.length; this.#at++) {
      const found = recordAt(this.#chunk, this.#at);
      if (found === 'INCOMPLETE') return false;
      if (found === null) continue;
      this.#found = found;
      return true;
    }
    return false;
  }
}

function recordAt(chunk: Buffer, at: number): Found | 'INCOMPLETE' | null {
  if (at + STAMP_LENGTH + 3 > chunk.length) return 'INCOMPLETE';
  const start = chunk[at + STAMP_LENGTH];
  if (start !== 0xfd && start !== 0xfe) return null;
  const timeMs = (chunk.readUInt32BE(at) * 2 ** 32 + chunk.readUInt32BE(at + 4)) / 1_000;
  if (timeMs < EARLIEST_MS || timeMs > LATEST_MS) return null;
  const payloadLength = chunk[at + STAMP_LENGTH + 1] ?? 0;
  const signed = start === 0xfd && ((chunk[at + STAMP_LENGTH + 2] ?? 0) & 1) !== 0;
  const length = STAMP_LENGTH + payloadLength + (start === 0xfd ? (signed ? 25 : 12) : 8);
  return at + length > chunk.length ? 'INCOMPLETE' : { timeMs, length };
}
