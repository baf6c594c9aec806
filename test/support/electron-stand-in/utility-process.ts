import { type ChildProcess, fork } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { tellTest } from './driver.ts';
import { type ProcessMessage, type StandInPort, TransferredPorts } from './ports.ts';

/** Electron's UtilityProcess as a forked Node process. */
export class UtilityProcess extends EventEmitter {
  readonly #child: ChildProcess;
  readonly #ports = new TransferredPorts();

  constructor(
    entry: string,
    args: string[],
    { env, serviceName }: { env: NodeJS.ProcessEnv; serviceName: string },
  ) {
    super();
    const isStation = serviceName === 'SkyRescue station';
    const side = new URL('./utility-process-side.ts', import.meta.url).href;
    this.#child = fork(entry, args, {
      env,
      execArgv: ['--import', side],
      serialization: 'advanced',
    });
    this.#child.on('message', (message: ProcessMessage) => this.#receive(message));
    this.#child.once('spawn', () => this.emit('spawn'));
    this.#child.once('exit', (code, signal) => {
      tellTest({ kind: isStation ? 'station-ended' : 'model-process-ended', code, signal });
      this.#ports.closeAll();
      this.emit('exit', code ?? 1);
    });
    tellTest({ kind: isStation ? 'station-started' : 'model-process-started', pid: this.pid });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  postMessage(data: unknown, transfer: StandInPort[] = []): void {
    const portIds = transfer.map((port) =>
      this.#ports.add(port, (portId) => ({
        deliver: (message) => this.#send({ kind: 'port-message', portId, data: message }),
        close: () => this.#send({ kind: 'port-closed', portId }),
      })),
    );
    this.#send({ kind: 'message', data, portIds });
  }

  kill(): boolean {
    return this.#child.kill('SIGTERM');
  }

  #receive(message: ProcessMessage): void {
    switch (message.kind) {
      case 'message':
        this.emit('message', message.data);
        return;
      case 'port-message':
        this.#ports.fromElsewhere(message.portId, message.data);
        return;
      case 'port-closed':
        this.#ports.closedElsewhere(message.portId);
    }
  }

  #send(message: ProcessMessage): void {
    if (!this.#child.connected) return;
    this.#child.send(message, () => {
      // A process that has just died does not hear what was on its way to it; its exit is told by itself.
    });
  }
}
