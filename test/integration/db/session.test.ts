import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenDatabase, openDatabase } from '../../../db/open-database.ts';
import { Session } from '../../../db/session.ts';
import { NOW_MS } from './build-records.ts';
import {
  MIGRATIONS_DIRECTORY,
  preparedDirectory,
  type TemporaryDirectory,
  temporaryDirectory,
} from './temporary-database.ts';

const STATION = { actor: null, nowMs: NOW_MS };
const PERSON = { actor: 'nobody', nowMs: NOW_MS };
const whoAndWhen = sql<{ role: string; person: string; now: string; writes: string }>`
  SELECT current_user AS role, current_setting('app.dispatcher_id') AS person, current_setting('app.now') AS now,
    current_setting('transaction_read_only') AS writes`;
const note = (action: string) => sql`INSERT INTO audit_log (at, action) VALUES (now(), ${action})`;
const noted = sql<{ action: string }>`SELECT action FROM audit_log ORDER BY recorded_order`;

let directory: TemporaryDirectory;
let open: OpenDatabase;
let session: Session;
/** How often the engine was entered. */
let entries = 0;
beforeAll(async () => {
  directory = temporaryDirectory();
  open = await openDatabase({
    dataDirectory: directory.path,
    preparedDirectory,
    migrationsDirectory: MIGRATIONS_DIRECTORY,
  });
  const { database } = open;
  const enter = database.execProtocolRawSync.bind(database);
  database.execProtocolRawSync = (message) => {
    entries++;
    return enter(message);
  };
  session = await Session.open(database);
}, 120_000);
afterAll(async () => {
  await open.database.close();
  directory.remove();
});

test('a statement that is known takes one entry to read, two and one sync to write', async () => {
  const read = () => session.read(STATION, (reader) => reader.all(noted));
  const write = () => session.write(STATION, [], (writer) => writer.run(note('COUNTED')));
  await read();
  expect(await write()).toBe(1);
  entries = 0;
  await read();
  expect(entries).toBe(1);
  const syncs = open.filesystem.syncs;
  await write();
  expect([entries, open.filesystem.syncs - syncs]).toEqual([3, 1]);
  await session.write(STATION, ['flushedLater'], (writer) => writer.run(note('LATER')));
  expect(open.filesystem.syncs - syncs).toBe(1);
  await session.flush();
  expect(open.filesystem.syncs - syncs).toBe(2);
});

test('whose sight and time a transaction has ends with it, also when it fails', async () => {
  const now = new Date(NOW_MS).toISOString();
  const asPerson = { role: 'skyrescue_person', person: 'nobody', now, writes: 'on' };
  const asStation = { role: 'skyrescue_station', person: '', now, writes: 'on' };
  const ask = (context: typeof STATION | typeof PERSON) =>
    session.read(context, (reader) => reader.first(whoAndWhen));
  expect(await ask(PERSON)).toEqual(asPerson);
  expect(await ask(STATION)).toEqual(asStation);
  await expect(session.write(PERSON, [], (writer) => writer.run(note('FORBIDDEN')))).rejects.toMatchObject({
    code: '42501',
  });
  expect(await ask(STATION)).toEqual(asStation);
  const [outside] = (await open.database.query('SELECT current_user AS role')).rows;
  expect([outside, open.database.isInTransaction()]).toEqual([{ role: 'postgres' }, false]);
});

test('a reader cannot write, in its first statement or in a later one', async () => {
  for (const before of [[], [noted], [noted, note('READ')]]) {
    const reading = session.read(STATION, async (reader) => {
      for (const statement of before) await reader.all(statement).catch(() => undefined);
      await reader.all(note('READ'));
    });
    await expect(reading).rejects.toMatchObject({ code: '25006' });
  }
});

test('nothing of a write stays when it fails, nor when it passes an error over', async () => {
  const before = await session.read(STATION, (reader) => reader.all(noted));
  const failing = session.write(STATION, [], async (writer) => {
    await writer.run(note('HALF'));
    throw new Error('changed our mind');
  });
  await expect(failing).rejects.toThrow('changed our mind');
  const passedOver = session.write(STATION, [], async (writer) => {
    await writer.run(note('HALF'));
    await writer.run(sql`SELECT 1 / 0`).catch(() => undefined);
  });
  await expect(passedOver).rejects.toThrow('ROLLBACK');
  expect(await session.read(STATION, (reader) => reader.all(noted))).toEqual(before);
  expect(await session.write(STATION, [], async () => 'nothing was said')).toBe('nothing was said');
});

test('the engine keeps no more statements than the limit, and those that went come back', async () => {
  const counted = sql<{ kept: number }>`SELECT count(*) AS kept FROM pg_prepared_statements`;
  const value = (number: number) =>
    session.read(STATION, (reader) =>
      reader.first(sql<{ value: number }>`SELECT ${sql.lit(number)}::int AS value`),
    );
  for (let number = 0; number < 450; number++) expect(await value(number)).toEqual({ value: number });
  const kept = (await session.read(STATION, (reader) => reader.first(counted)))?.kept ?? 0;
  expect(kept).toBeGreaterThan(300);
  expect(kept).toBeLessThanOrEqual(420);
  expect(await value(0)).toEqual({ value: 0 });
  await session.planAnew();
  expect(await value(1)).toEqual({ value: 1 });
});
