import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DurableFs, type NodeFilesystem, type NodeStream } from '../../db/durable-fs.ts';
import { DiskDirectory, type DiskEntry, DiskFile, type DiskOperation } from './power-cut-disk.ts';

/** The operations of emscripten's NODEFS that change names and sizes. */
interface NodeOperations {
  mknod(parent: object, name: string, mode: number, device: number): object;
  setattr(node: object, attributes: { size?: number }): void;
  rename(node: object, newParent: object, newName: string): void;
  unlink(parent: object, name: string): void;
  rmdir(parent: object, name: string): void;
}

const FILE_TYPE = 0o170_000;
const DIRECTORY_TYPE = 0o040_000;

/**
 * The product's own file system, with everything that it asks of the disk written down, so that the power can be cut
 * afterwards at any moment. With `losesSyncs` the disk says that it keeps what it does not: the planted defect that
 * the simulator has to find.
 */
export class PowerCutFs extends DurableFs {
  readonly root = new DiskDirectory();
  /** What was asked of the disk since the directory was made, in order. */
  readonly operations: DiskOperation[] = [];
  readonly #directory: string;
  readonly #losesSyncs: boolean;
  /** Names as the running system sees them: all operations count at once. */
  readonly #entries = new Map<string, DiskEntry>();
  /** A file that lost its name is still written to by whoever has it open. */
  readonly #filesByNode = new WeakMap<object, DiskFile>();

  constructor(directory: string, onAbort: () => void, { losesSyncs = false } = {}) {
    super(directory, onAbort);
    this.#directory = directory;
    this.#losesSyncs = losesSyncs;
    this.#entries.set(directory, this.root);
    this.#keep(directory, this.root);
  }

  protected override makeDurable(filesystem: NodeFilesystem): void {
    super.makeDurable(filesystem);
    this.#recordStreams(filesystem);
    this.#recordNames(filesystem);
  }

  /** What is there at the beginning is taken to be on the disk. */
  #keep(path: string, directory: DiskDirectory): void {
    for (const name of readdirSync(path)) {
      const entryPath = join(path, name);
      let entry: DiskEntry;
      if (statSync(entryPath).isDirectory()) {
        entry = new DiskDirectory();
        this.#keep(entryPath, entry);
      } else {
        entry = new DiskFile();
        entry.kept = readFileSync(entryPath);
        entry.keptSize = entry.kept.length;
      }
      directory.kept.set(name, entry);
      this.#entries.set(entryPath, entry);
    }
  }

  #recordStreams(filesystem: NodeFilesystem): void {
    const operations = filesystem.stream_ops;
    const { write, fsync } = operations;
    operations.write = (stream, buffer, offset, length, position) => {
      const written = write(stream, buffer, offset, length, position);
      // A typed array of the engine's memory: its offset counts from the beginning of that memory.
      const data = new Uint8Array(buffer.buffer, offset, written).slice();
      this.operations.push({
        on: this.#fileOf(filesystem, stream.node),
        operation: { kind: 'write', offset: position, data },
      });
      return written;
    };
    operations.fsync = (stream: NodeStream) => {
      const result = fsync?.(stream) ?? 0;
      if (this.#losesSyncs) return result;
      const on =
        stream.nfd === undefined
          ? this.#directoryAt(filesystem.realPath(stream.node))
          : this.#fileOf(filesystem, stream.node);
      this.operations.push({ on, operation: 'sync' });
      return result;
    };
  }

  #recordNames(filesystem: NodeFilesystem): void {
    const operations = (filesystem as NodeFilesystem & { node_ops: NodeOperations }).node_ops;
    const { mknod, setattr, rename, unlink, rmdir } = operations;
    operations.mknod = (parent, name, mode, device) => {
      const node = mknod(parent, name, mode, device);
      const entry = (mode & FILE_TYPE) === DIRECTORY_TYPE ? new DiskDirectory() : new DiskFile();
      this.#entries.set(filesystem.realPath(node), entry);
      if (entry.kind === 'file') this.#filesByNode.set(node, entry);
      this.operations.push({
        on: this.#directoryAt(filesystem.realPath(parent)),
        operation: { kind: 'add', name, entry },
      });
      return node;
    };
    operations.setattr = (node, attributes) => {
      setattr(node, attributes);
      const { size } = attributes;
      if (size !== undefined)
        this.operations.push({ on: this.#fileOf(filesystem, node), operation: { kind: 'resize', size } });
    };
    operations.rename = (node, newParent, newName) => {
      const path = filesystem.realPath(node);
      const newPath = join(filesystem.realPath(newParent), newName);
      if (dirname(path) !== dirname(newPath)) throw new Error(`${path} was moved to another directory.`);
      const entry = this.#fileOf(filesystem, node);
      rename(node, newParent, newName);
      this.#entries.delete(path);
      this.#entries.set(newPath, entry);
      this.operations.push({
        on: this.#directoryAt(dirname(path)),
        operation: { kind: 'rename', name: path.slice(dirname(path).length + 1), newName, entry },
      });
    };
    const remove = (inner: typeof unlink): typeof unlink => {
      return (parent, name) => {
        inner(parent, name);
        const path = filesystem.realPath(parent);
        this.#entries.delete(join(path, name));
        this.operations.push({ on: this.#directoryAt(path), operation: { kind: 'remove', name } });
      };
    };
    operations.unlink = remove(unlink);
    operations.rmdir = remove(rmdir);
  }

  #fileOf(filesystem: NodeFilesystem, node: object): DiskFile {
    const known = this.#filesByNode.get(node);
    if (known !== undefined) return known;
    const path = filesystem.realPath(node);
    const entry = this.#entries.get(path);
    if (entry?.kind !== 'file') throw new Error(`${path} is no file that the simulated disk knows.`);
    this.#filesByNode.set(node, entry);
    return entry;
  }

  #directoryAt(path: string): DiskDirectory {
    const entry = this.#entries.get(path === '' ? this.#directory : path);
    if (entry?.kind !== 'directory')
      throw new Error(`${path} is no directory that the simulated disk knows.`);
    return entry;
  }
}
