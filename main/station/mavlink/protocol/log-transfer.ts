import type { Frame, MessageDefinition } from '../frame.ts';
import {
  LOG_DATA,
  LOG_ENTRY,
  LOG_REQUEST_DATA,
  LOG_REQUEST_END,
  LOG_REQUEST_LIST,
} from '../generated/messages.ts';
import { ByteGaps } from './byte-gaps.ts';
import type { FileDownloadOutcome, FileSink, TransferProgress } from './file-sink.ts';
import { type ProtocolPort, requireOneTarget } from './protocol-port.ts';

export interface LogEntry {
  readonly id: number;
  readonly sizeBytes: number;
  /** UTC of the log's end or beginning; null when the vehicle did not know the time. */
  readonly utcMs: number | null;
}

export type LogListOutcome =
  | { readonly state: 'DONE'; readonly logs: readonly LogEntry[] }
  | { readonly state: 'FAILED'; readonly sentence: string };

const SILENT_MS = 1_000;
const TRIES = 8;
const MOST_LOGS = 1_000;
const DATA_LENGTH = 90;
const LAST_LOG = 0xffff;
/** LOG_DATA.data lies behind offset, id and count. */
const DATA_OFFSET = 7;
const BROKEN_OFF = 'Broken off.';

interface Running {
  receive(frame: Frame): void;
  end(sentence: string): void;
}

/**
 * Logs by LOG_REQUEST_LIST and LOG_REQUEST_DATA (messages 117 to 122), for vehicles without file transfer.
 *
 * ```
 *           silent 1 s: ask for what is missing
 *              +----+
 *              v    |
 *  list ----> LISTING ---- every announced entry is there ----------> DONE
 *  download -> READING --- every byte is there --> LOG_REQUEST_END -> DONE
 *                 +------- 8 silences, or repetitions, in a row ----> FAILED
 * ```
 *
 * The messages carry no checksum beyond each frame's own: the size is what can be verified.
 */
export class LogTransfer {
  readonly #port: ProtocolPort;
  readonly #target: { readonly systemId: number; readonly componentId: number };
  #running: Running | null = null;

  /** Throws RangeError for target 0. */
  constructor(port: ProtocolPort, target: { readonly systemId: number; readonly componentId: number }) {
    requireOneTarget(target);
    this.#port = port;
    this.#target = target;
  }

  list({ signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<LogListOutcome> {
    return this.#alone<LogListOutcome>(
      (end) => new LogListing(this, end),
      (sentence) => ({ state: 'FAILED', sentence }),
      signal,
    );
  }

  /** `from`: so many bytes of it are in the sink already. */
  async download(
    log: LogEntry,
    sink: FileSink,
    options: {
      readonly from?: number;
      readonly onProgress?: (progress: TransferProgress) => void;
      readonly signal?: AbortSignal | undefined;
    } = {},
  ): Promise<FileDownloadOutcome> {
    const { from = 0, onProgress = () => {}, signal } = options;
    const gaps = new ByteGaps(log.sizeBytes, from <= log.sizeBytes ? from : 0);
    const outcome = await this.#alone<FileDownloadOutcome>(
      (end) => new LogReading(this, { log, sink, gaps, onProgress, end }),
      (sentence) => ({ state: 'FAILED', sentence, contiguousBytes: gaps.contiguousBytes }),
      signal,
    );
    this.sendIfPossible(LOG_REQUEST_END, this.address);
    return outcome;
  }

  receive(frame: Frame): void {
    if (frame.messageId !== LOG_ENTRY.id && frame.messageId !== LOG_DATA.id) return;
    if (frame.systemId !== this.#target.systemId || frame.componentId !== this.#target.componentId) return;
    try {
      this.#running?.receive(frame);
    } catch (error) {
      // The station's own disk, for instance.
      this.#running?.end(error instanceof Error ? error.message : String(error));
    }
  }

  /** Ends what runs. */
  close(): void {
    this.#running?.end(BROKEN_OFF);
  }

  get address(): { targetSystem: number; targetComponent: number } {
    return { targetSystem: this.#target.systemId, targetComponent: this.#target.componentId };
  }

  get clock(): ProtocolPort['clock'] {
    return this.#port.clock;
  }

  /** Without a link at this moment the next silence tries again. */
  sendIfPossible<Fields>(definition: MessageDefinition<Fields>, fields: Fields): void {
    try {
      this.#port.send(definition, fields);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
    }
  }

  #alone<Outcome>(
    make: (end: (outcome: Outcome) => void) => { start(): void; receive(frame: Frame): void; stop(): void },
    failed: (sentence: string) => Outcome,
    signal: AbortSignal | undefined,
  ): Promise<Outcome> {
    if (this.#running !== null)
      return Promise.resolve(failed('Another log is being read from this vehicle. Wait for it.'));
    if (signal?.aborted === true) return Promise.resolve(failed(BROKEN_OFF));
    return new Promise((resolve) => {
      const end = (outcome: Outcome): void => {
        machine.stop();
        this.#running = null;
        signal?.removeEventListener('abort', breakOff);
        resolve(outcome);
      };
      const breakOff = (): void => end(failed(BROKEN_OFF));
      const machine = make(end);
      this.#running = { receive: (frame) => machine.receive(frame), end: (why) => end(failed(why)) };
      signal?.addEventListener('abort', breakOff);
      machine.start();
    });
  }
}

/** What both machines do in silence: ask again, and give up after a while without anything new. */
abstract class LogMachine {
  protected readonly transfer: LogTransfer;
  #silences = 0;
  #cancelTimer: () => void = () => {};

  constructor(transfer: LogTransfer) {
    this.transfer = transfer;
  }

  start(): void {
    this.#wait();
    this.ask();
  }

  stop(): void {
    this.#cancelTimer();
  }

  protected abstract ask(): void;
  protected abstract fail(sentence: string): void;

  /** Only what is new counts: a peer that repeats itself is a silent one. */
  protected progressed(): void {
    this.#silences = 0;
    this.#cancelTimer();
    this.#wait();
  }

  #wait(): void {
    this.#cancelTimer = this.transfer.clock.after(SILENT_MS, () => {
      this.#silences++;
      if (this.#silences === TRIES) {
        this.fail('The vehicle sends nothing more of its logs. Check the link, then try again.');
        return;
      }
      this.#wait();
      this.ask();
    });
  }
}

