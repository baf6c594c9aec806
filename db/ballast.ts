import { randomBytes } from 'node:crypto';
import { closeSync, openSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { isDiskFull } from './durable-fs.ts';

export const BALLAST_FILE = 'database.ballast';
const BALLAST_BYTES = 32 * 1024 * 1024;
const CHUNK_BYTES = 1024 * 1024;
/** Taken back only when so much stays free beside it: otherwise it would itself fill the disk. */
const FREE_BESIDE_BYTES = 2 * BALLAST_BYTES;

/**
 * Space that is held beside the database so that a full disk does not stop the records of a mission: giving it up lets
 * the engine finish what it writes, and go on for a while.
 */
export class Ballast {
  readonly #dataDirectory: string;
  readonly #path: string;
  #held: boolean;
  #justReleased = false;

  constructor(dataDirectory: string) {
    this.#dataDirectory = dataDirectory;
    this.#path = join(dataDirectory, BALLAST_FILE);
    this.#held = statSync(this.#path, { throwIfNoEntry: false })?.size === BALLAST_BYTES;
  }

  get held(): boolean {
    return this.#held;
  }

  /** Frees the space. False: there was none to free. */
  release(): boolean {
    if (!this.#held) return false;
    this.#held = false;
    this.#justReleased = true;
    rmSync(this.#path, { force: true });
    return true;
  }

  /**
   * Takes the space when there is plenty, but not at the first call after a release, which is there to be noticed.
   * Returns whether it is held. Throws what is not about space.
   */
  take(): boolean {
    if (this.#held) return true;
    if (this.#justReleased) {
      this.#justReleased = false;
      return false;
    }
    const { bavail, bsize } = statfsSync(this.#dataDirectory);
    if (bavail * bsize < BALLAST_BYTES + FREE_BESIDE_BYTES) return false;
    try {
      this.#write();
      this.#held = true;
    } catch (error) {
      rmSync(this.#path, { force: true });
      if (!isDiskFull(error)) throw error;
    }
    return this.#held;
  }

  #write(): void {
    const descriptor = openSync(this.#path, 'w', 0o600);
    try {
      // Not zeros, nor anything else that compresses: some file systems keep no room for those.
      const chunk = randomBytes(CHUNK_BYTES);
      for (let done = 0; done < BALLAST_BYTES; ) {
        chunk.writeUInt32LE(done);
        done += writeSync(descriptor, chunk, 0, Math.min(CHUNK_BYTES, BALLAST_BYTES - done), done);
      }
    } finally {
      closeSync(descriptor);
    }
  }
}
