import type { LinkStatus } from '../../../preload/contract/links.ts';

/**
 * One way to the outside: bytes in, bytes out, no knowledge of MAVLink. A link that fails says why, and tries again by
 * itself until it is closed. It keeps nothing back: what cannot be sent now is not sent.
 */
export interface Link {
  readonly address: string;
  readonly state: LinkStatus['state'];
  /** Why it failed, or what to know about it although it works. */
  readonly notice: string | null;
  /** The one peer that this link calls; null: it listens, and peers call in. */
  readonly calledPeer: LinkPeer | null;
  /** False: nothing was sent. True: the bytes were handed to the operating system. */
  send(peer: LinkPeer, bytes: Uint8Array): boolean;
  /** Opens it anew, at once. */
  reconnect(): void;
  close(): Promise<void>;
}

/** For a serial line, the device and its baud rate. */
export interface LinkPeer {
  readonly host: string;
  readonly port: number;
}

export interface LinkEvents {
  /** One datagram: its edges are the sender's. The bytes belong to the receiver. */
  onDatagram(bytes: Uint8Array, host: string, port: number): void;
  /** A piece of the called peer's stream: frames may begin and end anywhere. */
  onStream(bytes: Uint8Array): void;
}
