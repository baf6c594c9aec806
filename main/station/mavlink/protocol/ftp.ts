import type { Frame } from '../frame.ts';
import type { FileDownloadOutcome, FileSink, TransferProgress } from './file-sink.ts';
import { checkDownload, FtpDownload, vehicleChecksum } from './ftp-download.ts';
import { FtpExchange, FtpFailure } from './ftp-exchange.ts';
import { FTP_DATA_LENGTH, FTP_ERROR, FTP_OPCODE, type FtpReply, mavlinkFileCrc32 } from './ftp-payload.ts';
import { readToEnd } from './ftp-read-to-end.ts';
import { type ProtocolPort, requireOneTarget } from './protocol-port.ts';

export interface VehicleFile {
  readonly name: string;
  readonly kind: 'FILE' | 'FOLDER';
  readonly sizeBytes: number;
}

export type FileListOutcome =
  | { readonly state: 'DONE'; readonly files: readonly VehicleFile[] }
  | { readonly state: 'FAILED'; readonly sentence: string };

export type FileOutcome =
  | { readonly state: 'DONE' }
  | { readonly state: 'FAILED'; readonly sentence: string };

/** NONE: the vehicle offers no checksum, so what it wrote was not compared. */
export type FileUploadOutcome =
  | { readonly state: 'DONE'; readonly integrity: 'CHECKSUM' | 'NONE' }
  | Extract<FileOutcome, { state: 'FAILED' }>;

export type FileBytesOutcome =
  | { readonly state: 'DONE'; readonly bytes: Uint8Array }
  | Extract<FileOutcome, { state: 'FAILED' }>;

export interface FileTransferOptions {
  readonly onProgress?: (progress: TransferProgress) => void;
  readonly signal?: AbortSignal | undefined;
}

const MOST_ENTRIES = 10_000;
const WRITES_AT_ONCE = 4;
const LONGEST_PATH = 200;

/**
 * The files of one component over MAVLink FTP; one operation at a time, because autopilots have one session. Each
 * operation is a few questions (ftp-exchange.ts); what a download does is in ftp-download.ts.
 *
 * ```
 *  list ------> LIST from entry 0, 1 … --- EOF --> DONE          a name comes again, or 10,000 entries --> FAILED
 *  download --> OPEN --> download, see there --> CLOSE --> DONE | FAILED
 *  readToEnd -> OPEN --> readToEnd, see there --> CLOSE --> DONE | FAILED
 *  upload ----> CREATE --> WRITE, 4 at a time --> CLOSE --> CHECKSUM --> DONE | FAILED
 *  remove, make or remove a folder: one question
 * ```
 */
export class FtpClient {
  readonly #exchange: FtpExchange;
  #busy = false;

  /** Throws RangeError for target 0. */
  constructor(port: ProtocolPort, target: { readonly systemId: number; readonly componentId: number }) {
    requireOneTarget(target);
    this.#exchange = new FtpExchange(port, target);
  }

  receive(frame: Frame): void {
    this.#exchange.receive(frame);
  }

  /** Ends what runs. */
  close(): void {
    this.#exchange.close('Broken off.');
  }

  list(folder: string, { signal }: FileTransferOptions = {}): Promise<FileListOutcome> {
    return this.#alone(
      async () => ({ state: 'DONE', files: await this.#entries(pathBytes(folder), signal) }),
      (sentence): FileListOutcome => ({ state: 'FAILED', sentence }),
      signal,
    );
  }

  /** `from`: so many bytes of it are in the sink already. */
  download(
    path: string,
    sink: FileSink,
    { onProgress = () => {}, signal, from = 0 }: FileTransferOptions & { readonly from?: number } = {},
  ): Promise<FileDownloadOutcome> {
    let contiguousBytes = from;
    return this.#alone(
      async () => {
        const name = pathBytes(path);
        const opened = await this.#open(FTP_OPCODE.OPEN_FILE_RO, name);
        const size = opened.data.length >= 4 ? new DataView(opened.data.buffer).getUint32(0, true) : 0;
        const { session } = opened;
        const resumed = from <= size ? from : 0;
        const exchange = this.#exchange;
        const download = new FtpDownload({
          exchange,
          sink,
          session,
          size,
          from: resumed,
          onProgress,
          signal,
        });
        try {
          await download.readAll();
        } finally {
          contiguousBytes = download.contiguousBytes;
          await this.#closeSession(session);
        }
        return checkDownload(exchange, name, sink, size);
      },
      (sentence): FileDownloadOutcome => ({ state: 'FAILED', sentence, contiguousBytes }),
      signal,
    );
  }

