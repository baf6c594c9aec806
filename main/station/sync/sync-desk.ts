import { readFile } from 'node:fs/promises';
import { Refusal } from '../../../preload/contract/errors.ts';
import type {
  ServerHealth,
  SyncConflict,
  SyncPhase,
  SyncRefusal,
  SyncStatus,
} from '../../../preload/contract/sync.ts';
import { type CentralLink, type CentralLinkOptions, openCentralLink } from './central-link.ts';
import type { SyncStatus as EngineStatus } from './sync-engine.ts';
import { type SyncSettings, type SyncSettingsFile, shownAddress } from './sync-settings.ts';
import type { SyncConflict as StoredConflict, SyncDesk as StoredDesk, SyncCounts } from './sync-store.ts';
import { columnInWords, recordInWords, valueInWords, whatToDo } from './sync-words.ts';

export interface SyncInput {
  serverUrl: string;
  stationId: string;
  token?: string | undefined;
  authorityFile: string;
  redisUrl?: string | undefined;
}

/** What people see of sync and can do about it. Operators never wait for any of it. */
export interface SyncDesk {
  status(): SyncStatus;
  subscribe(changed: () => void): () => void;
  /** Of records that this person may see. */
  conflicts(person: { dispatcherId: string }): Promise<SyncConflict[]>;
  refused(): Promise<SyncRefusal[]>;
  decide(
    conflictId: string,
    decision: 'KEEP' | 'TAKE_OTHER',
    person: { dispatcherId: string },
  ): Promise<void>;
  retry(refusedId: string, person: { dispatcherId: string }): Promise<void>;
  dismiss(refusedId: string, person: { dispatcherId: string }): Promise<void>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  syncNow(): void;
  /** Answers the addresses as they may be shown and put on record. */
  configure(input: SyncInput): Promise<{ serverAddress: string; redisAddress: string | null }>;
  configuration(): {
    serverUrl: string | null;
    stationId: string | null;
    hasToken: boolean;
    authorityFile: string | null;
    redisUrl: string | null;
    byCommandLine: boolean;
  };
  /** Null: not connected to a centre. */
  link(): CentralLink | null;
  close(): Promise<void>;
}

export interface SyncDeskOptions extends Omit<CentralLinkOptions, 'clockOffsetMs'> {
  /** What people decide about, as it is stored. */
  stored: StoredDesk;
  file: SyncSettingsFile;
  /** From the command line; goes before what the file says. */
  given: SyncSettings | null;
  /** Of these records, those that the person may see. */
  visible(
    records: readonly { table: string; rowId: string }[],
    dispatcherId: string,
  ): Promise<ReadonlySet<string>>;
}

const MOST_SHOWN = 200;
const POSTGRES_SCHEMES = ['postgres:', 'postgresql:'];
const REDIS_SCHEMES = ['redis:', 'rediss:'];
const NOTHING_WAITS: SyncCounts = {
  pendingGroups: 0,
  pendingBytes: 0,
  oldestAtMs: null,
  telemetryRows: 0,
  telemetryDropped: 0,
  refused: 0,
  conflicts: 0,
  parked: 0,
};
const PHASES: Record<EngineStatus['state'], SyncPhase> = {
  PAUSED: 'PAUSED',
  OFFLINE: 'OFFLINE',
  CONNECTING: 'CONNECTING',
  SYNCING: 'WORKING',
  IN_STEP: 'UP_TO_DATE',
  NEEDS_PERSON: 'STOPPED',
};
const OFF: ServerHealth = { state: 'OFF', sinceMs: 0, sentence: null, address: null };

