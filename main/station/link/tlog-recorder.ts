import { type FileHandle, mkdir, open, readdir, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { TlogFile } from '../../../preload/contract/links.ts';
import type { Frame } from '../mavlink/frame.ts';
import { SETUP_SIGNING } from '../mavlink/generated/messages.ts';
import type { Alerts } from '../ports/alerts.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { carriesKey, type TrafficTap } from './traffic.ts';

/**
 * Records everything that is heard and sent, as QGroundControl and Mission Planner read it: eight bytes of time
 * (microseconds since 1970 UTC, big-endian), then the frame. Signing keys are left out.
 */
export interface TlogRecorder extends TrafficTap {
  readonly folder: string;
  status(): { recording: string | null; notice: string | null; usedBytes: number; files: TlogFile[] };
  setBudget(budgetBytes: number): void;
  close(): Promise<void>;
}

const STAMP_LENGTH = 8;
const LONGEST_RECORD = STAMP_LENGTH + 280;
const CHUNK_BYTES = 512 * 1024;
/** More than this waits for the disk: what comes meanwhile is not recorded. */
const MOST_WAITING_CHUNKS = 16;
const FLUSH_MS = 1_000;
const TIDY_MS = 30_000;
const ROTATE_BYTES = 128 * 1024 * 1024;
/** The rest of the disk is for the records. */
const RESERVE_BYTES = 300 * 1024 * 1024;
const CAUSE = 'tlog-stopped';
const FULL =
  'Recording of the links stopped: the disk is almost full. Flying goes on. Free some space on the disk of the station.';

export interface TlogParts {
  folder: string;
  budgetBytes: number;
  clock: Clock;
  alerts: Alerts;
  log: Log;
  rotateBytes?: number;
  /** Free bytes on the disk of the folder. */
  freeBytes?: (folder: string) => Promise<number>;
}

export function createTlogRecorder(parts: TlogParts): TlogRecorder {
  return new Recorder(parts);
}

class Recorder implements TlogRecorder {
  readonly folder: string;
  readonly #parts: TlogParts;
  readonly #stops: (() => void)[];
  #budgetBytes: number;
  #chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  #used = 0;
  #flushed = 0;
  #waiting = 0;
  #work: Promise<void> = Promise.resolve();
  #file: { handle: FileHandle; name: string; bytes: number } | null = null;
  #files: TlogFile[] = [];
  #notice: string | null = null;
  #closed = false;

  constructor(parts: TlogParts) {
    this.#parts = parts;
    this.folder = parts.folder;
    this.#budgetBytes = parts.budgetBytes;
    this.#stops = [
      parts.clock.every(FLUSH_MS, () => this.#flush()),
      parts.clock.every(TIDY_MS, () => this.#queue(() => this.#tidy())),
    ];
    this.#queue(() => this.#tidy());
  }

  status() {
    const recording = this.#file?.name ?? null;
    const files = this.#files.map((file) =>
      file.name === recording ? { ...file, sizeBytes: this.#file?.bytes ?? file.sizeBytes } : file,
    );
    const usedBytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    return { recording, notice: this.#notice, usedBytes, files };
  }

  setBudget(budgetBytes: number): void {
    this.#budgetBytes = budgetBytes;
    this.#queue(() => this.#tidy());
  }

  received(frame: Frame): void {
    if (frame.messageId === SETUP_SIGNING.id || !this.#begin()) return;
    this.#used += frame.copyInto(this.#chunk, this.#used);
  }

  passed(bytes: Uint8Array): void {
    if (!this.#begin()) return;
    this.#chunk.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  sent(bytes: Uint8Array): void {
    if (!carriesKey(bytes)) this.passed(bytes);
  }

  async close(): Promise<void> {
    for (const stop of this.#stops) stop();
    this.#flush();
    this.#closed = true;
    this.#queue(() => this.#closeFile());
    await this.#work;
  }

  /** Writes the time of a record. False: nothing is recorded now. */
  #begin(): boolean {
    if (this.#notice !== null || this.#closed) return false;
    if (this.#used + LONGEST_RECORD > CHUNK_BYTES) {
      this.#flush();
      if (this.#waiting >= MOST_WAITING_CHUNKS) return false;
      this.#chunk = Buffer.allocUnsafe(CHUNK_BYTES);
      this.#used = 0;
      this.#flushed = 0;
    }
    const timeUs = this.#parts.clock.nowMs() * 1_000;
    this.#chunk.writeUInt32BE(Math.floor(timeUs / 2 ** 32), this.#used);
    this.#chunk.writeUInt32BE(timeUs % 2 ** 32, this.#used + 4);
    this.#used += STAMP_LENGTH;
    return true;
  }

  #flush(): void {
    if (this.#flushed === this.#used) return;
    const bytes = this.#chunk.subarray(this.#flushed, this.#used);
    this.#flushed = this.#used;
    this.#waiting++;
    this.#queue(async () => {
      this.#waiting--;
      await this.#write(bytes);
    });
  }

  /** One thing at a time with the files. The disk's refusals end the recording, never the station. */
  #queue(work: () => Promise<void>): void {
    this.#work = this.#work.then(work).catch((error: unknown) => this.#stop(error));
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (this.#notice !== null) return;
    const file = this.#file ?? (await this.#openFile());
    await file.handle.write(bytes);
    file.bytes += bytes.length;
    if (file.bytes < (this.#parts.rotateBytes ?? ROTATE_BYTES)) return;
    await this.#closeFile();
    await this.#tidy();
  }

  async #openFile() {
    await mkdir(this.folder, { recursive: true });
    const startedAtMs = this.#parts.clock.nowMs();
    const name = `${new Date(startedAtMs).toISOString().replaceAll(':', '-')}.tlog`;
    const handle = await open(join(this.folder, name), 'ax', 0o600);
    this.#file = { handle, name, bytes: 0 };
    this.#files = [{ name, sizeBytes: 0, startedAtMs }, ...this.#files];
    return this.#file;
  }

  async #closeFile(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    await file?.handle.close();
  }

  /** Removes the oldest recordings beyond the budget, and looks whether there is room. */
  async #tidy(): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    const files = await listTlogs(this.folder);
    let usedBytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    for (const file of files.toReversed()) {
      if (usedBytes <= this.#budgetBytes || file.name === this.#file?.name) break;
      await rm(join(this.folder, file.name));
      this.#parts.log.info('tlog.removed', { name: file.name, sizeBytes: file.sizeBytes });
      usedBytes -= file.sizeBytes;
      files.pop();
    }
    this.#files = files;
    const freeBytes = await (this.#parts.freeBytes ?? freeBytesOf)(this.folder);
    if (freeBytes < RESERVE_BYTES) this.#refuse(FULL);
    else if (this.#notice !== null) this.#resume();
  }

  #stop(error: unknown): void {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    this.#parts.log.warn('tlog.failed', { code });
    this.#refuse(
      code === 'ENOSPC' || code === 'EDQUOT'
        ? FULL
        : `Recording of the links stopped (${code}). Flying goes on. Check the folder ${this.folder}.`,
    );
  }

  #refuse(sentence: string): void {
    void this.#file?.handle.close().catch(() => {});
    this.#file = null;
    this.#notice = sentence;
    this.#parts.alerts.raise({ cause: CAUSE, level: 'CAUTION', subject: 'Station', sentence });
  }

  #resume(): void {
    this.#notice = null;
    this.#flushed = this.#used;
    this.#parts.alerts.clear(CAUSE);
  }
}

/** Newest first. */
async function listTlogs(folder: string): Promise<TlogFile[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.tlog'));
  const files = await Promise.all(
    names.map(async (name) => {
      const { size, birthtimeMs } = await stat(join(folder, name));
      const named = Date.parse(name.replace(/T(\d\d)-(\d\d)-/, 'T$1:$2:').replace(/\.tlog$/, ''));
      return { name, sizeBytes: size, startedAtMs: Number.isNaN(named) ? birthtimeMs : named };
    }),
  );
  return files.toSorted((a, b) => b.startedAtMs - a.startedAtMs);
}

async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
