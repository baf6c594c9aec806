import {
  type ModelProcessEvents,
  residentBytesOf,
  type StartModelProcess,
} from '../station/inference/model-process.ts';
import type { ToWorker } from '../station/inference/worker-protocol.ts';
import type { KeyStore } from '../station/ports/secret-store.ts';
import type { ShellMessage, StationMessage } from './station-message.ts';

type Port = Electron.MessagePortMain;

export interface ShellClient {
  tell(message: StationMessage): void;
  keyStore: KeyStore;
  startModelProcess: StartModelProcess;
}

/** The station's side of what it has from the shell. `onPage` and `onStop` are called as the shell asks for them. */
export function connectToShell(
  parentPort: Electron.ParentPort,
  { onPage, onStop }: { onPage(port: Port): void; onStop(): void },
): ShellClient {
  const tell = (message: StationMessage): void => parentPort.postMessage(message);
  const sealing = new Map<number, (sealed: string | null) => void>();
  const opening = new Map<number, (opened: { secret: string; stale: boolean } | null) => void>();
  const processes = new Map<number, RemoteModelProcess>();
  let nextId = 1;

  parentPort.on('message', ({ data, ports: [port] }) => {
    const message = data as ShellMessage;
    switch (message.kind) {
      case 'stop':
        return onStop();
      case 'page':
        return port && onPage(port);
      case 'sealed':
        sealing.get(message.id)?.(message.sealed);
        sealing.delete(message.id);
        return;
      case 'opened':
        opening.get(message.id)?.(message.opened);
        opening.delete(message.id);
        return;
      case 'model-process':
        return port && processes.get(message.id)?.connect(port, message.pid);
      case 'model-process-ended':
        processes.get(message.id)?.ended();
        processes.delete(message.id);
    }
  });

  return {
    tell,
    keyStore: {
      seal: (secret) =>
        new Promise((resolve) => {
          const id = nextId++;
          sealing.set(id, resolve);
          tell({ kind: 'seal', id, secret });
        }),
      open: (sealed) =>
        new Promise((resolve) => {
          const id = nextId++;
          opening.set(id, resolve);
          tell({ kind: 'open', id, sealed });
        }),
    },
    startModelProcess(events) {
      const id = nextId++;
      const started = new RemoteModelProcess(events);
      processes.set(id, started);
      tell({ kind: 'start-model-process', id });
      return {
        send: (message) => started.send(message),
        kill: () => tell({ kind: 'kill-model-process', id }),
        residentBytes: () => residentBytesOf(started.pid),
      };
    },
  };
}

/** A model's process that the shell starts; what is sent before it runs waits. */
class RemoteModelProcess {
  readonly #events: ModelProcessEvents;
  #waiting: ToWorker[] = [];
  #port: Port | null = null;
  pid: number | undefined;

  constructor(events: ModelProcessEvents) {
    this.#events = events;
  }

  connect(port: Port, pid: number | undefined): void {
    this.#port = port;
    this.pid = pid;
    port.on('message', ({ data }) => this.#events.message(data));
    port.start();
    for (const message of this.#waiting) port.postMessage(message);
    this.#waiting = [];
  }

  send(message: ToWorker): void {
    if (this.#port === null) this.#waiting.push(message);
    else this.#port.postMessage(message);
  }

  ended(): void {
    this.#port?.close();
    this.#waiting = [];
    this.pid = undefined;
    this.#events.ended();
  }
}
