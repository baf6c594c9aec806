import type { LinkPeer } from './link.ts';
import type { LinkPath } from './path.ts';

const MAXIMUM_PEERS = 1_024;

export interface Peer extends LinkPeer {
  lastHeardMs: number;
  /** By system id. */
  readonly paths: Map<number, LinkPath>;
  /** Of its paths the one that was heard last: behind most peers there is only this one. */
  latest: LinkPath | null;
  /** Another host that uses the same port. */
  next: Peer | null;
}

/** Who was heard on a link. Asked for every datagram: a number finds the few peers of one port, without a text made. */
export class PeerTable {
  readonly #byPort = new Map<number, Peer>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  find(host: string, port: number): Peer | null {
    let peer = this.#byPort.get(port) ?? null;
    while (peer !== null && peer.host !== host) peer = peer.next;
    return peer;
  }

  /** Null: there are as many as the station remembers. */
  add(host: string, port: number, nowMs: number): Peer | null {
    if (this.#size >= MAXIMUM_PEERS) return null;
    const next = this.#byPort.get(port) ?? null;
    const peer: Peer = { host, port, lastHeardMs: nowMs, paths: new Map(), latest: null, next };
    this.#byPort.set(port, peer);
    this.#size++;
    return peer;
  }

  remove(peer: Peer): void {
    const first = this.#byPort.get(peer.port);
    if (first === peer) {
      if (peer.next === null) this.#byPort.delete(peer.port);
      else this.#byPort.set(peer.port, peer.next);
    } else {
      let before = first;
      while (before !== undefined && before.next !== peer) before = before.next ?? undefined;
      if (before === undefined) return;
      before.next = peer.next;
    }
    this.#size--;
  }

  *all(): Generator<Peer> {
    for (const first of this.#byPort.values())
      for (let peer: Peer | null = first; peer !== null; peer = peer.next) yield peer;
  }
}
