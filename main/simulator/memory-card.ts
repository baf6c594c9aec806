import { common, type MavLinkData } from 'node-mavlink';
import { METADATA_FILES } from './component-metadata.ts';
import type { Firmware } from './firmware.ts';
import { dataFlashLog, uLog } from './flight-log.ts';
import { FtpServer } from './ftp-server.ts';
import { LogServer } from './log-server.ts';
import type { Random } from './random.ts';
import { VirtualFiles } from './virtual-files.ts';
import type { ReceivedFrame } from './wire.ts';

/** ArduPilot guesses so many bytes a parameter. */
const CLAIMED_LENGTH = 12;

export interface CardOptions {
  readonly firmware: Firmware;
  readonly startUtcMs: number;
  /** Length of each flight that was logged, seconds. */
  readonly logs: readonly number[];
  /** All parameters, as the autopilot's own file of them holds them. */
  readonly parameters: { pack(): Buffer; readonly count: number };
  random(): Random;
  send(data: MavLinkData): void;
}

/** What is on the vehicle's card, and the two ways to read it: file transfer and the log messages. */
export class MemoryCard {
  readonly #ftp: FtpServer;
  readonly #logs: LogServer;
  readonly #fill: () => void;

  constructor({ firmware, startUtcMs, logs, parameters, random, send }: CardOptions) {
    const { logFolder, name } = firmware;
    const source = random();
    const files = new VirtualFiles(new Map([['@SYS/logs', logFolder]]));
    if (name === 'ARDUPILOT')
      files.putMade(
        '@PARAM/param.pck',
        () => parameters.pack(),
        () => parameters.count * CLAIMED_LENGTH,
      );
    // Made when they are first asked for: a fleet starts without them.
    const fill = once(() => {
      for (const [index, seconds] of logs.entries()) {
        const number = String(index + 1).padStart(8, '0');
        if (name === 'PX4') files.put(`${logFolder}/${number}.ulg`, uLog(seconds, source));
        else files.put(`${logFolder}/${number}.BIN`, dataFlashLog(seconds, source));
      }
      if (name === 'PX4') for (const [path, bytes] of METADATA_FILES) files.put(path, bytes());
      files.put(
        'models/person-detector.json',
        Buffer.from('{"model":"person-detector","version":"1.4.0"}\n'),
      );
    });
    this.#ftp = new FtpServer(files, send);
    this.#logs = new LogServer(files, logFolder, Math.floor(startUtcMs / 1000), send);
    this.#fill = fill;
  }

  receive(frame: ReceivedFrame): void {
    this.#fill();
    if (frame.messageId === common.FileTransferProtocol.MSG_ID) this.#ftp.receive(frame);
    else this.#logs.receive(frame);
  }

  step(room: () => boolean): void {
    this.#ftp.step(room);
    this.#logs.step(room);
  }
}

function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (!done) work();
    done = true;
  };
}
