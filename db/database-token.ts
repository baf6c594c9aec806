import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { PGlite } from '@electric-sql/pglite';
import { isMissing, writeDurably } from './backup/backup-folder.ts';

/** Beside the database, so that a copy of the database alone does not have it. */
const TOKEN_FILE = 'database-token';

/**
 * Whether this is the database that was last open here is told by a token that is in it and beside it, and changes with
 * every start. If it is not (a backup was put back, or the folder was copied), its outbox begins a new incarnation:
 * numbers that the server has met for other changes are not used again. Returns whether it did. A station that no server
 * knows has no numbers to keep apart.
 */
export async function settleToken(database: PGlite, dataDirectory: string): Promise<boolean> {
  const station = await connectedStation(database);
  if (station === null) return false;
  const beside = tokensBeside(dataDirectory);
  const isOther = station.token === null ? beside.length > 0 : !beside.includes(station.token);
  const next = randomUUID();
  // Both, until the database has the new one for good.
  writeDurably(dataDirectory, TOKEN_FILE, [...(isOther ? [] : beside), next].join('\n'));
  await database.transaction(async (transaction) => {
    if (isOther)
      await transaction.query('SELECT sync_begin_incarnation($1, FALSE)', [station.incarnation + 1]);
    await transaction.query('UPDATE sync_station SET token = $1', [next]);
  });
  writeDurably(dataDirectory, TOKEN_FILE, next);
  return isOther;
}

async function connectedStation(
  database: PGlite,
): Promise<{ token: string | null; incarnation: number } | null> {
  const known = await database.query<{ known: boolean }>(
    "SELECT to_regclass('sync_station') IS NOT NULL AS known",
  );
  if (known.rows[0]?.known !== true) return null;
  const { rows } = await database.query<{ token: string | null; incarnation: number }>(
    'SELECT token, incarnation FROM sync_station WHERE station_id IS NOT NULL',
  );
  return rows[0] ?? null;
}

/** Called before another database is put in place: it is not the one that was open here. */
export function forgetToken(dataDirectory: string): void {
  rmSync(join(dataDirectory, TOKEN_FILE), { force: true });
}

function tokensBeside(dataDirectory: string): string[] {
  try {
    return readFileSync(join(dataDirectory, TOKEN_FILE), 'utf8')
      .split('\n')
      .filter((token) => token !== '');
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
