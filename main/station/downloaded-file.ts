import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { safeFileName } from '../../preload/contract/vehicle-tools.ts';
import type { FileSink } from './mavlink/protocol/file-sink.ts';
import { mavlinkFileCrc32 } from './mavlink/protocol/ftp-payload.ts';

const READ_BYTES = 1 << 20;

/** Of a download that broke off: the whole file's name and size. */
export const PART_NAME = /^(.+)\.(\d+)\.part$/;

/**
 * A vehicle's file while it is downloaded: a `.part` file that is kept when the download breaks off, and goes on later.
 * The size is in its name, so that it is never taken for the beginning of another log of the same number.
 */
export class DownloadedFile implements FileSink {
  readonly #path: string;
  readonly #partPath: string;
  readonly #file: number;

  /** Throws Error in words when it cannot be written. */
  constructor(folder: string, name: string, sizeBytes: number) {
    this.#path = join(folder, safeFileName(name));
    this.#partPath = `${this.#path}.${sizeBytes}.part`;
    try {
      mkdirSync(dirname(this.#path), { recursive: true });
      this.#file = openSync(this.#partPath, existsSync(this.#partPath) ? 'r+' : 'w+');
    } catch (error) {
      throw diskError(error);
    }
  }

  get partPath(): string {
    return this.#partPath;
  }

  /** So many bytes of an earlier try are there. */
  get bytes(): number {
    return statSync(this.#partPath).size;
  }

  write(offset: number, bytes: Uint8Array): void {
    try {
      writeSync(this.#file, bytes, 0, bytes.length, offset);
    } catch (error) {
      throw diskError(error);
    }
  }

  async checksum(size: number): Promise<number> {
    const file = await open(this.#partPath);
    try {
      const piece = Buffer.alloc(READ_BYTES);
      let sum = 0;
      for (let at = 0; at < size; ) {
        const { bytesRead } = await file.read(piece, 0, Math.min(READ_BYTES, size - at), at);
        if (bytesRead === 0) break;
        sum = mavlinkFileCrc32(piece.subarray(0, bytesRead), sum);
        at += bytesRead;
      }
      return sum;
    } finally {
      await file.close();
    }
  }

  /** Keeps what is good to go on from. */
  keep(contiguousBytes: number): void {
    ftruncateSync(this.#file, contiguousBytes);
    closeSync(this.#file);
    if (contiguousBytes === 0) rmSync(this.#partPath);
  }

  /** The whole file, under its name; never in the place of another one. Returns its path. */
  finish(): string {
    closeSync(this.#file);
    const extension = extname(this.#path);
    const stem = this.#path.slice(0, this.#path.length - extension.length);
    let path = this.#path;
    for (let copy = 2; existsSync(path); copy++) path = `${stem}-${copy}${extension}`;
    renameSync(this.#partPath, path);
    return path;
  }
}

function diskError(error: unknown): Error {
  const { code } = error as NodeJS.ErrnoException;
  const sentence =
    code === 'ENOSPC'
      ? 'The disk of the station is full. Free some space, then download it again: it goes on where it stopped.'
      : 'The file cannot be written to the folder of the station. Check that it may be written to.';
  return new Error(sentence, { cause: error });
}
