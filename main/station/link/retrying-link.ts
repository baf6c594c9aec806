import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Link, LinkEvents, LinkPeer } from './link.ts';

const FIRST_RETRY_MS = 1_000;

export interface LinkParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly events: LinkEvents;
}

/** What all links have in common: a state that is told, and another try after each failure, ever more slowly. */
export abstract class RetryingLink implements Link {
  readonly address: string;
  state: Link['state'] = 'OPENING';
  notice: string | null = null;
  calledPeer: LinkPeer | null = null;
  protected readonly clock: Clock;
  protected readonly log: Log;
  protected readonly events: LinkEvents;
  readonly #lastRetryMs: number;
  #retryDelayMs = FIRST_RETRY_MS;
  #cancelRetry: () => void = () => {};

  constructor(address: string, { clock, log, events }: LinkParts, lastRetryMs: number) {
    this.address = address;
    this.clock = clock;
    this.log = log;
    this.events = events;
    this.#lastRetryMs = lastRetryMs;
  }

  abstract send(peer: LinkPeer, bytes: Uint8Array): boolean;
  /** Begins to open; ends in `opened` or `fail`, unless `disconnect` comes first. */
  protected abstract connect(): void;
  protected abstract disconnect(): Promise<void>;

  start(): this {
    this.connect();
    return this;
  }

  reconnect(): void {
    if (this.state === 'CLOSED') return;
    this.#cancelRetry();
    this.#retryDelayMs = FIRST_RETRY_MS;
    this.become('OPENING', null);
    void this.disconnect().then(() => {
      if (this.state === 'OPENING') this.connect();
    });
  }

  close(): Promise<void> {
    this.#cancelRetry();
    this.become('CLOSED', null);
    return this.disconnect();
  }

  protected opened(notice: string | null): void {
    this.#retryDelayMs = FIRST_RETRY_MS;
    this.become('OPEN', notice);
  }

  protected fail(code: string, sentence: string): void {
    if (this.state === 'CLOSED') return;
    this.log.warn('link.failed', { address: this.address, code, retryMs: this.#retryDelayMs });
    void this.disconnect();
    this.become('FAILED', sentence);
    this.#cancelRetry();
    this.#cancelRetry = this.clock.after(this.#retryDelayMs, () => this.connect());
    this.#retryDelayMs = Math.min(2 * this.#retryDelayMs, this.#lastRetryMs);
  }

  protected become(state: Link['state'], notice: string | null): void {
    this.state = state;
    this.notice = notice;
  }
}
