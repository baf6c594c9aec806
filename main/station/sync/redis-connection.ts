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

/**
 * The stations' shared cache. Losing it loses nothing: nothing waits for it, nothing is queued for it, and every answer
 * may be missing.
 */
export interface RedisConnection {
  health(): RedisHealth;
  /** For rate-limiter-flexible, which wants the client itself. */
  readonly client: Redis;
  usable(): boolean;
  /** What `run` answers; null while Redis is away, and when it fails or does not answer in time. Nothing is repeated. */
  attempt<Answer>(run: (client: Redis) => Promise<Answer>): Promise<Answer | null>;
  /** Several commands at once, each with its answer or its error; null as for `attempt`. */
  batch(fill: (pipeline: ChainableCommander) => void): Promise<[Error | null, unknown][] | null>;
  /** Redis's own time (UTC, ms): lifetimes are counted by it. Null until it was asked. */
  redisNowMs(): number | null;
  /** The network is back, as something else has found: tries at once, instead of waiting for its turn. */
  tryNow(): void;
  /** This machine's address as the network to Redis sees it; null while there is no connection. */
  ownAddress(): string | null;
  /** Messages of one channel, on a connection of its own. Returns its unsubscribe. */
  listen(channel: string, onMessage: (message: string) => void): () => void;
  /** Called after each connect: whatever was there before may be gone. Returns its unsubscribe. */
  onUp(listener: () => void): () => void;
  /** Called when it went up or down. Returns its unsubscribe. */
  subscribe(changed: () => void): () => void;
  close(): void;
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
const LONGEST_PAUSE_MS = 30_000;
const FIRST_PAUSE_MS = 500;
/** A person sees that Redis is away only when it stays away. */
const MEASURE_TIME_EVERY_MS = 60_000;

export function openRedis(options: RedisConnectionOptions): RedisConnection {
  const { clock, log } = options;
  const client = new Redis(options.url, settings(options));
  const subscriber = new Redis(options.url, { ...settings(options), autoResubscribe: true });
  const onUpListeners = new Set<() => void>();
  const listeners = new Set<() => void>();
  const channels = new Map<string, Set<(message: string) => void>>();
  let health: RedisHealth = { state: 'DOWN', sinceMs: clock.nowMs(), sentence: 'Connecting …' };
  /** Redis's time minus the machine's: lifetimes are real seconds, however fast the station's own time runs. */
  let aheadMs: number | null = null;
  let closed = false;

  function set(state: RedisHealth['state'], sentence: string | null): void {
    if (closed || (health.state === state && health.sentence === sentence)) return;
    const sinceMs = health.state === state ? health.sinceMs : clock.nowMs();
    if (health.state !== state) log.info('redis', { state });
    health = { state, sinceMs, sentence };
    for (const listener of listeners) listener();
  }

  async function measureTime(): Promise<void> {
    const askedAtMs = clock.machineMs();
    const [seconds, microseconds] = (await client.time()).map(Number);
    const middleMs = (askedAtMs + clock.machineMs()) / 2;
    aheadMs = (seconds ?? 0) * 1_000 + (microseconds ?? 0) / 1_000 - middleMs;
  }

  /** One that is connected and does not answer is as good as gone: the line is given up, and made anew. */
  function failed(error: unknown): void {
    if (closed) return;
    if (!(error instanceof Error)) throw error;
    if (error.message !== 'Command timed out') return;
    set('DOWN', redisSentence(error, options.url));
    client.disconnect(true);
  }

  client.on('ready', () => {
    measureTime().then(() => {
      set('UP', null);
      for (const listener of onUpListeners) listener();
    }, failed);
  });
  client.on('error', (error: Error) => set('DOWN', redisSentence(error, options.url)));
  client.on('close', () => {
    aheadMs = null;
    set('DOWN', health.sentence ?? redisSentence(new Error('closed'), options.url));
  });
  // Its failures are those of the other connection, which reports them.
  subscriber.on('error', () => undefined);
  subscriber.on('message', (channel: string, message: string) => {
    for (const listener of channels.get(channel) ?? []) listener(message);
  });
  subscriber.on('ready', () => {
    for (const channel of channels.keys()) subscriber.subscribe(channel).catch(failed);
  });
  const stopMeasuring = clock.every(MEASURE_TIME_EVERY_MS, () => {
    if (usable()) measureTime().catch(failed);
  });
  for (const connection of [client, subscriber]) connection.connect().catch(() => undefined);

  async function attempt<Answer>(run: (client: Redis) => Promise<Answer>): Promise<Answer | null> {
    if (!usable()) return null;
    try {
      return await run(client);
    } catch (error) {
      failed(error);
      return null;
    }
  }

  const usable = (): boolean => !closed && health.state === 'UP' && client.status === 'ready';

  return {
    client,
    health: () => health,
    usable,
    attempt,
    batch: (fill) =>
      attempt(async () => {
        const pipeline = client.pipeline();
        fill(pipeline);
        const answers = (await pipeline.exec()) ?? [];
        const lost = answers.find(([error]) => error !== null && error.name !== 'ReplyError')?.[0];
        if (lost) throw lost;
        return answers;
      }),
    redisNowMs: () => (aheadMs === null ? null : aheadMs + clock.machineMs()),
    tryNow() {
      for (const connection of [client, subscriber])
        if (!closed && connection.status === 'reconnecting') connection.connect().catch(() => undefined);
    },
    ownAddress: () => (usable() ? (client.stream.localAddress ?? null) : null),
    listen(channel, onMessage) {
      const known = channels.get(channel) ?? new Set();
      known.add(onMessage);
      channels.set(channel, known);
      if (subscriber.status === 'ready') subscriber.subscribe(channel).catch(failed);
      return () => void known.delete(onMessage);
    },
    onUp(listener) {
      onUpListeners.add(listener);
      return () => void onUpListeners.delete(listener);
    },
    subscribe(changed) {
      listeners.add(changed);
      return () => void listeners.delete(changed);
    },
    close() {
      closed = true;
      stopMeasuring();
      client.disconnect();
      subscriber.disconnect();
    },
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
