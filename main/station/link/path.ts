import { SequenceLoss } from '../mavlink/sequence-loss.ts';
import type { Clock } from '../ports/clock.ts';
import type { Link, LinkPeer } from './link.ts';
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
}

export class LinkPath implements Path {
  readonly link: Link;
  readonly peer: LinkPeer;
  readonly systemId: number;
  readonly meter = new TrafficMeter();
  lastHeardMs: number;
  readonly #loss: SequenceLoss;

  constructor(link: Link, peer: LinkPeer, systemId: number, clock: Clock) {
    this.link = link;
    this.peer = peer;
    this.systemId = systemId;
    this.lastHeardMs = clock.monotonicMs();
    this.#loss = new SequenceLoss(clock);
  }

  get linkId(): string {
    return this.link.address;
  }

  get packetsPerSecond(): number {
    return this.meter.packetsPerSecond();
  }

  get lossPercent(): number {
    return this.#loss.lossPercent(this.systemId, AUTOPILOT_COMPONENT) ?? 0;
  }

  /** An autopilot was heard in the last ten seconds. */
  get hasAutopilot(): boolean {
    return this.#loss.lossPercent(this.systemId, AUTOPILOT_COMPONENT) !== null;
  }

  /** A packet came. Loss is that of the autopilot's packets: one numbering to follow for each path. */
  heard(componentId: number, sequence: number, nowMs: number): void {
    this.lastHeardMs = nowMs;
    this.meter.count(1, 0);
    if (componentId === AUTOPILOT_COMPONENT) this.#loss.record(this.systemId, componentId, sequence);
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
