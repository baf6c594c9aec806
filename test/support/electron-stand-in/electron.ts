import { type ChildProcess, fork } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { BrowserWindow } from './browser-window.ts';
import { MessageChannelMain, type ProcessMessage, type StandInPort } from './ports.ts';

export { ipcMain } from './ipc.ts';
export { protocol } from './protocol.ts';
/**
 * As much of Electron's main-process module as the shell uses, on plain Node and a real Chromium: what cannot be
 * downloaded is stood in for, what we wrote runs as built. The test that forks this process drives it by messages.
 */
export { BrowserWindow, MessageChannelMain };

const windows: BrowserWindow[] = [];
const originalLoad = BrowserWindow.prototype.loadURL;
BrowserWindow.prototype.loadURL = function load(this: BrowserWindow, address: string) {
  windows.push(this);
  return originalLoad.call(this, address);
};

class App extends EventEmitter {
  readonly isPackaged = false;
  #isQuitting = false;

  requestSingleInstanceLock(): boolean {
    return process.env.SKYRESCUE_TEST_SECOND_INSTANCE !== '1';
  }

  whenReady(): Promise<void> {
    return Promise.resolve();
  }

  getPath(): string {
    return process.env.SKYRESCUE_TEST_USER_DATA ?? '/nonexistent';
  }

  getVersion(): string {
    return '0.0.0-test';
  }

  quit(): void {
    const event = {
      prevented: false,
      preventDefault(): void {
        this.prevented = true;
      },
    };
    this.emit('before-quit', event);
    if (event.prevented || this.#isQuitting) return;
    this.#isQuitting = true;
    void Promise.all(windows.map((window) => window.close())).then(() => process.exit(0));
  }
}

export const app = new App();

export const utilityProcess = {
  fork(entry: string, args: string[], options: { env: NodeJS.ProcessEnv }): UtilityProcess {
    return new UtilityProcess(entry, args, options.env);
  },
};

class UtilityProcess extends EventEmitter {
  readonly #child: ChildProcess;
  readonly #ports = new Map<number, StandInPort>();
  #nextPortId = 1;

  constructor(entry: string, args: string[], environment: NodeJS.ProcessEnv) {
    super();
    const side = new URL('./utility-process-side.mjs', import.meta.url).href;
    this.#child = fork(entry, args, {
      env: environment,
      execArgv: ['--import', side],
      serialization: 'advanced',
    });
    this.#child.on('message', (message: ProcessMessage) => {
      if (message.kind === 'message') this.emit('message', message.data);
      else this.#ports.get(message.portId)?.peer?.deliver(message.data);
    });
    this.#child.once('exit', (code) => this.emit('exit', code));
    process.send?.({ kind: 'station-started', pid: this.#child.pid });
  }

  postMessage(data: unknown, transfer: StandInPort[] = []): void {
    const portIds = transfer.map((port) => {
      const portId = this.#nextPortId++;
      this.#ports.set(portId, port);
      port.handOver((message) => this.#send({ kind: 'port-message', portId, data: message }));
      return portId;
    });
    this.#send({ kind: 'message', data, portIds });
  }

  kill(): boolean {
    return this.#child.kill('SIGKILL');
  }

  #send(message: ProcessMessage): void {
    if (this.#child.connected) this.#child.send(message);
  }
}

export const powerSaveBlocker = {
  start(): number {
    process.send?.({ kind: 'power-save-blocked', blocked: true });
    return 1;
  },
  stop(): void {
    process.send?.({ kind: 'power-save-blocked', blocked: false });
  },
};

export const session = {
  defaultSession: {
    setPermissionRequestHandler(): void {},
    webRequest: { onBeforeRequest(): void {} },
  },
};

export const Menu = {
  buildFromTemplate: (template: unknown): unknown => template,
  setApplicationMenu(): void {},
};

export const dialog = {
  showErrorBox(title: string, content: string): void {
    process.send?.({ kind: 'error-box', title, content });
  },
};

process.on('message', (message: { kind: string }) => {
  if (message.kind === 'quit') app.quit();
});