class LogListing extends LogMachine {
  readonly #end: (outcome: LogListOutcome) => void;
  readonly #logs = new Map<number, LogEntry>();

  constructor(transfer: LogTransfer, end: (outcome: LogListOutcome) => void) {
    super(transfer);
    this.#end = end;
  }

  receive(frame: Frame): void {
    if (frame.messageId !== LOG_ENTRY.id) return;
    const { id, size, timeUtc, numLogs } = LOG_ENTRY.read(frame);
    if (numLogs > MOST_LOGS) {
      const said = numLogs.toLocaleString('en');
      this.fail(
        `The vehicle says it has ${said} logs. More than ${MOST_LOGS.toLocaleString('en')} are not listed.`,
      );
      return;
    }
    if (numLogs > 0 && !this.#logs.has(id)) {
      this.#logs.set(id, { id, sizeBytes: size, utcMs: timeUtc === 0 ? null : timeUtc * 1000 });
      this.progressed();
    }
    if (this.#logs.size < numLogs) return;
    const logs = [...this.#logs.values()].sort((one, other) => one.id - other.id);
    this.#end({ state: 'DONE', logs });
  }

  protected override ask(): void {
    this.transfer.sendIfPossible(LOG_REQUEST_LIST, { ...this.transfer.address, start: 0, end: LAST_LOG });
  }

  protected override fail(sentence: string): void {
    this.#end({ state: 'FAILED', sentence });
  }
}

class LogReading extends LogMachine {
  readonly #log: LogEntry;
  readonly #sink: FileSink;
  readonly #gaps: ByteGaps;
  readonly #onProgress: (progress: TransferProgress) => void;
  readonly #end: (outcome: FileDownloadOutcome) => void;
  /** Up to where the vehicle sends by itself after the last question. */
  #askedUntil = 0;

  constructor(
    transfer: LogTransfer,
    parts: {
      log: LogEntry;
      sink: FileSink;
      gaps: ByteGaps;
      onProgress: (progress: TransferProgress) => void;
      end: (outcome: FileDownloadOutcome) => void;
    },
  ) {
    super(transfer);
    this.#log = parts.log;
    this.#sink = parts.sink;
    this.#gaps = parts.gaps;
    this.#onProgress = parts.onProgress;
    this.#end = parts.end;
  }

  receive(frame: Frame): void {
    if (frame.messageId !== LOG_DATA.id) return;
    const { payload } = frame;
    const offset = payload.getUint32(0, true);
    const count = payload.getUint8(6);
    if (payload.getUint16(4, true) !== this.#log.id || count === 0 || count > DATA_LENGTH) return;
    const end = offset + count;
    if (end > this.#log.sizeBytes || !this.#gaps.lacks(offset, end)) return;
    this.#sink.write(offset, new Uint8Array(payload.buffer, payload.byteOffset + DATA_OFFSET, count).slice());
    this.#gaps.fill(offset, end);
    const { missingBytes, size } = this.#gaps;
    this.#onProgress({ bytes: size - missingBytes, size });
    this.progressed();
    if (missingBytes === 0) this.#done();
    else if (end >= this.#askedUntil) this.ask();
  }

  protected override ask(): void {
    const { contiguousBytes: start, tail, size } = this.#gaps;
    if (this.#gaps.missingBytes === 0) {
      this.#done();
      return;
    }
    const [hole] = this.#gaps.holes(size, 1);
    this.#askedUntil = hole === undefined || start === tail ? size : hole.end;
    this.transfer.sendIfPossible(LOG_REQUEST_DATA, {
      ...this.transfer.address,
      id: this.#log.id,
      ofs: start,
      count: this.#askedUntil - start,
    });
  }

  protected override fail(sentence: string): void {
    this.#end({ state: 'FAILED', sentence, contiguousBytes: this.#gaps.contiguousBytes });
  }

  #done(): void {
    this.#end({ state: 'DONE', size: this.#log.sizeBytes, integrity: 'SIZE' });
  }
}
