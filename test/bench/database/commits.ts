import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { emergencyWrites } from '../../../db/queries/emergencies.ts';
import { build, type Statement, type Writer } from '../../../db/transactions.ts';
import type { OpenStore } from '../../../main/station/store/open-store.ts';
import { emergencyInput, newId } from '../../integration/db/build-records.ts';
import type { Figure } from '../figure.ts';
import { BENCH_NOW_MS, BENCH_PERSON } from './data.ts';
import type { NativeDatabase } from './native.ts';
import { literal } from './sql-literal.ts';
import { figure, figureAtLeast, median } from './values.ts';

const COMMITS = 1_000;
/** As many as share one wait for the disk here; more make the native one slower. */
const NATIVE_CALLERS = 16;
const LEAST_SHARE_PERCENT = 60;
const MOST_FOR_A_PERSON_MS = 0.3;

type Saver = Pick<OpenStore['store']['write'], 'createEmergency'>;

const newEmergency = () => ({ ...emergencyInput(), emergencyId: newId(), nowMs: BENCH_NOW_MS });

/**
 * Commits of an emergency's record that are on the disk when they are acknowledged: one caller after another, and many
 * at once, against the same statements on the native database, and against what the disk itself can do. A disk that
 * syncs faster than any PostgreSQL commits says nothing about a database, so the share is of the lower of the two: the
 * disk's own fdatasync, and the native database's durable commits with as many callers.
 */
export async function measureCommits(
  opened: OpenStore,
  native: NativeDatabase,
  scratch: string,
): Promise<Figure[]> {
  const { store } = opened;
  const person = store.as(BENCH_PERSON);
  for (let warm = 0; warm < 50; warm++) {
    await store.write.createEmergency(newEmergency());
    await person.write.createEmergency(newEmergency());
  }
  const disk = [syncRate(scratch)];
  const oneTimes = await oneAfterAnother(store.write);
  const nativeOne = native.ratePerSecond(await sameTransaction(), 1);
  disk.push(syncRate(scratch));
  const startMs = performance.now();
  await Promise.all(Array.from({ length: COMMITS }, () => store.write.createEmergency(newEmergency())));
  const many = (1_000 * COMMITS) / (performance.now() - startMs);
  const nativeMany = native.ratePerSecond(await sameTransaction(), NATIVE_CALLERS);
  disk.push(syncRate(scratch));
  const personTimes = await oneAfterAnother(person.write);
  const one = (1_000 * COMMITS) / oneTimes.reduce((sum, each) => sum + each, 0);
  const sync = median(disk);
  const share = (rate: number, nativeRate: number): number => (100 * rate) / Math.min(sync, nativeRate);
  return [
    figure('fdatasync of the disk', sync, '1/s'),
    figure('durable commits, one caller', one, '1/s'),
    figure('durable commits, one caller, native', nativeOne, '1/s'),
    figureAtLeast(
      'durable commits, one caller, to the lower of fdatasync and native',
      share(one, nativeOne),
      '%',
      LEAST_SHARE_PERCENT,
    ),
    figure('durable commits, many callers', many, '1/s'),
    figure(`durable commits, ${NATIVE_CALLERS} callers, native`, nativeMany, '1/s'),
    figureAtLeast(
      'durable commits, many callers, to the lower of fdatasync and native',
      share(many, nativeMany),
      '%',
      LEAST_SHARE_PERCENT,
    ),
    figure('durable commits, many callers, to fdatasync', (100 * many) / sync, '%'),
    figure('durable commits, many callers, native to fdatasync', (100 * nativeMany) / sync, '%'),
    figure(
      'write for a person, over one for the station',
      median(personTimes) - median(oneTimes),
      'ms',
      MOST_FOR_A_PERSON_MS,
    ),
  ];
}

async function oneAfterAnother(write: Saver): Promise<number[]> {
  const times: number[] = [];
  for (let count = 0; count < COMMITS; count++) {
    const startMs = performance.now();
    await write.createEmergency(newEmergency());
    times.push(performance.now() - startMs);
  }
  return times;
}

/** The transaction of `createEmergency` as a script, its values written in, with an id that is new each time. */
async function sameTransaction(): Promise<string> {
  const input = newEmergency();
  const statements: string[] = [];
  const note = async (statement: Statement<unknown>): Promise<null> => {
    const { sql, parameters } = 'isRawBuilder' in statement ? statement.compile(build) : statement.compile();
    const value = (number: string): string => {
      const parameter = parameters[Number(number) - 1];
      // pgbench takes a colon before a letter for a variable of its own.
      return parameter === input.emergencyId
        ? 'gen_random_uuid()'
        : literal(parameter).replaceAll(/:(?=[a-z])/gi, ': ');
    };
    statements.push(sql.replace(/\$(\d+)/g, (_, number: string) => value(number)).replaceAll(/\s+/g, ' '));
    return null;
  };
  const writer = { first: note } as Partial<Writer> as Writer;
  // There is no row to go on with: the statement is all that is wanted.
  await emergencyWrites.createEmergency(writer, input).catch(() => undefined);
  return [
    'BEGIN',
    `SELECT set_config('app.now', ${literal(BENCH_NOW_MS)}, TRUE), set_config('app.dispatcher_id', '', TRUE),
      set_config('role', 'skyrescue_station', TRUE)`.replaceAll(/\s+/g, ' '),
    ...statements,
    'COMMIT;',
  ].join(';\n');
}

/** Page after page of a file that is as long as it gets, as the engine's log is. */
function syncRate(scratch: string): number {
  const path = join(scratch, 'sync.bin');
  const descriptor = openSync(path, 'w');
  const page = new Uint8Array(8_192).fill(7);
  writeSync(descriptor, new Uint8Array(COMMITS * page.length).fill(1));
  fdatasyncSync(descriptor);
  const startMs = performance.now();
  for (let index = 0; index < COMMITS; index++) {
    writeSync(descriptor, page, 0, page.length, index * page.length);
    fdatasyncSync(descriptor);
  }
  const perSecond = (1_000 * COMMITS) / (performance.now() - startMs);
  closeSync(descriptor);
  rmSync(path);
  return perSecond;
}
