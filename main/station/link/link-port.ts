import type { LinkStatus } from '../../../preload/contract/system.ts';
import { type Frame, START_V2 } from '../mavlink/frame.ts';
import { FrameParser } from '../mavlink/frame-parser.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Link, LinkPeer } from './link.ts';
import type { LinkAddress } from './parse-link-address.ts';
import { LinkPath } from './path.ts';
import { TrafficMeter } from './traffic-meter.ts';
import { openUdpLink } from './udp-link.ts';

const MAXIMUM_PEERS = 1_024;
const MAXIMUM_PATHS = 2_048;
const NOTICE_FULL =
  'More senders than the station remembers: new ones are not answered. Check who sends here.';
const FORGET_AFTER_MS = 60_000;
/** A vehicle counts as heard on the link for as long as it would not count as lost. */
const HEARD_MS = 5_000;

interface Peer extends LinkPeer {
  lastHeardMs: number;
  /** By system id. */
  readonly paths: Map<number, LinkPath>;
}

/**
 * One link with what is known about its traffic: the peers behind it, the systems behind each peer, rates and loss. A
 * peer is known from its first whole frame on; noise makes nobody known.
 */
export class LinkPort {
  readonly #link: Link;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #onFrame: (frame: Frame, path: LinkPath) => void;
  readonly #onPathsChange: () => void;
  readonly #parser = new FrameParser(
    (frame) => this.#take(frame),
    (bytes) => this.#skip(bytes),
  );
  readonly #meter = new TrafficMeter();
  readonly #peers = new Map<string, Peer>();
  #pathCount = 0;
  #sender: LinkPeer = { host: '', port: 0 };
  #senderKnown: Peer | null = null;
  #nowMs = 0;
  #full = false;

  constructor(parts: {
    address: LinkAddress;
    clock: Clock;
    log: Log;
    onFrame: (frame: Frame, path: LinkPath) => void;
    onPathsChange: () => void;
  }) {
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#onFrame = parts.onFrame;
    this.#onPathsChange = parts.onPathsChange;
    this.#link = openUdpLink({
      address: parts.address,
      clock: parts.clock,
      log: parts.log,
      events: { onDatagram: (bytes, from) => this.#receive(bytes, from), onChange: () => {} },
    });
  }

  status(): LinkStatus {
    const { counters } = this.#parser;
    const { state, notice, address } = this.#link;
    return {
      linkId: address,
      address,
      state,
      notice: this.#full ? NOTICE_FULL : notice,
      packetsPerSecond: this.#meter.packetsPerSecond(),
      bytesPerSecond: this.#meter.bytesPerSecond(),
      lossPercent: this.#lossPercent(),
      // Everything that had the look of a frame and was not whole.
      badCrc: counters.badCrc + counters.truncated + counters.wrongLength,
      unknownIds: counters.unknownIds,
      refusedFlags: counters.refusedFlags,
      vehicles: this.#vehicles(),
    };
  }

  pathsTo(systemId: number): LinkPath[] {
    const paths: LinkPath[] = [];
    for (const peer of this.#peers.values()) {
      const path = peer.paths.get(systemId);
      if (path !== undefined) paths.push(path);
    }
    return paths;
  }

  sendToPeers(bytes: Uint8Array): void {
    const called = this.#link.calledPeer;
    if (called !== null) {
      this.#link.send(called, bytes);
      return;
    }
    for (const peer of this.#peers.values()) this.#link.send(peer, bytes);
  }

  /** Once a second. */
  tick(): void {
    const forgetMs = this.#clock.monotonicMs() - FORGET_AFTER_MS;
    this.#meter.tick();
    for (const [key, peer] of this.#peers) {
      if (peer.lastHeardMs < forgetMs) this.#forget(key, peer);
      else this.#tickPeer(peer, forgetMs);
    }
  }

  close(): Promise<void> {
    return this.#link.close();
  }

  #receive(bytes: Uint8Array, from: LinkPeer): void {
    this.#nowMs = this.#clock.monotonicMs();
    this.#sender = from;
    this.#senderKnown = this.#peers.get(keyOf(from)) ?? null;
    this.#meter.count(0, bytes.length);
    this.#parser.push(bytes);
    this.#parser.endOfDatagram();
  }

  #take(frame: Frame): void {
    const path = this.#pathTo(frame.systemId);
    if (path === null) return;
    this.#meter.count(1, 0);
    path.heard(frame.componentId, frame.sequence, this.#nowMs);
    this.#onFrame(frame, path);
  }

  /** A message that the station does not know still has its number in the sequence. */
  #skip(bytes: Uint8Array): void {
    const [sequence = 0, systemId = 0, componentId = 0] = bytes.subarray(bytes[0] === START_V2 ? 4 : 2);
    this.#meter.count(1, 0);
    this.#senderKnown?.paths.get(systemId)?.heard(componentId, sequence, this.#nowMs);
  }

  #pathTo(systemId: number): LinkPath | null {
    const peer = this.#senderKnown ?? this.#meet();
    if (peer === null) return null;
    peer.lastHeardMs = this.#nowMs;
    const known = peer.paths.get(systemId);
    if (known !== undefined) return known;
    if (this.#pathCount >= MAXIMUM_PATHS) return this.#refuseMore();
    const path = new LinkPath(this.#link, peer, systemId, this.#clock);
    peer.paths.set(systemId, path);
    this.#pathCount++;
    this.#onPathsChange();
    return path;
  }

  #meet(): Peer | null {
    if (this.#peers.size >= MAXIMUM_PEERS) return this.#refuseMore();
    const peer = { ...this.#sender, lastHeardMs: this.#nowMs, paths: new Map() };
    this.#peers.set(keyOf(peer), peer);
    this.#senderKnown = peer;
    return peer;
  }

  #refuseMore(): null {
    if (!this.#full) this.#log.warn('link.full', { address: this.#link.address, peers: this.#peers.size });
    this.#full = true;
    return null;
  }

  #tickPeer(peer: Peer, forgetMs: number): void {
    for (const [systemId, path] of peer.paths) {
      path.meter.tick();
      if (path.lastHeardMs >= forgetMs) continue;
      peer.paths.delete(systemId);
      this.#pathCount--;
      this.#full = false;
      this.#onPathsChange();
    }
  }

  #forget(key: string, peer: Peer): void {
    this.#peers.delete(key);
    this.#pathCount -= peer.paths.size;
    this.#full = false;
    this.#onPathsChange();
  }

  #heardLately(): LinkPath[] {
    const heardMs = this.#clock.monotonicMs() - HEARD_MS;
    return [...this.#peers.values()]
      .flatMap((peer) => [...peer.paths.values()])
      .filter((path) => path.lastHeardMs >= heardMs && path.hasAutopilot);
  }

  #vehicles(): number {
    return new Set(this.#heardLately().map(({ systemId }) => systemId)).size;
  }

  /** The mean of the vehicles' losses: no vehicle's numbers say more about the link than another's. */
  #lossPercent(): number {
    const losses = this.#heardLately().map(({ lossPercent }) => lossPercent);
    return losses.reduce((sum, loss) => sum + loss, 0) / Math.max(1, losses.length);
  }
}

function keyOf(peer: LinkPeer): string {
  return `${peer.host} ${peer.port}`;
}
