import { REGIONS } from './sync-edits.ts';
import { copyOfDisk, type ModelDisk } from './sync-model-store.ts';
import { judge, type Verdict } from './sync-oracle.ts';
import { ModelStation, type Mutation, SyncWorld } from './sync-world.ts';

const DAY_MS = 86_400_000;
const STEPS = 70;

type Disaster = (world: SyncWorld, station: ModelStation) => void;

/** One life: edits, weather and disasters in an order that the seed decides; then all is mended and judged. */
export async function live(
  seed: number,
  mutation: Mutation | null = null,
): Promise<{ verdict: Verdict; operations: readonly string[] }> {
  const world = new SyncWorld({ seed, mutation });
  const { random } = world;
  for (const station of world.stations) station.start();
  const disasters = chosenDisasters(world);
  for (let stepNumber = 0; stepNumber < STEPS; stepNumber++) {
    const station = pick(world, world.all);
    if (random.next() < 0.75) edit(world, station);
    else pick(world, disasters)(world, station);
    await world.pass(random.next() < 0.85 ? random.next() * 1_500 : random.next() * 12_000, 250);
  }
  await world.heal();
  const verdict = judge(world);
  for (const station of world.all) station.stop();
  return { verdict, operations: world.operations };
}

/** Each life has some kinds of disaster and not the others: so each gets its share of unlikely pairs. */
function chosenDisasters(world: SyncWorld): Disaster[] {
  const snapshots: { station: ModelStation; disk: ModelDisk }[] = [];
  const backups: ReturnType<SyncWorld['server']['backup']>[] = [];
  const kinds: Disaster[][] = [
    [partition],
    [spoilLink],
    [crash],
    [jumpClock],
    [pauseOrResume],
    [stopServer],
    [changeSight],
    [expireLog],
    [
      (_, station) => void snapshots.push({ station, disk: copyOfDisk(station.disk) }),
      restoreStation(snapshots),
    ],
    [cloneStation],
    [(world_) => void backups.push(world_.server.backup()), restoreServer(backups)],
  ];
  const chosen = kinds.filter(() => world.random.next() < 0.45).flat();
  return [poke, telemetry, mend, mend, ...chosen];
}

function edit(world: SyncWorld, station: ModelStation): void {
  const edits = station.store === null ? null : world.edits.edits(station.disk, station.stationId);
  if (edits === null) return;
  world.note(
    `${station.stationId} ${edits.map((e) => `${e.table}/${e.rowId} ${JSON.stringify(e.columns)}`)}`,
  );
  station.write(edits, world.random.next() < 0.7);
}

const poke: Disaster = (_, station) => station.engine?.poked(null);

const telemetry: Disaster = (_, station) => {
  if (station.store !== null) station.disk.telemetryWritten += 4;
};

const mend: Disaster = (world, station) => {
  world.note(`${station.stationId} has a good connection`);
  Object.assign(station.weather, { mode: 'UP', lostAnswers: 0, repeated: 0, latencyMs: 40 });
  station.crashes = 0;
};

const partition: Disaster = (world, station) => {
  station.weather.mode = world.random.next() < 0.5 ? 'DOWN' : 'HALF_OPEN';
  world.note(`${station.stationId} is ${station.weather.mode}`);
};

const spoilLink: Disaster = (world, station) => {
  Object.assign(station.weather, { mode: 'UP', lostAnswers: 0.3, repeated: 0.4, latencyMs: 900 });
  world.note(`${station.stationId} loses and repeats`);
};

const crash: Disaster = (world, station) => {
  world.note(`${station.stationId} will crash`);
  station.crashes = 0.15;
};

const jumpClock: Disaster = (world, station) => {
  station.skewMs = Math.round((world.random.next() - 0.5) * 6 * DAY_MS);
  world.note(`${station.stationId} clock ${station.skewMs} ms off`);
};

const pauseOrResume: Disaster = (_, station) => {
  if (station.disk.paused) void station.engine?.resume();
  else void station.engine?.pause();
};

const stopServer: Disaster = (world) => {
  world.note('the server is stopped and started');
  world.server.restart();
};

const changeSight: Disaster = (world, { stationId }) => {
  const regions = new Set(REGIONS.filter(() => world.random.next() < 0.6));
  world.note(`${stationId} may see ${[...regions].join(' ')}`);
  world.server.regions = new Map([...world.server.regions, [stationId, regions]]);
  world.server.visibility += 1;
};

const expireLog: Disaster = (world) => {
  world.note('the server forgets its change log');
  world.server.expireLog();
};

function restoreStation(snapshots: { station: ModelStation; disk: ModelDisk }[]): Disaster {
  return (world) => {
    const snapshot = snapshots.at(-1);
    if (snapshot === undefined) return;
    const { station, disk } = snapshot;
    world.note(`${station.stationId} is restored from an older backup`);
    station.stop();
    station.disk = copyOfDisk(disk);
    station.start();
    world.forgetDestroyed();
  };
}

const cloneStation: Disaster = (world, station) => {
  if (world.clones.length > 0) return;
  world.note(`the disk of ${station.stationId} is copied, and the copy runs too`);
  const clone = new ModelStation(world, station.stationId, copyOfDisk(station.disk));
  world.clones.push(clone);
  clone.start();
};

function restoreServer(backups: ReturnType<SyncWorld['server']['backup']>[]): Disaster {
  return (world) => {
    const backup = backups.pop();
    if (backup === undefined) return;
    world.note('the server is restored from an older backup');
    world.server.restore(backup);
    world.forgetDestroyed();
  };
}

function pick<Item>(world: SyncWorld, items: readonly Item[]): Item {
  const item = items[Math.floor(world.random.next() * items.length)];
  if (item === undefined) throw new Error('Nothing to choose from');
  return item;
}

/** In words, for people. */
export function faultsOf({ lost, duplicated, leaked, diverged, unsafe }: Verdict): string[] {
  const named = { lost, duplicated, leaked, diverged, unsafe };
  return Object.entries(named).flatMap(([kind, found]) => found.map((text) => `${kind}: ${text}`));
}
