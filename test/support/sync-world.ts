import type { Clock } from '../../main/station/ports/clock.ts';
import type { Log } from '../../main/station/ports/log.ts';
import { type Random, seededRandom } from '../../main/station/ports/random.ts';
import { createSyncEngine, type SyncEngine } from '../../main/station/sync/sync-engine.ts';
import { FakeClock } from './fake-clock.ts';
import { EditMaker, REGIONS } from './sync-edits.ts';
import { type LinkWeather, openLink } from './sync-link.ts';
import { ModelServer, type ServerMutation } from './sync-model-server.ts';
import {
  Crash,
  type Edit,
  emptyDisk,
  type ModelDisk,
  ModelStore,
  type OutboxGroup,
  type StoreMutation,
} from './sync-model-store.ts';

/** Deviations between the engine and the wire (docs/sync.md, mutations). */
export type LinkMutation = 'ACK_BEFORE_COMMIT' | 'SIGHT_IGNORED';
export type Mutation = ServerMutation | StoreMutation | LinkMutation;

export interface WorldOptions {
  readonly seed: number;
  readonly stations?: number;
  readonly mutation?: Mutation | null;
}

export interface Intent {
  readonly stationId: string;
  readonly group: OutboxGroup;
}

const SILENT: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const STORE_MUTATIONS: readonly string[] = [
  'CURSOR_BEFORE_PAGE',
  'ECHO',
  'NO_REOFFER',
  'NO_INCARNATION',
  'CLOCK_BACK',
];

/** One machine with its disk, its clock, its connection and, while it runs, its program. */
export class ModelStation {
  readonly stationId: string;
  disk: ModelDisk;
  /** The machine's clock is wrong by this much. */
  skewMs = 0;
  readonly weather: LinkWeather = { mode: 'UP', lostAnswers: 0, repeated: 0, latencyMs: 40 };
  crashes = 0;
  /** By a person: it does not start again by itself. */
  switchedOff = false;
  store: ModelStore | null = null;
  engine: SyncEngine | null = null;
  readonly #world: SyncWorld;
  #starts = 0;

  constructor(world: SyncWorld, stationId: string, disk: ModelDisk) {
    this.#world = world;
    this.stationId = stationId;
    this.disk = disk;
  }

