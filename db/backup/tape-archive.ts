import type { FileHandle } from 'node:fs/promises';

/** Archives in the form of POSIX.1-1988 ustar: every `tar` can open them. Only files and directories. */

const BLOCK = 512;
const END = new Uint8Array(2 * BLOCK);
const CHUNK = 256 * 1024;
const FILE = '0';
const DIRECTORY = '5';

export interface ArchiveEntry {
  /** Relative, with `/` between its parts. */
  name: string;
  isDirectory: boolean;
  size: number;
}

export function* directoryEntry(name: string): Generator<Uint8Array> {
  yield header({ name, isDirectory: true, size: 0 });
}

export function* textEntry(name: string, text: string): Generator<Uint8Array> {
  const bytes = Buffer.from(text);
  yield header({ name, isDirectory: false, size: bytes.length });
  yield bytes;
  yield padding(bytes.length);
}

/**
 * A file of `size` bytes. It may be written to meanwhile: what it grows by is left out, what it loses is filled with
 * zeros, as PostgreSQL's own pg_basebackup does.
 */
export async function* fileEntry(name: string, file: FileHandle, size: number): AsyncGenerator<Uint8Array> {
  yield header({ name, isDirectory: false, size });
  for (let position = 0; position < size; ) {
    const buffer = new Uint8Array(Math.min(CHUNK, size - position));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
    position += bytesRead === 0 ? buffer.length : bytesRead;
    yield bytesRead === 0 ? buffer : buffer.subarray(0, bytesRead);
  }
  yield padding(size);
}

export function endOfArchive(): Uint8Array {
  return END;
}

/** Calls `take` for each entry, with its content. Throws on anything that `fileEntry` and its like do not write. */
export async function readArchive(
  source: AsyncIterable<Uint8Array>,
  take: (entry: ArchiveEntry, content: AsyncIterable<Uint8Array>) => Promise<void>,
): Promise<void> {
  const bytes = new ByteSource(source);
  for (;;) {
    const block = await bytes.exactly(BLOCK);
    if (block.every((byte) => byte === 0)) return;
    const entry = parseHeader(block);
    await take(entry, bytes.portions(entry.size));
    await bytes.exactly(padding(entry.size).length);
  }
}

function header({ name, isDirectory, size }: ArchiveEntry): Uint8Array {
  if (Buffer.byteLength(name) > 100) throw new Error(`The name ${name} is too long for an archive.`);
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0);
  block.write(isDirectory ? '0000700' : '0000600', 100);
  block.write('0000000', 108);
  block.write('0000000', 116);
  block.write(size.toString(8).padStart(11, '0'), 124);
  block.write('00000000000', 136);
  block.write('        ', 148);
  block.write(isDirectory ? DIRECTORY : FILE, 156);
  block.write('ustar\x0000', 257, 'latin1');
  block.write(`${checksum(block).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

function parseHeader(block: Buffer): ArchiveEntry {
  const type = block.toString('latin1', 156, 157);
  const expected = Number.parseInt(block.toString('latin1', 148, 155), 8);
  const blank = Buffer.from(block).fill(' ', 148, 156);
  const name = block.toString('utf8', 0, 100).split('\0', 1)[0] ?? '';
  const isSafe = name !== '' && !name.startsWith('/') && !name.split(/[\\/]/).includes('..');
  if (checksum(blank) !== expected || (type !== FILE && type !== DIRECTORY) || !isSafe)
    throw new Error('The archive is damaged.');
  const size = Number.parseInt(block.toString('latin1', 124, 135), 8);
  return { name, isDirectory: type === DIRECTORY, size };
}

function checksum(block: Uint8Array): number {
  return block.reduce((sum, byte) => sum + byte, 0);
}

function padding(size: number): Uint8Array {
  return new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK);
}

/** Bytes that come in portions of any size, taken in portions of the size that is needed. */
class ByteSource {
  readonly #source: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  async exactly(size: number): Promise<Buffer> {
    const parts: Uint8Array[] = [];
    for await (const part of this.portions(size)) parts.push(part);
    return Buffer.concat(parts);
  }

  async *portions(size: number): AsyncGenerator<Uint8Array> {
    for (let missing = size; missing > 0; ) {
      if (this.#rest.length === 0) {
        const next = await this.#source.next();
        if (next.done === true) throw new Error('The archive ends too early.');
        this.#rest = next.value;
        continue;
      }
      const part = this.#rest.subarray(0, missing);
      this.#rest = this.#rest.subarray(part.length);
      missing -= part.length;
      yield part;
    }
  }
}
