import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Engine } from '../../db/engine.ts';
import { openDatabase } from '../../db/open-database.ts';
import { seededRandom } from '../../main/station/ports/random.ts';
import {
  MIGRATIONS_DIRECTORY,
  preparedDirectory,
  temporaryDirectory,
} from '../integration/db/temporary-database.ts';
import type { Survivors } from './crash-checker.ts';
import { CrashCheckers } from './crash-checkers.ts';
import { type Acknowledged, CrashWorkload, statusRank } from './crash-workload.ts';
import { type DiskDirectory, type DiskOperation, PowerCutDisk } from './power-cut-disk.ts';
import { PowerCutFs } from './power-cut-fs.ts';

/** What a database asked of its disk while it was made and used, and when it had acknowledged what. */
export interface Recording {
  root: DiskDirectory;
  operations: readonly DiskOperation[];
  /** How many operations had been asked for when the new database was open. */
  openedAt: number;
  acknowledged: readonly { at: number; record: Acknowledged }[];
}

export interface CrashFigures {
  rounds: number;
  /** Acknowledged records that were looked for, all rounds together. */
  acknowledged: number;
  lost: number;
  duplicated: number;
  unopenable: number;
  /** What went wrong, with the seed that repeats it. */
  failures: string[];
}

export function noFigures(rounds: number): CrashFigures {
  return { rounds, acknowledged: 0, lost: 0, duplicated: 0, unopenable: 0, failures: [] };
}

/** Each takes a processor and half a gigabyte. */
const CHECKERS_AT_ONCE = 2;

/** Makes a database and works with it, `steps` steps long, writing down what it asks of its disk. */
export async function recordWorkload(options: {
  seed: number;
  steps: number;
  losesSyncs?: boolean;
  acknowledgesEarly?: boolean;
}): Promise<Recording> {
  const directory = temporaryDirectory();
  const disk: { filesystem?: PowerCutFs } = {};
  const open = await openDatabase(
    { dataDirectory: directory.path, preparedDirectory, migrationsDirectory: MIGRATIONS_DIRECTORY },
    undefined,
    (path, onAbort) => {
      disk.filesystem = new PowerCutFs(path, onAbort, { losesSyncs: options.losesSyncs ?? false });
      return disk.filesystem;
    },
  );
  const { filesystem } = disk;
  if (filesystem === undefined) throw new Error('The database was opened on another file system.');
  const { root, operations } = filesystem;
  const openedAt = operations.length;
  const acknowledged: Recording['acknowledged'][number][] = [];
  const engine = await Engine.start(open, (name, sqlState, message) => {
    throw new Error(`${name}: ${sqlState} ${message}`);
  });
  const workload = new CrashWorkload(
    engine,
    seededRandom(options.seed),
    (record) => acknowledged.push({ at: operations.length, record }),
    options,
  );
  await workload.prepare();
  for (let step = 0; step < options.steps; step++) await workload.step();
  const recording = { root, operations: [...operations], openedAt, acknowledged };
  await engine.close();
  directory.remove();
  return recording;
}

/**
 * Cuts the power `rounds` times at moments of the recording, opens what is left each time, and counts. One cut in ten
 * falls into the making of the database, and four come the moment that something was acknowledged. What the seed decides does not depend on how many rounds there are.
 */
