import { type ChainableCommander, Redis, type RedisOptions } from 'ioredis';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Random } from '../ports/random.ts';
import { redisSentence } from './redis-faults.ts';

export interface RedisHealth {
  readonly state: 'UP' | 'DOWN';
  /** UTC, ms: since when it is so. */
  readonly sinceMs: number;
  /** What is wrong and what to do; null while it is up. */
  readonly sentence: string | null;
}

export interface RedisConnectionOptions {
  /** `redis://` or, with TLS, `rediss://`; may carry a name and a password. */
  url: string;
  /** PEM; null: the system's authorities. Certificates are always verified. */
  authority: string | null;
  clock: Clock;
  random: Random;
  log: Log;
}

const COMMAND_TIMEOUT_MS = 500;
const CONNECT_TIMEOUT_MS = 5_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
const MEASURE_TIME_EVERY_MS = 60_000;

/**
 * The stations' shared cache. Losing it loses nothing: nothing waits for it, nothing is queued for it, and every answer
 * may be missing.
 */
export class RedisConnection {
  /** For rate-limiter-flexible, which wants the client itself. */
  readonly client: Redis;
  readonly #subscriber: Redis;
  readonly #options: RedisConnectionOptions;
  readonly #onUp = new Set<() => void>();
  readonly #listeners = new Set<() => void>();
  readonly #channels = new Map<string, Set<(message: string) => void>>();
  readonly #stopMeasuring: () => void;
  #health: RedisHealth;
  /** Redis's time minus the machine's: lifetimes are real seconds, however fast the station's own time runs. */
  #aheadMs: number | null = null;
  #closed = false;

