import { Refusal } from '../../../preload/contract/errors.ts';
import type { SyncConflict, SyncRefusal, SyncStatus } from '../../../preload/contract/sync.ts';
import { type CentralLink, type CentralLinkOptions, openCentralLink } from './central-link.ts';
import { POSTGRES_SCHEMES, REDIS_SCHEMES, readAuthority, type SyncInput, settingsOf } from './sync-given.ts';
import { isUp, statusOf } from './sync-health.ts';
import { type SyncSettings, type SyncSettingsFile, shownAddress } from './sync-settings.ts';
import type { SyncDesk as StoredDesk, SyncCounts } from './sync-store.ts';
import { conflictInWords, recordInWords, whatToDo } from './sync-words.ts';

type Asking = { dispatcherId: string };

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
const READ_EVERY_MS = 5_000;
const NOTHING_WAITS: SyncCounts = {
  pendingGroups: 0,
  pendingBytes: 0,
  oldestAtMs: null,
  telemetryRows: 0,
  telemetryDropped: 0,
  refused: 0,
  conflicts: 0,
  parked: 0,
  misshapen: 0,
};

/** What people see of sync and can do about it. Operators never wait for any of it. */
export class SyncDesk {
  readonly #options: SyncDeskOptions;
  readonly #listeners = new Set<() => void>();
  readonly #stopReading: () => void;
  #settings: SyncSettings | null = null;
  #connection: { link: CentralLink; unsubscribe(): void } | null = null;
  #trouble: { sentence: string; sinceMs: number } | null = null;
  #upSinceMs: number;
  #wasUp = false;
  #known = { lastSuccessAtMs: null as number | null, clockOffsetMs: 0, counts: NOTHING_WAITS };