export async function cutPower(
  recording: Recording,
  { seed, rounds }: { seed: number; rounds: number },
): Promise<CrashFigures> {
  const figures = noFigures(rounds);
  const cuts = Array.from({ length: rounds }, (_, round) => cutOf(recording, seed + round)).sort(
    (one, other) => one.at - other.at,
  );
  const directory = temporaryDirectory();
  const disk = new PowerCutDisk(recording.root);
  const checkers = new CrashCheckers();
  const running = new Set<Promise<void>>();
  let applied = 0;
  for (const { at, cutSeed } of cuts) {
    for (; applied < at; applied++) {
      const operation = recording.operations[applied];
      if (operation !== undefined) disk.apply(operation);
    }
    const dataDirectory = join(directory.path, String(cutSeed));
    mkdirSync(dataDirectory);
    disk.writeWhatSurvives(join(dataDirectory, 'database'), seededRandom(cutSeed));
    // Kept and removed by the station itself, in a directory that it syncs at once.
    if (at < recording.openedAt) writeFileSync(join(dataDirectory, 'database.unfinished'), '');
    const check = checkers
      .survivorsOf(dataDirectory)
      .then((survivors) => judge(recording, { at, cutSeed }, survivors, figures))
      .finally(() => {
        running.delete(check);
        rmSync(dataDirectory, { recursive: true, force: true });
      });
    running.add(check);
    if (running.size >= CHECKERS_AT_ONCE) await Promise.race(running);
  }
  await Promise.all(running);
  checkers.close();
  directory.remove();
  return figures;
}

function cutOf(recording: Recording, cutSeed: number): { at: number; cutSeed: number } {
  const random = seededRandom(cutSeed ^ 0x5eed);
  const whole = recording.operations.length;
  const kind = random.next();
  const inMaking = kind < 0.1;
  const { acknowledged } = recording;
  const answer = acknowledged[Math.floor(random.next() * acknowledged.length)];
  if (kind > 0.6 && answer !== undefined) return { at: answer.at, cutSeed };
  const from = inMaking ? 0 : recording.openedAt;
  const until = inMaking ? recording.openedAt : whole;
  return { at: from + Math.floor(random.next() * (until - from + 1)), cutSeed };
}

function judge(
  recording: Recording,
  { at, cutSeed }: { at: number; cutSeed: number },
  survivors: Survivors | string,
  figures: CrashFigures,
): void {
  const records = recording.acknowledged.filter((each) => each.at <= at).map(({ record }) => record);
  countSurvivors(records, survivors, `seed ${cutSeed}, cut at operation ${at}`, figures);
  if (typeof survivors !== 'string' && survivors.created !== at < recording.openedAt)
    figures.failures.push(`seed ${cutSeed}: ${survivors.created ? 'made anew' : 'taken for finished'}`);
}

/** Adds what became of `records` to the figures. */
export function countSurvivors(
  records: readonly Acknowledged[],
  survivors: Survivors | string,
  round: string,
  figures: CrashFigures,
): void {
  figures.acknowledged += records.length;
  if (typeof survivors === 'string') {
    figures.unopenable++;
    figures.failures.push(`${round}: ${survivors}`);
    return;
  }
  const emergencies = new Set(survivors.emergencies);
  const events = new Set(survivors.events);
  const missions = new Map(survivors.missions.map((mission) => [mission.missionId, mission]));
  const survived = (record: Acknowledged): boolean => {
    switch (record.kind) {
      case 'emergency':
        return emergencies.has(record.emergencyId);
      case 'event':
        return events.has(record.eventId);
      case 'status':
        return statusRank(missions.get(record.missionId)?.status ?? '') >= record.rank;
      case 'telemetry':
        return (missions.get(record.missionId)?.telemetryRows ?? 0) >= record.rows;
    }
  };
  const lost = records.filter((record) => !survived(record));
  figures.lost += lost.length;
  figures.duplicated += survivors.duplicated;
  if (lost.length > 0)
    figures.failures.push(`${round}: lost ${lost.length}, first ${JSON.stringify(lost[0])}`);
  if (survivors.unmatched > 0) {
    figures.lost += survivors.unmatched;
    figures.failures.push(`${round}: ${survivors.unmatched} do not agree with the outbox`);
  }
  if (survivors.torn > 0) figures.failures.push(`${round}: ${survivors.torn} torn or out of order`);
  if (survivors.duplicated > 0) figures.failures.push(`${round}: ${survivors.duplicated} duplicated`);
}
