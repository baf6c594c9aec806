import type { Link, LinkPeer } from './link.ts';
import { TrafficMeter } from './traffic-meter.ts';

/** Sequence numbers that seem to jump further than this went back: a late packet, or a sender that began anew. */
const FURTHEST_GAP = 127;

/** One way to one system: over which link, and to which peer there. */
export interface Path {
  readonly linkId: string;
  readonly systemId: number;
  /** Monotonic clock. */
  readonly lastHeardMs: number;
  readonly packetsPerSecond: number;
  readonly lossPercent: number;
}

export class LinkPath implements Path {
  readonly link: Link;
  readonly peer: LinkPeer;
  readonly systemId: number;
  readonly meter = new TrafficMeter();
  lastHeardMs: number;

  constructor(link: Link, peer: LinkPeer, systemId: number, nowMs: number) {
    this.link = link;
    this.peer = peer;
    this.systemId = systemId;
    this.lastHeardMs = nowMs;
  }

  get linkId(): string {
    return this.link.address;
  }

  get packetsPerSecond(): number {
    return this.meter.packetsPerSecond();
  }

  get lossPercent(): number {
    return this.meter.lossPercent();
  }
}

/** The numbering of one component on one path. */
export class Source {
  readonly path: LinkPath;
  #sequence: number;

  constructor(path: LinkPath, sequence: number) {
    this.path = path;
    this.#sequence = sequence - 1;
  }

  /** Returns how many packets were lost before this one. */
  follow(sequence: number): number {
    const gap = (sequence - this.#sequence - 1) & 0xff;
    if (gap > FURTHEST_GAP) return 0;
    this.#sequence = sequence;
    return gap;
  }
}

/** The path that is left must be heard this much later than the chosen one to show that the chosen one is dead. */
const SILENT_MS = 700;
/** Less difference in loss is not worth a change of path. */
const WORTHWHILE_LOSS_PERCENT = 5;

/**
 * The best of a system's paths: open, still heard, least loss; the one in use stays in use unless another is clearly
 * better. Two paths of one system bring packets at the same moments, so one that falls 700 ms behind is dead.
 */
export function bestPath(paths: readonly LinkPath[], inUse: LinkPath | null): LinkPath | null {
  const open = paths.filter(({ link }) => link.state === 'OPEN');
  const newestMs = Math.max(...open.map(({ lastHeardMs }) => lastHeardMs));
  const alive = open.filter(({ lastHeardMs }) => newestMs - lastHeardMs <= SILENT_MS);
  let best = inUse !== null && alive.includes(inUse) ? inUse : null;
  for (const path of alive) {
    if (best === null || path.lossPercent + WORTHWHILE_LOSS_PERCENT < best.lossPercent) best = path;
  }
  return best;
}
