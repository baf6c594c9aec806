import type { LinkPeer } from './link.ts';
import type { LinkPath } from './path.ts';

const MAXIMUM_PEERS = 1_024;

export interface Peer extends LinkPeer {
  lastHeardMs: number;
  /** By system id. */
  readonly paths: Map<number, LinkPath>;
}

/** Who was heard on a link. Asked for every datagram: a number finds the few peers of one port, without a text made. */
export class PeerTable {
  readonly #byPort = new Map<number, Peer[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  find(host: string, port: number): Peer | null {
    const peers = this.#byPort.get(port);
    if (peers === undefined) return null;
    for (const peer of peers) if (peer.host === host) return peer;
    return null;
  }

  /** Null: there are as many as the station remembers. */
  add(host: string, port: number, nowMs: number): Peer | null {
    if (this.#size >= MAXIMUM_PEERS) return null;
    const peer: Peer = { host, port, lastHeardMs: nowMs, paths: new Map() };
    const samePort = this.#byPort.get(port);
    if (samePort === undefined) this.#byPort.set(port, [peer]);
    else samePort.push(peer);
    this.#size++;
    return peer;
  }

  remove(peer: Peer): void {
    const rest = this.#byPort.get(peer.port)?.filter((other) => other !== peer) ?? [];
    if (rest.length === 0) this.#byPort.delete(peer.port);
    else this.#byPort.set(peer.port, rest);
    this.#size--;
  }

  *all(): Generator<Peer> {
    for (const peers of this.#byPort.values()) yield* peers;
  }
}
