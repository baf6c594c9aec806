import { common, type MavLinkData } from 'node-mavlink';
import type { VirtualFiles } from './virtual-files.ts';
import { message, type ReceivedFrame } from './wire.ts';

const DATA_LENGTH = 90;
const PIECES_A_STEP = 10;

/** The vehicle's side of the log messages (117 to 122); logs are numbered from 1 in the order of their names. */
export class LogServer {
  readonly #files: VirtualFiles;
  readonly #folder: string;
  readonly #endUtcS: number;
  readonly #send: (data: MavLinkData) => void;
  #sending: { id: number; bytes: Buffer; at: number; end: number } | null = null;

  constructor(files: VirtualFiles, folder: string, endUtcS: number, send: (data: MavLinkData) => void) {
    this.#files = files;
    this.#folder = folder;
    this.#endUtcS = endUtcS;
    this.#send = send;
  }

  receive(frame: ReceivedFrame): void {
    switch (frame.messageId) {
      case common.LogRequestList.MSG_ID: {
        const { start, end } = frame.decode(common.LogRequestList);
        this.#list(start, end);
        return;
      }
      case common.LogRequestData.MSG_ID: {
        const { id, ofs, count } = frame.decode(common.LogRequestData);
        const bytes = this.#logs()[id - 1]?.bytes;
        if (bytes !== undefined)
          this.#sending = { id, bytes, at: ofs, end: Math.min(bytes.length, ofs + count) };
        return;
      }
      case common.LogRequestEnd.MSG_ID:
        this.#sending = null;
        return;
    }
  }

  /** @param room whether the radio takes another piece at this moment. */
  step(room: () => boolean): void {
    for (let piece = 0; piece < PIECES_A_STEP && this.#sending !== null && room(); piece++) {
      const { id, bytes, at, end } = this.#sending;
      const data = bytes.subarray(at, Math.min(end, at + DATA_LENGTH));
      const padded = [...data, ...Array<number>(DATA_LENGTH - data.length).fill(0)];
      this.#send(message(common.LogData, { id, ofs: at, count: data.length, data: padded }));
      this.#sending.at += data.length;
      if (this.#sending.at >= end) this.#sending = null;
    }
  }

  #logs(): { name: string; bytes: Buffer }[] {
    return this.#files.filesIn(this.#folder);
  }

  #list(start: number, end: number): void {
    const logs = this.#logs();
    if (logs.length === 0) {
      this.#send(message(common.LogEntry, { id: 0, numLogs: 0, lastLogNum: 0, timeUtc: 0, size: 0 }));
      return;
    }
    for (const [index, { bytes }] of logs.entries()) {
      const id = index + 1;
      if (id < start || id > end) continue;
      this.#send(
        message(common.LogEntry, {
          id,
          numLogs: logs.length,
          lastLogNum: logs.length,
          timeUtc: this.#endUtcS - 3_600 * (logs.length - id + 1),
          size: bytes.length,
        }),
      );
    }
  }
}
