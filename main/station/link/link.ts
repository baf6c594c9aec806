import type { LinkStatus } from '../../../preload/contract/system.ts';

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
  /** False: nothing was sent. True: the bytes were handed to the socket. */
  send(peer: LinkPeer, bytes: Uint8Array): boolean;
  close(): Promise<void>;
}

export interface LinkPeer {
  readonly host: string;
  readonly port: number;
}

export interface LinkEvents {
  /** One datagram: its edges are the sender's. The bytes belong to the receiver. */
  onDatagram(bytes: Uint8Array, from: LinkPeer): void;
  /** State or notice changed. */
  onChange(): void;
}
