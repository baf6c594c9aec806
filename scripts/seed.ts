import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { lockDirectory } from '../db/directory-lock.ts';
import { openDatabase } from '../db/open-database.ts';
import { SAMPLE_SIZES } from '../db/sample-data/city.ts';
import { loadSample } from '../db/sample-data/load-sample.ts';
import { sampleTables } from '../db/sample-data/tables.ts';
import { Refusal } from '../preload/contract/errors.ts';

/** Fills an empty data directory with a made-up city. The same seed and time give the same rows, ids included. */
const USAGE = `npm run seed -- --size small|large [--seed N] [--now TIME] [--data-dir DIR]
  --size      small: 30 drones, about 300 missions; large: 1,040 drones, 5,040 zones, about 10,500 missions
  --seed      another whole number gives another city (default: 1)
  --now       the moment at which the history ends, as 2026-11-01T12:00:00Z or as the word now
              (default: 2026-11-01T12:00:00Z, so that a seed alone repeats everything)
  --data-dir  an empty directory (default: sample-data)`;
const DEFAULT_NOW = '2026-11-01T12:00:00Z';
const PROGRESS_EVERY_MS = 2_000;

try {
  await seed(parseSeedArguments(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  console.error(error.message);
  process.exitCode = error.code === 'INVALID_INPUT' ? 2 : 1;
}

interface SeedArguments {
  size: keyof typeof SAMPLE_SIZES;
  seed: number;
  nowMs: number;
  dataDirectory: string;
}

function parseSeedArguments(args: string[]): SeedArguments {
  const values = parse(args);
  const { size } = values;
  if (size !== 'small' && size !== 'large')
    throw new Refusal('INVALID_INPUT', `--size must be small or large.\n${USAGE}`);
  const number = Number(values.seed);
  if (!Number.isInteger(number) || number < 0 || number > 0xffff_ffff)
    throw new Refusal('INVALID_INPUT', `--seed must be a whole number from 0 to 4294967295.\n${USAGE}`);
  const nowMs = values.now === 'now' ? Date.now() : Date.parse(values.now);
  if (Number.isNaN(nowMs)) throw new Refusal('INVALID_INPUT', `--now is not a time.\n${USAGE}`);
  return { size, seed: number, nowMs, dataDirectory: values['data-dir'] };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        size: { type: 'string', default: '' },
        seed: { type: 'string', default: '1' },
        now: { type: 'string', default: DEFAULT_NOW },
        'data-dir': { type: 'string', default: 'sample-data' },
      },
    }).values;
  } catch (error) {
    throw new Refusal('INVALID_INPUT', `${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  }
}

async function seed({ size, seed, nowMs, dataDirectory }: SeedArguments): Promise<void> {
  const startedMs = performance.now();
  const root = join(import.meta.dirname, '..');
  const { database, unlock } = await openLocked(dataDirectory, root);
  try {
    console.error(`Making up a ${size} city from seed ${seed}, up to ${new Date(nowMs).toISOString()} …`);
    const tables = sampleTables(SAMPLE_SIZES[size], seed, nowMs);
    const loaded = await loadSample(database, tables, reporter());
    const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
    const width = Math.max(...loaded.map(({ name }) => name.length));
    for (const { name, rows } of loaded)
      console.log(`${name.padEnd(width)}  ${rows.toLocaleString('en').padStart(10)}`);
    console.log(`Done in ${seconds} s. Look at it: npm run demo -- --data-dir ${dataDirectory}`);
  } finally {
    await database.close();
    unlock();
  }
}

async function openLocked(dataDirectory: string, root: string) {
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
  const unlock = lockDirectory(join(dataDirectory, 'database.lock'));
  try {
    const { database } = await openDatabase({
      dataDirectory,
      preparedDirectory: join(root, 'resources/database'),
      migrationsDirectory: join(root, 'db/migrations'),
    });
    return { database, unlock };
  } catch (error) {
    unlock();
    throw error;
  }
}

/** A line every two seconds, so that nobody wonders whether it still works. */
function reporter(): (table: string, rows: number) => void {
  let saidAtMs = performance.now();
  return (table, rows) => {
    if (performance.now() - saidAtMs < PROGRESS_EVERY_MS) return;
    saidAtMs = performance.now();
    console.error(`  ${table}: ${rows.toLocaleString('en')}`);
  };
}
