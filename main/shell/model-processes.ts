import { MessageChannelMain, type MessagePortMain, type UtilityProcess, utilityProcess } from 'electron';
import type { ShellMessage } from './station-message.ts';

/** The station scores with one model and verifies one at a time. */
const MOST_PROCESSES = 4;
/** What a model's process is not told of the environment, where people keep passwords. */
const PRIVATE_NAME = /^SKYRESCUE_|TOKEN|SECRET|PASSW|CREDENTIAL|KEY/i;

/**
 * The processes that run the models of one station process, which cannot start any itself: a utility process has no
 * `utilityProcess`, and the program does not run as plain Node (electronFuses in electron-builder.yml).
 */
export class ModelProcesses {
  readonly #entry: string;
  readonly #tell: (message: ShellMessage, ports?: MessagePortMain[]) => void;
  readonly #running = new Map<number, UtilityProcess>();

  constructor(entry: string, tell: (message: ShellMessage, ports?: MessagePortMain[]) => void) {
    this.#entry = entry;
    this.#tell = tell;
  }

  start(id: number): void {
    if (this.#running.size >= MOST_PROCESSES) {
      this.#tell({ kind: 'model-process-ended', id });
      return;
    }
    const child = utilityProcess.fork(this.#entry, [], {
      serviceName: 'SkyRescue model',
      stdio: 'ignore',
      env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !PRIVATE_NAME.test(name))),
    });
    this.#running.set(id, child);
    child.once('spawn', () => {
      const { port1, port2 } = new MessageChannelMain();
      child.postMessage('station', [port2]);
      this.#tell({ kind: 'model-process', id, pid: child.pid }, [port1]);
    });
    child.once('exit', () => {
      this.#running.delete(id);
      this.#tell({ kind: 'model-process-ended', id });
    });
  }

  kill(id: number): void {
    const child = this.#running.get(id);
    if (child !== undefined) end(child);
  }

  /** The station is gone. */
  killAll(): void {
    for (const child of this.#running.values()) end(child);
  }
}

/** `UtilityProcess.kill` asks on POSIX (SIGTERM); what hangs in native code is not asked. */
function end(child: UtilityProcess): void {
  if (child.pid === undefined) child.kill();
  else process.kill(child.pid, 'SIGKILL');
}