  /** Opens the connection that the command line or the file names. It never fails for want of a centre. */
  static async open(options: SyncDeskOptions): Promise<SyncDesk> {
    const desk = new SyncDesk(options);
    const first = options.given ?? (await desk.#fromFile());
    if (first !== null) await desk.#connect(first);
    return desk;
  }

  private constructor(options: SyncDeskOptions) {
    this.#options = options;
    this.#upSinceMs = options.clock.nowMs();
    this.#stopReading = options.clock.every(READ_EVERY_MS, () => this.#readStored());
  }

  status(): SyncStatus {
    const engine = this.link()?.engine.status() ?? null;
    return statusOf({
      ...this.#known,
      settings: this.#settings,
      engine,
      redis: this.link()?.redis ?? null,
      trouble: this.#trouble,
      upSinceMs: this.#upSinceMs,
      counts: this.#wasUp ? (engine?.counts ?? this.#known.counts) : this.#known.counts,
    });
  }

  /** Returns its unsubscribe. */
  subscribe(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => void this.#listeners.delete(changed);
  }

  /** Null: not connected to a centre. */
  link(): CentralLink | null {
    return this.#connection?.link ?? null;
  }

  /** Of records that this person may see. */
  async conflicts({ dispatcherId }: Asking): Promise<SyncConflict[]> {
    const found = await this.#options.stored.conflicts({ limit: MOST_SHOWN });
    const visible = await this.#options.visible(found, dispatcherId);
    const shown = found.filter(({ rowId }) => visible.has(rowId));
    // What may be in the air comes before what is written.
    return shown
      .toSorted((one, other) => Number(other.twoFlights) - Number(one.twoFlights))
      .map(conflictInWords);
  }

  async refused(): Promise<SyncRefusal[]> {
    const found = await this.#options.stored.refused({ limit: MOST_SHOWN });
    return found.map(({ refusedId, rows, sentence, sqlState, atMs }) => ({
      refusedId,
      about: rows.map(({ table, rowId }) => recordInWords(table, rowId, null)),
      reason: sentence,
      whatToDo: whatToDo(sqlState),
      atMs,
    }));
  }

  async decide(conflictId: string, decision: 'KEEP' | 'TAKE_OTHER', person: Asking): Promise<void> {
    const found = await this.conflicts(person);
    if (!found.some((conflict) => conflict.conflictId === conflictId))
      throw new Refusal('NOT_FOUND', 'This conflict was decided already, or does not exist.');
    const { dispatcherId } = person;
    await this.#options.stored.decideConflict({ conflictId, decision, dispatcherId });
    this.#sendSoon();
  }

  async retry(refusedId: string, { dispatcherId }: Asking): Promise<void> {
    await this.#options.stored.retryRefused({ refusedId, dispatcherId });
    this.#sendSoon();
  }

  async dismiss(refusedId: string, { dispatcherId }: Asking): Promise<void> {
    await this.#options.stored.dismissRefused({ refusedId, dispatcherId });
    this.#sendSoon();
  }

  async pause(): Promise<void> {
    await this.#required().engine.pause();
  }

  async resume(): Promise<void> {
    await this.#required().engine.resume();
  }

  syncNow(): void {
    this.#required().engine.syncNow();
  }

  /** Answers the addresses as they may be shown and put on record. */
  async configure(input: SyncInput): Promise<{ serverAddress: string | null; redisAddress: string | null }> {
    const wanted = settingsOf(input, this.#settings);
    await readAuthority(wanted.authorityFile);
    await this.#options.file.write(wanted);
    await this.#connect(wanted);
    const { serverUrl, redisUrl } = this.configuration();
    return { serverAddress: serverUrl, redisAddress: redisUrl };
  }

  /** Without anything secret. */
  configuration() {
    const settings = this.#settings;
    const redisUrl = settings?.redisUrl ?? null;
    return {
      serverUrl: settings && shownAddress(settings.serverUrl, ...POSTGRES_SCHEMES),
      stationId: settings?.stationId ?? null,
      hasToken: settings !== null && settings.token !== '',
      authorityFile: settings?.authorityFile ?? null,
      redisUrl: redisUrl && shownAddress(redisUrl, ...REDIS_SCHEMES),
      byCommandLine: settings !== null && settings === this.#options.given,
    };
  }

  async close(): Promise<void> {
    this.#stopReading();
    await this.#disconnect();
  }

  async #fromFile(): Promise<SyncSettings | null> {
    try {
      return await this.#options.file.read();
    } catch (error) {
      this.#notOpened(error);
      return null;
    }
  }

  async #connect(wanted: SyncSettings): Promise<void> {
    await this.#disconnect();
    this.#settings = wanted;
    this.#trouble = null;
    try {
      const authority = await readAuthority(wanted.authorityFile);
      const clockOffsetMs = (): number => this.#known.clockOffsetMs;
      const link = openCentralLink({ ...this.#options, clockOffsetMs }, wanted, authority);
      const stops = [link.engine.subscribe(() => this.#noticed()), link.redis?.subscribe(() => this.#tell())];
      const unsubscribe = (): void => {
        for (const stop of stops) stop?.();
      };
      this.#connection = { link, unsubscribe };
      // Records of before the first connection are offered then, which takes its time: nobody waits for it.
      link.engine.start().catch((error: unknown) => this.#notOpened(error));
    } catch (error) {
      this.#notOpened(error);
    }
    this.#tell();
  }

  async #disconnect(): Promise<void> {
    const closing = this.#connection;
    this.#connection = null;
    this.#wasUp = false;
    closing?.unsubscribe();
    await closing?.link.close();
  }

  #notOpened(error: unknown): void {
    const { clock, log } = this.#options;
    const sentence =
      error instanceof Refusal
        ? error.message
        : 'Sync could not be started. Everything else goes on. Start the station again when no drone is in the air.';
    this.#trouble = { sentence, sinceMs: clock.nowMs() };
    log.error('sync-not-opened', { error: error instanceof Error ? error.name : 'unknown' });
    this.#tell();
  }

  #noticed(): void {
    const up = this.#connection !== null && isUp(this.#connection.link.engine.status());
    if (up && !this.#wasUp) {
      this.#upSinceMs = this.#options.clock.nowMs();
      this.#connection?.link.redis?.tryNow();
    }
    const lost = !up && this.#wasUp;
    this.#wasUp = up;
    if (lost) this.#readStored();
    this.#tell();
  }

  /** The engine counts while it works; what piles up without a connection is counted here. */
  #readStored(): void {
    const { store, log } = this.#options;
    const read = async (): Promise<void> => {
      const { lastSuccessAtMs, clockOffsetMs } = await store.state();
      const counts = this.#wasUp ? this.#known.counts : await store.counts();
      this.#known = { lastSuccessAtMs, clockOffsetMs, counts };
      this.#tell();
    };
    read().catch((error: unknown) =>
      log.warn('sync-state-not-read', { error: error instanceof Error ? error.name : 'unknown' }),
    );
  }

  #required(): CentralLink {
    const link = this.link();
    if (link === null)
      throw new Refusal(
        'CONFLICT',
        'This station is not connected to a centre. Set up the connection first.',
      );
    return link;
  }

  #sendSoon(): void {
    this.link()?.engine.syncNow();
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