/** Opens the connection that the command line or the file names. It never fails for want of a centre. */
export async function openSyncDesk(options: SyncDeskOptions): Promise<SyncDesk> {
  const { store, stored, clock, log } = options;
  const listeners = new Set<() => void>();
  const tell = (): void => {
    for (const listener of listeners) listener();
  };
  let settings: SyncSettings | null = null;
  let connection: { link: CentralLink; unsubscribe(): void } | null = null;
  /** Why there is no connection although one was set up. */
  let trouble: { sentence: string; sinceMs: number } | null = null;
  let upSinceMs = clock.nowMs();
  let wasUp = false;
  let known = { lastSuccessAtMs: null as number | null, clockOffsetMs: 0, counts: NOTHING_WAITS };

  async function connect(wanted: SyncSettings): Promise<void> {
    await disconnect();
    settings = wanted;
    try {
      const link = openCentralLink(
        { ...options, clockOffsetMs: () => known.clockOffsetMs },
        wanted,
        await readAuthority(wanted.authorityFile),
      );
      const stops = [link.engine.subscribe(noticed), link.redis?.subscribe(tell)];
      connection = {
        link,
        unsubscribe: () => {
          for (const stop of stops) stop?.();
        },
      };
      trouble = null;
      // Records of before the first connection are offered then, which takes its time: nobody waits for it.
      link.engine.start().catch(failedToStart);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      trouble = { sentence: error.message, sinceMs: clock.nowMs() };
      log.warn('sync-not-opened', { code: error.code });
    }
    tell();
  }

  function failedToStart(error: unknown): void {
    const sentence =
      error instanceof Refusal
        ? error.message
        : 'Sync could not be started. Everything else goes on. Start the station again when no drone is in the air.';
    trouble = { sentence, sinceMs: clock.nowMs() };
    log.error('sync-not-started', { error: error instanceof Error ? error.name : 'unknown' });
    tell();
  }

  async function disconnect(): Promise<void> {
    const closing = connection;
    connection = null;
    closing?.unsubscribe();
    await closing?.link.close();
  }

  function noticed(): void {
    const up = connection !== null && isUp(connection.link.engine.status());
    if (up && !wasUp) {
      upSinceMs = clock.nowMs();
      connection?.link.redis?.tryNow();
    }
    if (!up && wasUp) readStored().then(tell, notRead);
    wasUp = up;
    tell();
  }

  /** What the database alone knows: asked now and then. */
  async function readStored(): Promise<void> {
    const { lastSuccessAtMs, clockOffsetMs } = await store.state();
    // The engine counts while it works; what piles up without a connection is counted here.
    const counts = wasUp ? known.counts : await store.counts();
    known = { lastSuccessAtMs, clockOffsetMs, counts };
  }

  const notRead = (error: unknown): void =>
    log.warn('sync-state-not-read', { error: error instanceof Error ? error.name : 'unknown' });

  function status(): SyncStatus {
    const engine = connection?.link.engine.status() ?? null;
    const redis = connection?.link.redis ?? null;
    const counts = wasUp ? (engine?.counts ?? known.counts) : known.counts;
    const { pendingGroups, pendingBytes, refused, conflicts, ...waiting } = counts;
    const redisAddress =
      settings?.redisUrl == null ? null : shownAddress(settings.redisUrl, ...REDIS_SCHEMES);
    return {
      phase: trouble !== null ? 'STOPPED' : engine !== null ? phaseOf(engine) : 'NOT_SET_UP',
      stationId: settings?.stationId ?? null,
      central: centralHealth(engine),
      redis: redis === null ? OFF : { ...redis.health(), address: redisAddress },
      waiting: { changes: pendingGroups, bytes: pendingBytes, ...waiting },
      throughput: { sentPerS: engine?.sentRowsPerS ?? 0, receivedPerS: engine?.receivedRowsPerS ?? 0 },
      lastSuccessAtMs: engine?.lastSuccessAtMs ?? known.lastSuccessAtMs,
      clockOffsetMs: known.clockOffsetMs,
      refused,
      conflicts,
    };
  }

  function centralHealth(engine: EngineStatus | null): ServerHealth {
    if (settings === null) return OFF;
    const address = shownAddress(settings.serverUrl, ...POSTGRES_SCHEMES);
    if (engine === null || trouble !== null)
      return { state: 'DOWN', sinceMs: trouble?.sinceMs ?? 0, sentence: trouble?.sentence ?? null, address };
    const sentence = engine.fault?.sentence ?? null;
    return isUp(engine)
      ? { state: 'UP', sinceMs: upSinceMs, sentence, address }
      : { state: 'DOWN', sinceMs: engine.offlineSinceMs ?? clock.nowMs(), sentence, address };
  }

  function required(): CentralLink {
    if (connection === null)
      throw new Refusal(
        'CONFLICT',
        'This station is not connected to a centre. Set up the connection first.',
      );
    return connection.link;
  }

  async function reached(work: Promise<void>): Promise<void> {
    await work;
    connection?.link.engine.syncNow();
    tell();
  }

  async function configure(input: SyncInput) {
    const wanted = settingsOf(input, settings);
    await readAuthority(wanted.authorityFile);
    await options.file.write(wanted);
    await connect(wanted);
    return {
      serverAddress: shownAddress(wanted.serverUrl, ...POSTGRES_SCHEMES) ?? '',
      redisAddress: wanted.redisUrl === null ? null : shownAddress(wanted.redisUrl, ...REDIS_SCHEMES),
    };
  }

  async function first(): Promise<SyncSettings | null> {
    if (options.given !== null) return options.given;
    try {
      return await options.file.read();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      trouble = { sentence: error.message, sinceMs: clock.nowMs() };
      return null;
    }
  }

  const initial = await first();
  if (initial !== null) await connect(initial);
  const stopReading = clock.every(5_000, () => {
    readStored().then(tell, notRead);
  });

  return {
    status,
    subscribe(changed) {
      listeners.add(changed);
      return () => void listeners.delete(changed);
    },
    async conflicts({ dispatcherId }) {
      const found = await stored.conflicts({ limit: MOST_SHOWN });
      const visible = await options.visible(found, dispatcherId);
      return found.filter(({ rowId }) => visible.has(rowId)).map(conflictInWords);
    },
    async refused() {
      const found = await stored.refused({ limit: MOST_SHOWN });
      return found.map(({ refusedId, rows, sentence, sqlState, atMs }) => ({
        refusedId,
        about: rows.map(({ table, rowId }) => recordInWords(table, rowId, null)),
        reason: sentence,
        whatToDo: whatToDo(sqlState),
        atMs,
      }));
    },
    async decide(conflictId, decision, { dispatcherId }) {
      const conflict = (await stored.conflicts({ limit: MOST_SHOWN })).find(
        (each) => each.conflictId === conflictId,
      );
      const visible = conflict === undefined ? null : await options.visible([conflict], dispatcherId);
      if (conflict === undefined || visible?.has(conflict.rowId) !== true)
        throw new Refusal('NOT_FOUND', 'This conflict was decided already, or does not exist.');
      await reached(stored.decideConflict({ conflictId, decision, dispatcherId }));
    },
    retry: (refusedId, { dispatcherId }) => reached(stored.retryRefused({ refusedId, dispatcherId })),
    dismiss: (refusedId, { dispatcherId }) => reached(stored.dismissRefused({ refusedId, dispatcherId })),
    pause: async () => required().engine.pause(),
    resume: async () => required().engine.resume(),
    syncNow: () => required().engine.syncNow(),
    configure,
    configuration: () => ({
      serverUrl: settings === null ? null : shownAddress(settings.serverUrl, ...POSTGRES_SCHEMES),
      stationId: settings?.stationId ?? null,
      hasToken: settings !== null && settings.token !== '',
      authorityFile: settings?.authorityFile ?? null,
      redisUrl: settings?.redisUrl == null ? null : shownAddress(settings.redisUrl, ...REDIS_SCHEMES),
      byCommandLine: options.given !== null && settings === options.given,
    }),
    link: () => connection?.link ?? null,
    async close() {
      stopReading();
      await disconnect();
    },
  };
}