  /** A file that the vehicle makes while it is read: it has no size beforehand, and no checksum that would hold. */
  readToEnd(
    path: string,
    { limitBytes, signal }: { readonly limitBytes: number; readonly signal?: AbortSignal | undefined },
  ): Promise<FileBytesOutcome> {
    return this.#alone(
      async () => {
        const { session } = await this.#open(FTP_OPCODE.OPEN_FILE_RO, pathBytes(path));
        try {
          const bytes = await readToEnd(this.#exchange, { session, limitBytes, signal });
          return { state: 'DONE', bytes };
        } finally {
          await this.#closeSession(session);
        }
      },
      (sentence): FileBytesOutcome => ({ state: 'FAILED', sentence }),
      signal,
    );
  }

  /** Replaces a file of this name. */
  upload(path: string, bytes: Uint8Array, options: FileTransferOptions = {}): Promise<FileUploadOutcome> {
    return this.#alone(
      async () => {
        const name = pathBytes(path);
        const { session } = await this.#open(FTP_OPCODE.CREATE_FILE, name);
        try {
          await this.#writeAll(session, bytes, options);
        } finally {
          await this.#closeSession(session);
        }
        const theirs = await vehicleChecksum(this.#exchange, name);
        if (theirs !== null && theirs !== mavlinkFileCrc32(bytes))
          throw new FtpFailure(null, 'The file arrived damaged: the checksums differ. Send it again.');
        return { state: 'DONE', integrity: theirs === null ? 'NONE' : 'CHECKSUM' };
      },
      (sentence): FileUploadOutcome => ({ state: 'FAILED', sentence }),
      options.signal,
    );
  }

  remove(path: string): Promise<FileOutcome> {
    return this.#simple(FTP_OPCODE.REMOVE_FILE, path);
  }

  /** The vehicle refuses one that is not empty. */
  removeFolder(path: string): Promise<FileOutcome> {
    return this.#simple(FTP_OPCODE.REMOVE_DIRECTORY, path);
  }

  makeFolder(path: string): Promise<FileOutcome> {
    return this.#simple(FTP_OPCODE.CREATE_DIRECTORY, path);
  }

