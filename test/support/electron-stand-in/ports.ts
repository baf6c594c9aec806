import { EventEmitter } from 'node:events';

/** Where a port that was transferred now lives: what is meant for it goes there. */
export interface Elsewhere {
  deliver(data: unknown): void;
  close(): void;
}

/** As Electron's MessagePortMain: `message` with `{ data, ports }`, silent until started; `close` when the other end goes. */
export class StandInPort extends EventEmitter {
  peer: Elsewhere | null = null;
  #elsewhere: Elsewhere | null = null;
  #waiting: unknown[] | null = [];
  #isClosed = false;

  start(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = null;
    for (const data of waiting) this.emit('message', { data, ports: [] });
  }

  postMessage(data: unknown): void {
    if (this.#elsewhere !== null) throw new Error('This port was transferred.');
    this.peer?.deliver(data);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.emit('close');
    this.peer?.close();
  }

  /** As `postMessage(…, [port])` does: this end is of no more use here. */
  transfer(elsewhere: Elsewhere): void {
    if (this.#elsewhere !== null) throw new Error('This port was transferred before.');
    this.#elsewhere = elsewhere;
    for (const data of this.#waiting ?? []) elsewhere.deliver(data);
    this.#waiting = null;
  }

  /** From the other end. */
  get receiving(): Elsewhere {
    return {
      deliver: (data) => {
        if (this.#elsewhere !== null) this.#elsewhere.deliver(data);
        else if (this.#waiting !== null) this.#waiting.push(data);
        else this.emit('message', { data, ports: [] });
      },
      close: () => {
        if (this.#isClosed) return;
        this.#isClosed = true;
        if (this.#elsewhere !== null) this.#elsewhere.close();
        else this.emit('close');
      },
    };
  }
}

export class MessageChannelMain {
  readonly port1 = new StandInPort();
  readonly port2 = new StandInPort();

  constructor() {
    this.port1.peer = this.port2.receiving;
    this.port2.peer = this.port1.receiving;
  }
}

/** The ports that were transferred to one page or one process, by the number under which that side knows them. */
export class TransferredPorts {
  readonly #ports = new Map<number, StandInPort>();
  #nextId = 1;

  add(port: StandInPort, elsewhere: (portId: number) => Elsewhere): number {
    const portId = this.#nextId++;
    this.#ports.set(portId, port);
    port.transfer(elsewhere(portId));
    return portId;
  }

  fromElsewhere(portId: number, data: unknown): void {
    this.#ports.get(portId)?.peer?.deliver(data);
  }

  closedElsewhere(portId: number): void {
    this.#ports.get(portId)?.close();
    this.#ports.delete(portId);
  }

  /** The page or the process is gone, and with it its ends. */
  closeAll(): void {
    for (const portId of [...this.#ports.keys()]) this.closedElsewhere(portId);
  }
}

/** What passes between the main process and a utility process, over Node's own channel. */
export type ProcessMessage =
  | { kind: 'message'; data: unknown; portIds: number[] }
  | { kind: 'port-message'; portId: number; data: unknown }
  | { kind: 'port-closed'; portId: number };
