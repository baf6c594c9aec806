import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { emergencyWrites } from '../../../db/queries/emergencies.ts';
import { build, type Statement, type Writer } from '../../../db/transactions.ts';
import type { OpenStore } from '../../../main/station/store/open-store.ts';
import { emergencyInput, missionEvent, newId } from '../../integration/db/build-records.ts';
import type { Figure } from '../figure.ts';
import { BENCH_NOW_MS, BENCH_PERSON, MISSIONS, missionId } from './data.ts';
import type { NativeDatabase } from './native.ts';
import { literal } from './sql-literal.ts';
import { figure, figureAtLeast, median } from './values.ts';

const COMMITS = 1_000;
/** More make the native one slower. */
const NATIVE_CALLERS = 16;
const CALLERS = [64, 256];
const CALLERS_MS = 3_000;
const LEAST_SHARE_PERCENT = 60;
const MOST_FOR_A_PERSON_MS = 0.3;

type Saver = Pick<OpenStore['store']['write'], 'createEmergency'>;

const newEmergency = () => ({ ...emergencyInput(), emergencyId: newId(), nowMs: BENCH_NOW_MS });

/**
 * Durable commits against the rate at which the disk itself syncs a page (fdatasync, in the same run, before, between
 * and after). The promise is of many callers: each has a mission of its own, records one event of it, waits until that
 * is acknowledged, which is after the disk has synced it, and records the next. What waits while the engine works
 * shares the next transaction and its sync. One caller after another has no company to share with, so what it reaches
 * is information, and so is what a native PostgreSQL makes of the same transactions of emergencies.
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
  await eventsPerSecond(store.write, 64, 200);
  const disk = [syncRate(scratch)];
  const many: [callers: number, perSecond: number][] = [];
  for (const callers of CALLERS) {
    many.push([callers, await eventsPerSecond(store.write, callers, CALLERS_MS)]);
    disk.push(syncRate(scratch));
  }
  const oneTimes = await oneAfterAnother(store.write);
  const nativeOne = native.ratePerSecond(await sameTransaction(), 1);
  const nativeMany = native.ratePerSecond(await sameTransaction(), NATIVE_CALLERS);
  disk.push(syncRate(scratch));
  const personTimes = await oneAfterAnother(person.write);
  const one = (1_000 * COMMITS) / oneTimes.reduce((sum, each) => sum + each, 0);
  const sync = median(disk);
  return [
    figure('fdatasync of the disk', sync, '1/s'),
    ...many.flatMap(([callers, rate]) => [
      figure(`durable mission events acknowledged, ${callers} callers`, rate, '1/s'),
      figureAtLeast(
        `durable mission events acknowledged, ${callers} callers, to fdatasync`,
        (100 * rate) / sync,
        '%',
        LEAST_SHARE_PERCENT,
      ),
    ]),
    figure('durable commits, one caller', one, '1/s'),
    figure('durable commits, one caller, to fdatasync', (100 * one) / sync, '%'),
    figure('durable commits, one caller, native', nativeOne, '1/s'),
    figure('durable commits, one caller, native to fdatasync', (100 * nativeOne) / sync, '%'),
    figure(`durable commits, ${NATIVE_CALLERS} callers, native`, nativeMany, '1/s'),
    figure(`durable commits, ${NATIVE_CALLERS} callers, native to fdatasync`, (100 * nativeMany) / sync, '%'),
    figure(
      'write for a person, over one for the station',
      median(personTimes) - median(oneTimes),
      'ms',
      MOST_FOR_A_PERSON_MS,
    ),
  ];
}

async function eventsPerSecond(
  write: Pick<OpenStore['store']['write'], 'recordMissionProgress'>,
  callers: number,
  forMs: number,
): Promise<number> {
  const startMs = performance.now();
  let acknowledged = 0;
  const call = async (caller: number): Promise<void> => {
    while (performance.now() - startMs < forMs) {
      await write.recordMissionProgress({
        missionId: missionId(1 + (caller % MISSIONS)),
        changes: {},
        events: [missionEvent({ atMs: BENCH_NOW_MS })],
      });
      acknowledged++;
    }
  };
  await Promise.all(Array.from({ length: callers }, (_, caller) => call(caller)));
  return (1_000 * acknowledged) / (performance.now() - startMs);
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