  #simple(opcode: number, path: string): Promise<FileOutcome> {
    return this.#alone(
      async () => {
        await this.#exchange.ask({ opcode, data: pathBytes(path) });
        return { state: 'DONE' };
      },
      (sentence): FileOutcome => ({ state: 'FAILED', sentence }),
      undefined,
    );
  }

  async #alone<Outcome>(
    work: () => Promise<Outcome>,
    failed: (sentence: string) => Outcome,
    signal: AbortSignal | undefined,
  ): Promise<Outcome> {
    if (this.#busy) return failed('Another file operation with this vehicle is under way. Wait for it.');
    if (signal?.aborted === true) return failed('Broken off.');
    this.#busy = true;
    const breakOff = (): void => this.close();
    signal?.addEventListener('abort', breakOff);
    try {
      return await work();
    } catch (error) {
      return failed(error instanceof Error ? error.message : String(error));
    } finally {
      signal?.removeEventListener('abort', breakOff);
      this.#busy = false;
    }
  }

  /** A session that an earlier transfer left behind is ended once. */
  async #open(opcode: number, path: Uint8Array): Promise<FtpReply> {
    try {
      return await this.#exchange.ask({ opcode, data: path });
    } catch (error) {
      if (!(error instanceof FtpFailure) || error.code !== FTP_ERROR.NO_SESSIONS_AVAILABLE) throw error;
      await this.#exchange.ask({ opcode: FTP_OPCODE.RESET_SESSIONS });
      return this.#exchange.ask({ opcode, data: path });
    }
  }

  /** One that does not close ends with the next RESET_SESSIONS: the transfer itself is judged by its bytes. */
  async #closeSession(session: number): Promise<void> {
    try {
      await this.#exchange.ask({ opcode: FTP_OPCODE.TERMINATE_SESSION, session });
    } catch (error) {
      if (!(error instanceof Error)) throw error;
    }
  }

  async #writeAll(
    session: number,
    bytes: Uint8Array,
    { onProgress = () => {}, signal }: FileTransferOptions,
  ): Promise<void> {
    const step = WRITES_AT_ONCE * FTP_DATA_LENGTH;
    for (let at = 0; at < bytes.length; at += step) {
      const pieces: Promise<FtpReply>[] = [];
      for (let offset = at; offset < Math.min(bytes.length, at + step); offset += FTP_DATA_LENGTH) {
        const data = bytes.subarray(offset, offset + FTP_DATA_LENGTH);
        pieces.push(this.#exchange.ask({ opcode: FTP_OPCODE.WRITE_FILE, session, offset, data }));
      }
      for (const result of await Promise.allSettled(pieces))
        if (result.status === 'rejected') throw result.reason;
      if (signal?.aborted === true) throw new FtpFailure(null, 'Broken off.');
      onProgress({ bytes: Math.min(bytes.length, at + step), size: bytes.length });
    }
  }

  async #entries(folder: Uint8Array, signal: AbortSignal | undefined): Promise<VehicleFile[]> {
    const files: VehicleFile[] = [];
    const names = new Set<string>();
    for (let offset = 0; offset < MOST_ENTRIES; ) {
      if (signal?.aborted === true) throw new FtpFailure(null, 'Broken off.');
      const page = await this.#page(folder, offset);
      if (page === null) return files;
      offset += page.length;
      for (const file of page) {
        if (file === null) continue;
        if (names.has(file.name))
          throw new FtpFailure(null, 'The vehicle lists its files in circles. Restart it, then try again.');
        names.add(file.name);
        files.push(file);
      }
    }
    throw new FtpFailure(
      null,
      `The folder has more than ${MOST_ENTRIES.toLocaleString('en')} entries. They are not read.`,
    );
  }

  /** Null at the end of the folder. Entries to be skipped are null: they count. */
  async #page(folder: Uint8Array, offset: number): Promise<(VehicleFile | null)[] | null> {
    try {
      const { data } = await this.#exchange.ask({ opcode: FTP_OPCODE.LIST_DIRECTORY, offset, data: folder });
      const entries = new TextDecoder()
        .decode(data)
        .split('\0')
        .filter((entry) => entry !== '');
      if (entries.length === 0) return null;
      return entries.map(readEntry);
    } catch (error) {
      if (error instanceof FtpFailure && error.code === FTP_ERROR.EOF) return null;
      throw error;
    }
  }
}

/** `F` name tab size, `D` name, or `S` for an entry to be skipped. */
function readEntry(entry: string): VehicleFile | null {
  const [name = '', size = '0'] = entry.slice(1).split('\t');
  if (name === '' || name === '.' || name === '..') return null;
  if (entry.startsWith('D')) return { name, kind: 'FOLDER', sizeBytes: 0 };
  const sizeBytes = Number(size);
  if (!entry.startsWith('F') || !Number.isSafeInteger(sizeBytes) || sizeBytes < 0) return null;
  return { name, kind: 'FILE', sizeBytes };
}

function pathBytes(path: string): Uint8Array {
  const bytes = new TextEncoder().encode(path);
  if (bytes.length === 0 || bytes.length > LONGEST_PATH || bytes.includes(0))
    throw new FtpFailure(null, 'This is not a path that a vehicle can have.');
  return bytes;
}
