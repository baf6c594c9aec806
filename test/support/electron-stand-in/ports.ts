import { EventEmitter } from 'node:events';

/** As Electron's MessagePortMain: events named `message` with `{ data, ports }`, silent until started. */
export class StandInPort extends EventEmitter {
  peer: StandInPort | null = null;
  #handedOver: ((data: unknown) => void) | null = null;
  #waiting: unknown[] | null = [];

  start(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = null;
    for (const data of waiting) this.emit('message', { data, ports: [] });
  }

  postMessage(data: unknown): void {
    this.peer?.deliver(data);
  }

  /** This end was transferred to a page or a process: what is meant for it goes there from now on. */
  handOver(send: (data: unknown) => void): void {
    this.#handedOver = send;
    const waiting = this.#waiting ?? [];
    this.#waiting = null;
    for (const data of waiting) send(data);
  }

  /** A message from the other end arrives here. */
  deliver(data: unknown): void {
    if (this.#handedOver !== null) this.#handedOver(data);
    else if (this.#waiting !== null) this.#waiting.push(data);
    else this.emit('message', { data, ports: [] });
  }

  close(): void {
    this.emit('close');
    this.peer?.emit('close');
  }
}

export class MessageChannelMain {
  readonly port1 = new StandInPort();
  readonly port2 = new StandInPort();

  constructor() {
    this.port1.peer = this.port2;
    this.port2.peer = this.port1;
  }
}

/** What passes between the stand-in's main process and a utility process, over Node's own channel. */
export type ProcessMessage =
  | { kind: 'message'; data: unknown; portIds: number[] }
  | { kind: 'port-message'; portId: number; data: unknown };
