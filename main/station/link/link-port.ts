import type { LinkOptions, LinkStatus } from '../../../preload/contract/links.ts';
import { type Frame, START_V2 } from '../mavlink/frame.ts';
import { FrameParser } from '../mavlink/frame-parser.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Link, LinkPeer } from './link.ts';
import { openLink } from './open-link.ts';
import type { LinkAddress } from './parse-link-address.ts';
import { type Carrier, LinkPath } from './path.ts';
import { type Peer, PeerTable } from './peer-table.ts';
import type { FrameSigning, TrafficTap } from './traffic.ts';
import { TrafficMeter } from './traffic-meter.ts';

const MAXIMUM_PATHS = 2_048;
const NOTICE_FULL =
  'More senders than the station remembers: new ones are not answered. Check who sends here.';
const FORGET_AFTER_MS = 60_000;
/** A vehicle counts as heard on the link for as long as it would not count as lost. */
const HEARD_MS = 5_000;

export interface LinkPortParts {
  address: LinkAddress;
  /** 0–255: tells this link from the others in signatures. */
  number: number;
  fixed: boolean;
  options: LinkOptions;
  clock: Clock;
  log: Log;
  signing: FrameSigning;
  tap: TrafficTap;
  onFrame: (frame: Frame, path: LinkPath) => void;
  onPathsChange: () => void;
}

/**
 * One link with what is known about its traffic: the peers behind it, the systems behind each peer, rates and loss. A
 * peer is known from its first whole frame on; noise makes nobody known.
 */
