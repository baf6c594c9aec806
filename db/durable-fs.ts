import { closeSync, fsyncSync, openSync } from 'node:fs';
import { PGlite } from '@electric-sql/pglite';
import { NodeFS } from '@electric-sql/pglite/nodefs';
import { Refusal } from '../preload/contract/errors.ts';

/** The parts of emscripten's NODEFS that are used here. They are internals: `assertDurable` proves that they hold. */
export interface NodeStream {
  node: object;
  nfd?: number;
}
export interface NodeFilesystem {
  realPath(node: object): string;
  tryFSOperation<Result>(operation: () => Result): Result;
  stream_ops: {
    fsync?: (stream: NodeStream) => number;
    write: (
      stream: NodeStream,
      buffer: Uint8Array,
      offset: number,
      length: number,
      position: number,
    ) => number;
  };
}

/** Some file systems cannot sync a directory: then there is nothing more that a program can do. */
const DIRECTORY_SYNC_UNSUPPORTED = new Set(['EPERM', 'EACCES', 'EISDIR', 'EINVAL', 'ENOTSUP']);

/**
 * PGlite's directory on disk, with the one thing that PGlite leaves out: an acknowledged commit is on the disk itself,
 * so it survives a power cut. Use together with DURABLE_START_PARAMETERS.
 */
export class DurableFs extends NodeFS {
  readonly #onAbort: () => void;
  readonly #makeRoom: () => boolean;
  #syncs = 0;
  #diskFull = false;

  /**
   * `onAbort` is called when the engine gives itself up, for instance because its log could not be written. PGlite
   * then calls the dead engine again and again and never returns: the thread must end there and then. `makeRoom` is
   * called when something does not fit; true: try again.
   */
  constructor(directory: string, onAbort: () => void, makeRoom: () => boolean = () => false) {
    super(directory);
    this.#onAbort = onAbort;
    this.#makeRoom = makeRoom;
  }

  /** How many times the disk was told to keep what it was given. */
  get syncs(): number {
    return this.#syncs;
  }

  /** Whether a write was refused for want of space since this was last asked. */
  takeDiskFull(): boolean {
    const diskFull = this.#diskFull;
    this.#diskFull = false;
    return diskFull;
  }

  override async init(...[database, options]: Parameters<NodeFS['init']>): ReturnType<NodeFS['init']> {
    const prepared = await super.init(database, options);
    const preRun = prepared.emscriptenOpts.preRun ?? [];
    return {
      emscriptenOpts: {
        ...prepared.emscriptenOpts,
        onAbort: () => this.#onAbort(),
        preRun: [...preRun, (module) => this.makeDurable(nodeFilesystem(module.FS))],
      },
    };
  }

  protected makeDurable(filesystem: NodeFilesystem): void {
    const operations = filesystem.stream_ops;
    const { write } = operations;
    operations.fsync = (stream) => {
      filesystem.tryFSOperation(() => {
        if (stream.nfd === undefined) syncDirectory(filesystem.realPath(stream.node));
        else fsyncSync(stream.nfd);
      });
      this.#syncs++;
      return 0;
    };
    operations.write = (stream, buffer, offset, length, position) => {
      let written = 0;
      // The last of the space takes a part of a write. The engine would take that for a full disk.
      while (written < length) {
        try {
          written += write(stream, buffer, offset + written, length - written, position + written);
        } catch (error) {
          if (!isDiskFull(error)) throw error;
          if (this.#makeRoom()) continue;
          this.#diskFull = true;
          throw error;
        }
      }
      return written;
    };
  }
}

/** Emscripten's (WASI's) numbers of ENOSPC and EDQUOT. */
const DISK_FULL_ERRNO: unknown[] = [51, 19];
const DISK_FULL_CODES: unknown[] = ['ENOSPC', 'EDQUOT'];

/** An error of Node's or of the engine's file system that means that nothing more fits. */
export function isDiskFull(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  if ('code' in error && typeof error.code === 'string') return DISK_FULL_CODES.includes(error.code);
  return 'errno' in error && DISK_FULL_ERRNO.includes(error.errno);
}

function nodeFilesystem(filesystems: object): NodeFilesystem {
  if ('filesystems' in filesystems) {
    const known = filesystems.filesystems;
    if (typeof known === 'object' && known !== null && 'NODEFS' in known)
      return known.NODEFS as NodeFilesystem;
  }
  throw new Error('This build of the database engine has no file system that can be made durable.');
}

/** Makes the names in a directory durable: new, renamed and removed files. */
export function syncDirectory(path: string): void {
  let descriptor: number | null = null;
  try {
    descriptor = openSync(path, 'r');
    fsyncSync(descriptor);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (!DIRECTORY_SYNC_UNSUPPORTED.has(code)) throw error;
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
}

/** PGlite starts with `-F` (never sync); everything else of its start is kept. */
export const DURABLE_START_PARAMETERS: string[] = [
  ...PGlite.defaultStartParams.filter((parameter) => parameter !== '-F'),
  ...['wal_sync_method=fsync', 'shared_buffers=16MB', 'min_wal_size=32MB', 'max_wal_size=128MB'].flatMap(
    (setting) => ['-c', setting],
  ),
];

/** A transaction that writes nothing but forces everything committed before it onto the disk. */
export const FLUSH_STATEMENT = "SELECT pg_logical_emit_message(true, 'flush', '')";

/** Commits once and counts. Throws STORAGE_UNAVAILABLE when the commit did not reach the disk. */
export async function assertDurable(database: PGlite, filesystem: { readonly syncs: number }): Promise<void> {
  const before = filesystem.syncs;
  await database.query(FLUSH_STATEMENT);
  if (filesystem.syncs === before)
    throw new Refusal(
      'STORAGE_UNAVAILABLE',
      'The database does not write through to the disk, so a power cut would lose records. The station does not start. Install the program again.',
    );
}
