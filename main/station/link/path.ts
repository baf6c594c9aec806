import { SequenceLoss } from '../mavlink/sequence-loss.ts';
import type { Clock } from '../ports/clock.ts';
import type { LinkPeer } from './link.ts';
import { TrafficMeter } from './traffic-meter.ts';

/** Of the components of a system, the autopilot is the one that always sends. */
const AUTOPILOT_COMPONENT = 1;

/** One way to one system: over which link, and to which peer there. */
export interface Path {
  readonly linkId: string;
  readonly systemId: number;
  /** Monotonic clock. */
  readonly lastHeardMs: number;
  readonly packetsPerSecond: number;
  /** Of the autopilot's packets, over the last ten seconds. */
  readonly lossPercent: number;
  /** There and back; null: not measured. */
  readonly roundTripMs: number | null;
}

/** What carries a path's bytes. */
export interface Carrier {
  readonly linkId: string;
  readonly isOpen: boolean;
  /** False: nothing was sent. */
  sendTo(path: LinkPath, bytes: Uint8Array): boolean;
}

/** So many of its longest pauses of late, and a path is silent: between half a second and two and a half. */
const PAUSES = 3;
const SHORTEST_SILENCE_MS = 500;
const LONGEST_SILENCE_MS = 2_500;
const LONGEST_PAUSE_MS = LONGEST_SILENCE_MS / PAUSES;
/** A long pause is forgotten in so much time. */
const FORGET_PAUSE_MS = 4_000;
/** For so long a path is listened to before its pauses are judged. */
const LEARN_MS = 1_000;

export class LinkPath implements Path {
  readonly carrier: Carrier;
  readonly peer: LinkPeer;
  readonly systemId: number;
  readonly #meter = new TrafficMeter();
  /** Since the last tick. */
  #packets = 0;
  lastHeardMs: number;
  roundTripMs: number | null = null;
  readonly #loss: SequenceLoss;
  readonly #sinceMs: number;
  #pauseMs = 0;
  #learned = false;

  constructor(carrier: Carrier, peer: LinkPeer, systemId: number, clock: Clock) {
    this.carrier = carrier;
    this.peer = peer;
    this.systemId = systemId;
    this.lastHeardMs = clock.monotonicMs();
    this.#sinceMs = this.lastHeardMs;
    this.#loss = new SequenceLoss(clock);
  }

  get linkId(): string {
    return this.carrier.linkId;
  }

  get packetsPerSecond(): number {
    return this.#meter.packetsPerSecond();
  }

  get lossPercent(): number {
    return this.#loss.percent() ?? 0;
  }

  /** An autopilot was heard in the last ten seconds. */
  get hasAutopilot(): boolean {
    return this.#loss.percent() !== null;
  }

  /** A path that streams is missed at once, one that brings a heartbeat a second not before the next is overdue. */
  isSilent(nowMs: number): boolean {
    const pauseMs = this.#learned ? this.#pauseMs : LONGEST_PAUSE_MS;
    return nowMs - this.lastHeardMs > Math.max(SHORTEST_SILENCE_MS, PAUSES * pauseMs);
  }

  /** Once a second. */
  tick(): void {
    this.#meter.count(this.#packets, 0);
    this.#meter.tick();
    this.#packets = 0;
  }

  /** A packet came. Loss is that of the autopilot's packets: one numbering to follow for each path. */
  heard(componentId: number, sequence: number, nowMs: number): void {
    const pauseMs = nowMs - this.lastHeardMs;
    if (pauseMs > 0) {
      const fading = this.#pauseMs * (this.#learned ? Math.max(0, 1 - pauseMs / FORGET_PAUSE_MS) : 1);
      this.#pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(pauseMs, fading));
      this.lastHeardMs = nowMs;
      this.#learned ||= nowMs - this.#sinceMs >= LEARN_MS;
    }
    this.#packets++;
    if (componentId === AUTOPILOT_COMPONENT) this.#loss.record(sequence, nowMs);
  }
}

/** Less difference in loss is not worth a change of path. */
const WORTHWHILE_LOSS_PERCENT = 5;

/**
 * The best of a system's paths: open, not silent, least loss; the one in use stays in use unless another is clearly
 * better. Where all are silent it is the vehicle that is silent, and nothing changes.
 */
export function bestPath(paths: readonly LinkPath[], inUse: LinkPath | null, nowMs: number): LinkPath | null {
  let best: LinkPath | null = null;
  let latest: LinkPath | null = null;
  let inUseIsOpen = false;
  for (const path of paths) {
    if (!path.carrier.isOpen) continue;
    if (path === inUse) inUseIsOpen = true;
    if (latest === null || path.lastHeardMs > latest.lastHeardMs) latest = path;
    if (path.isSilent(nowMs)) continue;
    if (best === null || isBetter(path, best, inUse)) best = path;
  }
  return best ?? (inUseIsOpen ? inUse : latest);
}

/** With one path, as is usual, this is never asked: adding up losses is what costs. */
function isBetter(path: LinkPath, best: LinkPath, inUse: LinkPath | null): boolean {
  const cost = costOf(path, inUse);
  const costOfBest = costOf(best, inUse);
  return cost < costOfBest || (cost === costOfBest && path === inUse);
}

function costOf(path: LinkPath, inUse: LinkPath | null): number {
  return path.lossPercent + (path === inUse ? 0 : WORTHWHILE_LOSS_PERCENT);
}