export class LinkPort implements Carrier {
  readonly linkId: string;
  readonly fixed: boolean;
  readonly number: number;
  options: LinkOptions;
  readonly #link: Link;
  readonly #parts: LinkPortParts;
  readonly #clock: Clock;
  readonly #parser = new FrameParser(
    (frame) => this.#take(frame),
    (bytes) => this.#skip(bytes),
  );
  readonly #meter = new TrafficMeter();
  readonly #peers = new PeerTable();
  #pathCount = 0;
  #senderHost = '';
  #senderPort = 0;
  #senderKnown: Peer | null = null;
  #nowMs = 0;
  #full = false;
  #badSignatures = 0;
  #unsignedRefused = 0;

  constructor(parts: LinkPortParts) {
    this.#parts = parts;
    this.#clock = parts.clock;
    this.linkId = parts.address.text;
    this.fixed = parts.fixed;
    this.number = parts.number;
    this.options = parts.options;
    this.#link = openLink(parts.address, {
      clock: parts.clock,
      log: parts.log,
      events: {
        onDatagram: (bytes, host, port) => {
          this.#from(host, port, bytes.length);
          this.#parser.push(bytes);
          this.#parser.endOfDatagram();
        },
        onStream: (bytes) => {
          const peer = this.#link.calledPeer;
          if (peer === null) return;
          this.#from(peer.host, peer.port, bytes.length);
          this.#parser.push(bytes);
        },
      },
    });
  }

  get isOpen(): boolean {
    return this.#link.state === 'OPEN';
  }

  status(): LinkStatus {
    const { counters } = this.#parser;
    const { state, notice, address } = this.#link;
    const heard = this.#heardLately();
    return {
      linkId: address,
      address,
      fixed: this.fixed,
      ...this.options,
      state,
      notice: this.#full ? NOTICE_FULL : notice,
      packetsPerSecond: this.#meter.packetsPerSecond(),
      bytesPerSecond: this.#meter.bytesPerSecond(),
      lossPercent: meanLossPercent(heard),
      roundTripMs: middleRoundTripMs(heard),
      // Everything that had the look of a frame and was not whole.
      badCrc: counters.badCrc + counters.truncated + counters.wrongLength,
      unknownIds: counters.unknownIds,
      refusedFlags: counters.refusedFlags,
      badSignatures: this.#badSignatures,
      unsignedRefused: this.#unsignedRefused,
      vehicles: new Set(heard.map(({ systemId }) => systemId)).size,
    };
  }

  pathsTo(systemId: number): LinkPath[] {
    const paths: LinkPath[] = [];
    for (const peer of this.#peers.all()) {
      const path = peer.paths.get(systemId);
      if (path !== undefined) paths.push(path);
    }
    return paths;
  }

  sendTo(path: LinkPath, bytes: Uint8Array): boolean {
    const frame = this.#parts.signing.sign(path.systemId, bytes, this.number);
    if (!this.#link.send(path.peer, frame)) return false;
    this.#parts.tap.sent(frame);
    return true;
  }

  /** Where systems with keys are, each hears the frame signed with its own. */
  sendToPeers(bytes: Uint8Array): void {
    const called = this.#link.calledPeer;
    if (called !== null && this.#peers.size === 0) this.#link.send(called, bytes);
    for (const peer of this.#peers.all()) this.#sendToAll(called ?? peer, peer.paths, bytes);
  }

  /** Once a second. */
  tick(): void {
    const forgetMs = this.#clock.monotonicMs() - FORGET_AFTER_MS;
    this.#meter.tick();
    for (const peer of this.#peers.all()) {
      if (peer.lastHeardMs < forgetMs) this.#forget(peer);
      else this.#tickPeer(peer, forgetMs);
    }
  }

  reconnect(): void {
    this.#link.reconnect();
  }

  close(): Promise<void> {
    return this.#link.close();
  }

  #sendToAll(to: LinkPeer, paths: ReadonlyMap<number, LinkPath>, bytes: Uint8Array): void {
    let plain = paths.size === 0;
    for (const systemId of paths.keys()) {
      const frame = this.#parts.signing.sign(systemId, bytes, this.number);
      if (frame === bytes) plain = true;
      else this.#link.send(to, frame);
    }
    if (plain) this.#link.send(to, bytes);
  }

  #from(host: string, port: number, length: number): void {
    this.#nowMs = this.#clock.monotonicMs();
    this.#meter.count(0, length);
    const known = this.#peers.find(host, port);
    this.#senderKnown = known;
    if (known !== null) return;
    this.#senderHost = host;
    this.#senderPort = port;
  }

  #take(frame: Frame): void {
    const { signing, tap, onFrame } = this.#parts;
    tap.received(frame);
    const refusal = signing.refusal(frame, this.options.acceptUnsigned);
    if (refusal !== null) {
      if (refusal === 'UNSIGNED') this.#unsignedRefused++;
      else this.#badSignatures++;
      return;
    }
    const path = this.#pathTo(frame.systemId);
    if (path === null) return;
    this.#meter.count(1, 0);
    path.heard(frame.componentId, frame.sequence, this.#nowMs);
    onFrame(frame, path);
  }

  /** A message that the station does not know still has its number in the sequence. */
  #skip(bytes: Uint8Array): void {
    const [sequence = 0, systemId = 0, componentId = 0] = bytes.subarray(bytes[0] === START_V2 ? 4 : 2);
    this.#meter.count(1, 0);
    this.#parts.tap.passed(bytes);
    this.#senderKnown?.paths.get(systemId)?.heard(componentId, sequence, this.#nowMs);
  }

  #pathTo(systemId: number): LinkPath | null {
    const peer = this.#senderKnown ?? this.#meet();
    if (peer === null) return null;
    peer.lastHeardMs = this.#nowMs;
    if (peer.latest?.systemId === systemId) return peer.latest;
    const known = peer.paths.get(systemId);
    if (known !== undefined) {
      peer.latest = known;
      return known;
    }
    if (this.#pathCount >= MAXIMUM_PATHS) return this.#refuseMore();
    const path = new LinkPath(this, peer, systemId, this.#clock);
    peer.paths.set(systemId, path);
    this.#pathCount++;
    this.#parts.onPathsChange();
    return path;
  }

  #meet(): Peer | null {
    const peer = this.#peers.add(this.#senderHost, this.#senderPort, this.#nowMs);
    if (peer === null) return this.#refuseMore();
    this.#senderKnown = peer;
    return peer;
  }

  #refuseMore(): null {
    if (!this.#full)
      this.#parts.log.warn('link.full', { address: this.#link.address, peers: this.#peers.size });
    this.#full = true;
    return null;
  }

  #tickPeer(peer: Peer, forgetMs: number): void {
    for (const [systemId, path] of peer.paths) {
      path.tick();
      if (path.lastHeardMs >= forgetMs) continue;
      peer.paths.delete(systemId);
      peer.latest = null;
      this.#pathCount--;
      this.#full = false;
      this.#parts.onPathsChange();
    }
  }

  #forget(peer: Peer): void {
    this.#peers.remove(peer);
    this.#pathCount -= peer.paths.size;
    this.#full = false;
    this.#parts.onPathsChange();
  }

  #heardLately(): LinkPath[] {
    const heardMs = this.#clock.monotonicMs() - HEARD_MS;
    return [...this.#peers.all()]
      .flatMap((peer) => [...peer.paths.values()])
      .filter((path) => path.lastHeardMs >= heardMs && path.hasAutopilot);
  }
}

/** The mean of the vehicles' losses: no vehicle's numbers say more about the link than another's. */
function meanLossPercent(paths: readonly LinkPath[]): number {
  return paths.reduce((sum, { lossPercent }) => sum + lossPercent, 0) / Math.max(1, paths.length);
}

function middleRoundTripMs(paths: readonly LinkPath[]): number | null {
  const measured = paths.flatMap(({ roundTripMs }) => roundTripMs ?? []).sort((a, b) => a - b);
  return measured[Math.floor(measured.length / 2)] ?? null;
}
