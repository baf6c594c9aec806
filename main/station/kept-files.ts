import { open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Refusal } from '../../preload/contract/errors.ts';
import {
  KEPT_NAME,
  type KeptFile,
  type KeptFileName,
  type KeptKind,
  safeFileName,
} from '../../preload/contract/vehicle-tools.ts';
import { DownloadedFile, PART_NAME } from './downloaded-file.ts';

const FOLDERS: Record<KeptKind, string> = { LOG: 'logs', FILE: 'files' };
const MOST_FILES = 5_000;
const PIECE_BYTES = 1 << 20;

/**
 * What was downloaded from vehicles, as it lies in the folders `logs` and `files` of the data directory, one folder a
 * vehicle. The folders themselves are the record: a restart forgets nothing, and a file put there by hand is found.
 */
export class KeptFiles {
  readonly #dataDirectory: string;
  /** Paths of the parts that are being written. */
  readonly #open = new Set<string>();

  constructor(dataDirectory: string) {
    this.#dataDirectory = dataDirectory;
  }

  /** Where files of a vehicle of this name are put. */
  folder(kind: KeptKind, vehicle: string): string {
    return join(this.#dataDirectory, FOLDERS[kind], safeFileName(vehicle));
  }

  /** To be ended with `finished` or `brokenOff`. */
  begin(kind: KeptKind, vehicle: string, name: string, sizeBytes: number): DownloadedFile {
    const file = new DownloadedFile(this.folder(kind, vehicle), name, sizeBytes);
    this.#open.add(file.partPath);
    return file;
  }

  finished(file: DownloadedFile): void {
    this.#open.delete(file.partPath);
    file.finish();
  }

  /** Keeps what is good to go on from. */
  brokenOff(file: DownloadedFile, contiguousBytes: number): void {
    this.#open.delete(file.partPath);
    file.keep(contiguousBytes);
  }

  /** Newest first. */
  async list(): Promise<KeptFile[]> {
    const kept: KeptFile[] = [];
    for (const kind of ['LOG', 'FILE'] as const)
      for (const vehicle of await names(join(this.#dataDirectory, FOLDERS[kind]), 'FOLDERS'))
        kept.push(...(await this.ofVehicle(kind, vehicle)));
    return kept.sort((one, other) => other.keptAtMs - one.keptAtMs).slice(0, MOST_FILES);
  }

  async ofVehicle(kind: KeptKind, vehicle: string): Promise<KeptFile[]> {
    const folder = this.folder(kind, vehicle);
    const files = (await names(folder, 'FILES')).slice(0, MOST_FILES);
    const kept = await Promise.all(
      files.map(async (name) => {
        const found = await stat(join(folder, name)).catch(() => null);
        if (found === null) return [];
        const wholeBytes = Number(PART_NAME.exec(name)?.[2] ?? found.size);
        const path = join(folder, name);
        return [
          {
            ...{ kind, vehicle: safeFileName(vehicle), name, path, wholeBytes },
            ...{ sizeBytes: found.size, keptAtMs: found.mtimeMs, arriving: this.#open.has(path) },
          },
        ];
      }),
    );
    return kept.flat();
  }

  /** Refuses (NOT_FOUND) what is not there, and what did not come whole. */
  async wholePath(name: KeptFileName): Promise<string> {
    const path = this.#pathOf(name);
    const found = await stat(path).catch(() => null);
    if (found === null || !found.isFile()) throw gone();
    if (PART_NAME.test(name.name))
      throw new Refusal('NOT_FOUND', 'This file did not come whole. Go on with its download first.');
    return path;
  }

  /** A piece of 1 MB at most. */
  async piece(name: KeptFileName, offset: number): Promise<{ base64: string; sizeBytes: number }> {
    const file = await open(await this.wholePath(name));
    try {
      const { size } = await file.stat();
      const bytes = Buffer.alloc(Math.max(0, Math.min(PIECE_BYTES, size - offset)));
      const { bytesRead } = await file.read(bytes, 0, bytes.length, offset);
      return { base64: bytes.subarray(0, bytesRead).toString('base64'), sizeBytes: size };
    } finally {
      await file.close();
    }
  }

  /** Refuses what is being downloaded (CONFLICT) or is not there (NOT_FOUND). */
  async remove(name: KeptFileName): Promise<void> {
    const path = this.#pathOf(name);
    if (this.#open.has(path))
      throw new Refusal('CONFLICT', 'This file is being downloaded. Cancel the download first.');
    await rm(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') throw gone();
      throw error;
    });
  }

  /** No name that the contract lets in leads out of its folder. */
  #pathOf({ kind, vehicle, name }: KeptFileName): string {
    return join(this.#dataDirectory, FOLDERS[kind], vehicle, name);
  }
}

function gone(): Refusal {
  return new Refusal('NOT_FOUND', 'This file is no longer there. Look at the list again.');
}

async function names(folder: string, which: 'FILES' | 'FOLDERS'): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return entries
    .filter((entry) => (which === 'FILES' ? entry.isFile() : entry.isDirectory()))
    .map(({ name }) => name)
    .filter((name) => KEPT_NAME.test(name));
}