/** Looking whether there is anything, every few seconds, is not work. */
function phaseOf({ state, counts, sentRowsPerS, receivedRowsPerS }: EngineStatus): SyncPhase {
  const idle = counts?.pendingGroups === 0 && sentRowsPerS === 0 && receivedRowsPerS === 0;
  return state === 'SYNCING' && idle ? 'UP_TO_DATE' : PHASES[state];
}

function isUp({ state }: EngineStatus): boolean {
  return state === 'SYNCING' || state === 'IN_STEP';
}

/** An address that is as it was shown keeps what was not shown of it. */
function settingsOf(input: SyncInput, known: SyncSettings | null): SyncSettings {
  const serverUrl = kept(input.serverUrl, known?.serverUrl ?? null, POSTGRES_SCHEMES);
  if (shownAddress(serverUrl, ...POSTGRES_SCHEMES) === null)
    throw new Refusal(
      'INVALID_INPUT',
      'This is no address of a PostgreSQL server. Write it like postgres://centre.example:6432/skyrescue.',
    );
  const redisUrl =
    input.redisUrl === undefined
      ? (known?.redisUrl ?? null)
      : input.redisUrl === ''
        ? null
        : kept(input.redisUrl, known?.redisUrl ?? null, REDIS_SCHEMES);
  if (redisUrl !== null && shownAddress(redisUrl, ...REDIS_SCHEMES) === null)
    throw new Refusal(
      'INVALID_INPUT',
      'This is no address of a Redis server. Write it like rediss://centre.example:6379, or leave it empty.',
    );
  const token = input.token ?? known?.token ?? '';
  if (token === '')
    throw new Refusal('INVALID_INPUT', 'Enter the token that the centre printed for this station.');
  const authorityFile = input.authorityFile === '' ? null : input.authorityFile;
  return { serverUrl, stationId: input.stationId, token, authorityFile, redisUrl };
}

function kept(typed: string, known: string | null, schemes: readonly string[]): string {
  return known !== null && shownAddress(known, ...schemes) === typed ? known : typed;
}

async function readAuthority(file: string | null): Promise<string | null> {
  if (file === null) return null;
  const text = await readFile(file, 'utf8').catch(() => '');
  if (!text.includes('-----BEGIN CERTIFICATE-----'))
    throw new Refusal(
      'INVALID_INPUT',
      `The file of the certificate authority (${file}) cannot be read or holds no certificate. Give its whole path at the station.`,
    );
  return text;
}

function conflictInWords(conflict: StoredConflict): SyncConflict {
  const { conflictId, table, rowId, inForce, other, inForceStamp, otherStamp } = conflict;
  const columns = [...new Set([...Object.keys(inForce), ...Object.keys(other)])];
  return {
    conflictId,
    about: recordInWords(table, rowId, inForce),
    fields: columns.map((column) => ({
      name: columnInWords(column),
      inForce: valueInWords(inForce[column]),
      other: valueInWords(other[column]),
    })),
    inForceBy: inForceStamp === null ? null : stationOfStamp(inForceStamp),
    inForceAtMs: inForceStamp === null ? null : timeOfStamp(inForceStamp),
    otherBy: conflict.otherStationId,
    otherAtMs: timeOfStamp(otherStamp),
    noticedAtMs: conflict.atMs,
  };
}

/** A stamp is 15 digits of milliseconds, '-', 5 digits of a counter, '-', the station's id, '~', a nonce. */
const timeOfStamp = (stamp: string): number => Number(stamp.slice(0, 15));
const stationOfStamp = (stamp: string): string => stamp.slice(22, stamp.lastIndexOf('~'));