  /** Connects by itself, again and again. */
  constructor(options: RedisConnectionOptions) {
    this.#options = options;
    const { clock, url } = options;
    this.#health = { state: 'DOWN', sinceMs: clock.nowMs(), sentence: 'Connecting…' };
    this.client = new Redis(url, settings(options));
    this.#subscriber = new Redis(url, settings(options));
    this.#followClient();
    this.#followSubscriber();
    this.#stopMeasuring = clock.every(MEASURE_TIME_EVERY_MS, () => {
      if (this.usable()) this.#measureTime().catch(this.#failed);
    });
    // Whether it could be reached, its events say.
    for (const connection of [this.client, this.#subscriber]) connection.connect().catch(() => undefined);
  }

  health(): RedisHealth {
    return this.#health;
  }

  usable(): boolean {
    return !this.#closed && this.#health.state === 'UP' && this.client.status === 'ready';
  }

  /** What `run` answers; null while Redis is away, and when it fails or does not answer in time. Nothing is repeated. */
  async attempt<Answer>(run: (client: Redis) => Promise<Answer>): Promise<Answer | null> {
    if (!this.usable()) return null;
    try {
      return await run(this.client);
    } catch (error) {
      this.#failed(error);
      return null;
    }
  }

  /** Several commands at once, each with its answer or its error; null as for `attempt`. */
  batch(fill: (pipeline: ChainableCommander) => void): Promise<[Error | null, unknown][] | null> {
    return this.attempt(async (client) => {
      const pipeline = client.pipeline();
      fill(pipeline);
      const answers = (await pipeline.exec()) ?? [];
      const lost = answers.find(([error]) => error !== null && error.name !== 'ReplyError')?.[0];
      if (lost) throw lost;
      return answers;
    });
  }

  /** Redis's own time (UTC, ms): lifetimes are counted by it. Null until it was asked. */
  redisNowMs(): number | null {
    return this.#aheadMs === null ? null : this.#aheadMs + this.#options.clock.machineMs();
  }

  /** This machine's address as the network to Redis sees it; null while there is no connection. */
  ownAddress(): string | null {
    return this.usable() ? (this.client.stream.localAddress ?? null) : null;
  }

  /** The network is back, as something else has found: tries at once, instead of waiting for its turn. */
  tryNow(): void {
    for (const connection of [this.client, this.#subscriber])
      if (!this.#closed && connection.status === 'reconnecting') connection.connect().catch(() => undefined);
  }

  /** Messages of one channel, on a connection of its own. Returns its unsubscribe. */
  listen(channel: string, onMessage: (message: string) => void): () => void {
    const known = this.#channels.get(channel) ?? new Set();
    known.add(onMessage);
    this.#channels.set(channel, known);
    if (this.#subscriber.status === 'ready') this.#subscriber.subscribe(channel).catch(this.#failed);
    return () => void known.delete(onMessage);
  }

  /** Called after each connect: whatever was there before may be gone. Returns its unsubscribe. */
  onUp(listener: () => void): () => void {
    this.#onUp.add(listener);
    return () => void this.#onUp.delete(listener);
  }

  /** Called when it went up or down. Returns its unsubscribe. */
  subscribe(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => void this.#listeners.delete(changed);
  }

  close(): void {
    this.#closed = true;
    this.#stopMeasuring();
    this.client.disconnect();
    this.#subscriber.disconnect();
  }

  #followClient(): void {
    const { client } = this;
    client.on('ready', () => {
      this.#measureTime().then(() => {
        this.#set('UP', null);
        for (const listener of this.#onUp) listener();
      }, this.#failed);
    });
    client.on('error', (error: Error) => this.#set('DOWN', redisSentence(error, this.#options.url)));
    client.on('close', () => {
      this.#aheadMs = null;
      this.#set('DOWN', this.#health.sentence ?? redisSentence(new Error('closed'), this.#options.url));
    });
  }

  #followSubscriber(): void {
    const subscriber = this.#subscriber;
    // Its failures are those of the other connection, which reports them.
    subscriber.on('error', () => undefined);
    subscriber.on('message', (channel: string, message: string) => {
      for (const listener of this.#channels.get(channel) ?? []) listener(message);
    });
    subscriber.on('ready', () => {
      for (const channel of this.#channels.keys()) subscriber.subscribe(channel).catch(this.#failed);
    });
  }

  #set(state: RedisHealth['state'], sentence: string | null): void {
    const { state: before, sentence: said, sinceMs } = this.#health;
    if (this.#closed || (before === state && said === sentence)) return;
    const { clock, log } = this.#options;
    if (before !== state) log.info('redis', { state });
    this.#health = { state, sentence, sinceMs: before === state ? sinceMs : clock.nowMs() };
    for (const listener of this.#listeners) listener();
  }

  async #measureTime(): Promise<void> {
    const { clock } = this.#options;
    const askedAtMs = clock.machineMs();
    const [seconds = 0, microseconds = 0] = (await this.client.time()).map(Number);
    const middleMs = (askedAtMs + clock.machineMs()) / 2;
    this.#aheadMs = seconds * 1_000 + microseconds / 1_000 - middleMs;
  }

  /** One that is connected and does not answer is as good as gone: the line is given up, and made anew. */
  readonly #failed = (error: unknown): void => {
    if (this.#closed) return;
    if (!(error instanceof Error)) throw error;
    if (error.message !== 'Command timed out') return;
    this.#set('DOWN', redisSentence(error, this.#options.url));
    this.client.disconnect(true);
  };
}

/** Nothing is kept for later and nothing is sent twice: an INCR that was repeated would count one call as two. */
function settings({ url, authority, random }: RedisConnectionOptions): RedisOptions {
  return {
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 1,
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: CONNECT_TIMEOUT_MS,
    disableClientInfo: true,
    // Full jitter: a thousand stations that lost the same server do not come back in step.
    retryStrategy: (attempt) =>
      FIRST_PAUSE_MS / 5 +
      random.next() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempt, 10)),
    ...(new URL(url).protocol === 'rediss:' && {
      tls: { rejectUnauthorized: true, ...(authority !== null && { ca: authority }) },
    }),
  };
}
