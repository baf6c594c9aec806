import { existsSync, renameSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { PGlite } from '@electric-sql/pglite';
import { pgDump } from '@electric-sql/pglite-tools/pg_dump';
import { lockDirectory } from '../db/directory-lock.ts';
import { openDatabase } from '../db/open-database.ts';
import { Refusal } from '../preload/contract/errors.ts';
import { portableDump } from './portable-dump.ts';

/** Writes the records of a stopped station as SQL that a plain PostgreSQL 15 with PostGIS loads. */
const USAGE = 'npm run export -- --data-dir DIR --to FILE.sql';
const root = join(import.meta.dirname, '..');

const DUMP_ARGUMENTS = [
  '--no-owner',
  '--rows-per-insert=500',
  // PostGIS brings these rows itself. Asking for those that it does not bring takes a statement of more than 8 KB, which
  // this pg_dump hands to the engine in pieces: both would wait for ever.
  '--exclude-table-data=public.spatial_ref_sys',
  // They belong to this one machine, and the signing keys among them, sealed as they are, to nobody else.
  '--exclude-table-data=public.settings',
];

try {
  const { values } = parseArgs({ options: { 'data-dir': { type: 'string' }, to: { type: 'string' } } });
  const { 'data-dir': dataDirectory, to } = values;
  if (dataDirectory === undefined || to === undefined) throw new Refusal('INVALID_INPUT', USAGE);
  if (!existsSync(join(dataDirectory, 'database')))
    throw new Refusal('NOT_FOUND', `There are no records in ${dataDirectory}.`);
  if (!existsSync(dirname(resolve(to))))
    throw new Refusal('INVALID_INPUT', `There is no folder ${dirname(resolve(to))}. Make it first.`);
  await exportTo(resolve(dataDirectory), resolve(to));
} catch (error) {
  console.error(error instanceof Refusal ? error.message : error);
  process.exitCode = 1;
}

async function exportTo(dataDirectory: string, path: string): Promise<void> {
  const unlock = lockDirectory(join(dataDirectory, 'database.lock'));
  try {
    const prepared = join(root, 'resources/database');
    const { database } = await openDatabase({
      dataDirectory,
      preparedDirectory: existsSync(prepared) ? prepared : null,
      migrationsDirectory: join(root, 'db/migrations'),
    });
    try {
      const dump = await pgDump({ pg: database, args: DUMP_ARGUMENTS });
      const text = portableDump(await dump.text(), await rolesOf(database));
      await writeFile(`${path}.unfinished`, text, { flush: true, mode: 0o600 });
      renameSync(`${path}.unfinished`, path);
      console.log(`${path}: ${(text.length / 1e6).toFixed(1)} MB. Load it with: psql -d DATABASE -f ${path}`);
    } finally {
      await database.close();
    }
  } finally {
    unlock();
  }
}

/** Roles belong to the server, not to the database, so a dump does not hold them. */
async function rolesOf(database: PGlite): Promise<string[]> {
  const { rows } = await database.query<{ name: string }>(
    `SELECT rolname AS name FROM pg_roles WHERE rolname NOT LIKE 'pg\\_%' AND NOT rolsuper ORDER BY 1`,
  );
  return rows.map((row) => row.name);
}