  start(): void {
    if (this.engine !== null || this.switchedOff) return;
    const { clock, server, options } = this.#world;
    // A chance of its own for each: what the engine does shifts neither crashes nor the weather.
    const [random, fate, luck] = [1, 2, 3].map(() => seededRandom(this.#world.random.next() * 2 ** 32));
    if (random === undefined || fate === undefined || luck === undefined) throw new Error('No chance');
    const machineClock: Clock = {
      nowMs: () => Math.max(0, clock.nowMs() + this.skewMs),
      monotonicMs: () => clock.monotonicMs(),
      machineMs: () => clock.machineMs(),
      after: (delayMs, callback) => clock.after(delayMs, callback),
      every: (periodMs, callback) => clock.every(periodMs, callback),
    };
    const mutation = options.mutation ?? null;
    const store = new ModelStore({
      disk: this.disk,
      stationId: this.stationId,
      nowMs: machineClock.nowMs,
      mutation: STORE_MUTATIONS.includes(String(mutation)) ? (mutation as StoreMutation) : null,
      crashPoint: () => {
        if (fate.next() >= this.crashes) return;
        this.#world.note(`${this.stationId} crashes`);
        this.stop();
        clock.after(200 + fate.next() * 3_000, () => this.start());
        throw new Crash();
      },
    });
    const link = openLink({
      stationId: this.stationId,
      server,
      clock,
      random: luck,
      weather: this.weather,
      onBatch: (changes) => {
        this.#world.largestBatch = Math.max(this.#world.largestBatch, changes);
      },
      onPage: (rows) => {
        for (const { table, rowId, op } of rows)
          if (op === 'UPSERT' && !server.sees(this.stationId, `${table}/${rowId}`))
            server.violations.leaked.push(`${table}/${rowId} to ${this.stationId}`);
      },
    });
    const transport =
      mutation === 'ACK_BEFORE_COMMIT'
        ? {
            ...link,
            push: (batch: Parameters<typeof link.push>[0], epoch: string) => {
              store.settle(batch.groups.at(-1)?.seq ?? 0, []);
              return link.push(batch, epoch);
            },
          }
        : mutation === 'SIGHT_IGNORED'
          ? {
              ...link,
              hello: async (hello: Parameters<typeof link.hello>[0]) => ({
                ...(await link.hello(hello)),
                visibility: 1,
              }),
              pull: async (input: Parameters<typeof link.pull>[0]) => ({
                ...(await link.pull(input)),
                visibility: 1,
              }),
            }
          : link;
    const engine = createSyncEngine({
      store,
      transport,
      stationId: this.stationId,
      clock: machineClock,
      random,
      log: SILENT,
    });
    this.#starts += 1;
    this.store = store;
    this.engine = engine;
    void engine.start();
  }

  /** As the power going off: whatever was not committed is gone. */
  stop(): void {
    this.store?.die();
    this.store = null;
    this.engine = null;
  }

  write(edits: readonly Edit[], tellEngine = true): OutboxGroup | null {
    if (this.store === null) return null;
    const group = this.store.write(edits);
    this.#world.intents.push({ stationId: this.stationId, group });
    for (const { stamp, replaced, rowId } of group.changes) {
      this.#world.made.add(stamp);
      if (Object.values(replaced).some((seen) => seen >= stamp))
        this.#world.server.violations.unsafe.push(`${rowId}: ${stamp} is not later than what it replaces`);
    }
    if (tellEngine) this.engine?.changed();
    return group;
  }

  waiting(): number {
    const { disk } = this;
    return disk.outbox.filter(({ acked, incarnation }) => !acked && incarnation === disk.incarnation).length;
  }
}

/** Stations, a server and the weather between them, all from one seed. */
export class SyncWorld {
  readonly options: WorldOptions;
  readonly clock = new FakeClock(1_760_000_000_000);
  readonly random: Random;
  readonly server: ModelServer;
  readonly stations: ModelStation[];
  /** Copies of a station's disk that run elsewhere. */
  readonly clones: ModelStation[] = [];
  /** Everything that a station has committed, as long as some disk or the server still has it. */
  intents: Intent[] = [];
  /** The stamps of all that was ever committed on a station. */
  readonly made = new Set<string>();
  readonly operations: string[] = [];
  /** Changes in the largest batch that was pushed. */
  largestBatch = 0;
  readonly edits: EditMaker;

  constructor(options: WorldOptions) {
    this.options = options;
    this.random = seededRandom(options.seed);
    this.edits = new EditMaker(this.random);
    const ids = Array.from({ length: options.stations ?? 5 }, (_, index) => `S${index + 1}`);
    const mutation = options.mutation ?? null;
    this.server = new ModelServer({
      clock: this.clock,
      regions: new Map(
        ids.map((id, index) => [id, new Set([REGIONS[index % 3] ?? 'NV', REGIONS[(index + 1) % 3] ?? 'CA'])]),
      ),
      mutation: mutation as ServerMutation | null,
      commitAfterMs: () => (this.random.next() < 0.2 ? this.random.next() * 3_000 : this.random.next() * 60),
    });
    this.stations = ids.map((id) => new ModelStation(this, id, emptyDisk()));
  }

  get all(): readonly ModelStation[] {
    return [...this.stations, ...this.clones];
  }

  note(operation: string): void {
    this.operations.push(`${Math.round(this.clock.monotonicMs())} ${operation}`);
  }

  /** Lets time pass, with everything that is due. */
  async pass(forMs: number, stepMs = 100): Promise<void> {
    for (let passedMs = 0; passedMs < forMs; passedMs += stepMs) {
      this.clock.advance(Math.min(stepMs, forMs - passedMs));
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  /**
   * After a disaster: what neither the server nor any disk has any more was destroyed with the hardware. No protocol
   * brings it back, and nobody asks it to.
   */
  forgetDestroyed(): void {
    const kept = new Set(
      this.all.flatMap(({ disk }) => disk.outbox.map(({ changes }) => changes.at(-1)?.stamp)),
    );
    const { applied, rejected } = this.server.data;
    this.intents = this.intents.filter(({ group }) => {
      const stamp = group.changes.at(-1)?.stamp ?? '';
      return kept.has(stamp) || applied.has(stamp) || rejected.has(stamp);
    });
  }

  /** Everything works again, and an administrator has dealt with the copies of disks. */
  async heal(): Promise<void> {
    this.note('everything is mended');
    for (const station of this.all) {
      Object.assign(station.weather, { mode: 'UP', lostAnswers: 0, repeated: 0, latencyMs: 20 });
      station.crashes = 0;
      station.skewMs = 0;
    }
    for (const clone of [...this.clones]) {
      const original = this.stations.find(({ stationId }) => stationId === clone.stationId);
      if (original !== undefined) original.switchedOff = true;
      original?.stop();
      clone.stop();
      clone.start();
      await this.pass(100);
      await clone.engine?.resume();
      await this.until(() => this.#rests(clone));
      clone.switchedOff = true;
      clone.stop();
      this.clones.splice(this.clones.indexOf(clone), 1);
      if (original !== undefined) original.switchedOff = false;
      original?.start();
    }
    for (const station of this.stations) station.start();
    await this.pass(100);
    for (const station of this.stations) await station.engine?.resume();
    await this.until(() => this.isAtRest());
  }

  isAtRest(): boolean {
    return this.stations.every((station) => this.#rests(station));
  }

  #rests(station: ModelStation): boolean {
    const { disk, engine } = station;
    const status = engine?.status();
    return (
      station.waiting() === 0 &&
      status?.state === 'IN_STEP' &&
      status.fault === null &&
      !disk.fullPull &&
      disk.telemetryAcked === disk.telemetryWritten &&
      this.server.isRead(disk.cursor)
    );
  }

  /** Waits, but not for ever: what has not come by then does not come. */
  async until(condition: () => boolean, limitMs = 180_000): Promise<boolean> {
    for (let passedMs = 0; passedMs < limitMs; passedMs += 250) {
      if (condition()) return true;
      await this.pass(250, 50);
    }
    return condition();
  }
}
