import type { PGlite, Transaction } from '@electric-sql/pglite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase } from '../../../db/open-database.ts';
import { isSqlError, refusalOf } from '../../../db/refusals.ts';
import {
  MIGRATIONS_DIRECTORY,
  preparedDirectory,
  type TemporaryDirectory,
  temporaryDirectory,
} from '../db/temporary-database.ts';
import { RULES, VALID } from './constraint-rules.ts';

let directory: TemporaryDirectory;
let database: PGlite;
beforeAll(async () => {
  directory = temporaryDirectory();
  const paths = {
    dataDirectory: directory.path,
    preparedDirectory,
    migrationsDirectory: MIGRATIONS_DIRECTORY,
  };
  ({ database } = await openDatabase(paths));
  await database.exec(
    `${insertion('base_stations', { base_station_id: "'B-1'" })};
     ${insertion('drones', { drone_id: "'D-1'", serial_number: "'S-1'", base_station_id: "'B-1'" })};
     ${insertion('emergencies', {})}; ${insertion('missions', { dispatcher_id: "'base'" })}`,
  );
});
afterAll(async () => {
  await database.close();
  directory.remove();
});

function insertion(table: keyof typeof VALID, changes: Record<string, string>): string {
  const row: Record<string, string> = { ...VALID[table], ...changes };
  return `INSERT INTO ${table} (${Object.keys(row).join(', ')}) VALUES (${Object.values(row).join(', ')})`;
}

/** Runs in a transaction that leaves nothing behind; the database's error, or null when it took everything. */
async function errorOf(work: (transaction: Transaction) => Promise<unknown>): Promise<unknown> {
  let refused: unknown = null;
  await database.transaction(async (transaction) => {
    try {
      await work(transaction);
    } catch (error) {
      refused = error;
    }
    await transaction.rollback();
  });
  return refused;
}

describe('the database', () => {
  test.each(Object.keys(VALID))('takes a valid row of %s', async (table) => {
    expect(await errorOf((transaction) => transaction.exec(insertion(table as keyof typeof VALID, {})))).toBe(
      null,
    );
  });

  test.each(RULES)('refuses by $constraint: $broken', async ({ constraint, table, broken }) => {
    const error = await errorOf((transaction) => transaction.exec(insertion(table, broken)));
    expect(error).toMatchObject({ constraint });
    const refusal = isSqlError(error) ? refusalOf(error) : null;
    expect(refusal?.code).toMatch(/^(INVALID_INPUT|NOT_FOUND)$/);
    expect(refusal?.message.length).toBeGreaterThan(20);
  });

  test('has no constraint on the specified tables that is missing above', async () => {
    const { rows } = await database.query<{ conname: string }>(
      `SELECT conname FROM pg_constraint WHERE contype IN ('c', 'f') AND conrelid = ANY ($1::text[]::regclass[])`,
      [Object.keys(VALID)],
    );
    const listed = new Set(RULES.map(({ constraint }) => constraint));
    expect(rows.map(({ conname }) => conname).filter((name) => !listed.has(name))).toEqual([]);
  });

  test('judges times by the clock of the station that writes, and only what is written now', async () => {
    const ahead = insertion('emergencies', { call_timestamp: "now() + INTERVAL '2 hours'" });
    const asked = (now: string, ...statements: string[]) =>
      errorOf(async (transaction) => {
        await transaction.query("SELECT set_config('app.now', $1, TRUE)", [now]);
        for (const statement of statements) await transaction.exec(statement);
      });
    const inTwoHours = new Date(Date.now() + 2 * 3_600_000).toISOString();
    expect(await asked(inTwoHours, ahead)).toBe(null);
    expect(await asked('infinity', ahead)).toBe(null);
    expect(await asked('2020-01-01', insertion('emergencies', {}))).toMatchObject({
      constraint: 'emergencies_call_timestamp_not_future',
    });
    // Restarted on a clock that is behind: the old time stays, a new one that is too late is refused.
    const back = "SET LOCAL app.now = '2020-01-01'";
    expect(await asked(inTwoHours, ahead, back, "UPDATE emergencies SET address = 'Elsewhere'")).toBe(null);
    expect(
      await asked(
        inTwoHours,
        ahead,
        back,
        "UPDATE emergencies SET call_timestamp = call_timestamp + INTERVAL '1 s'",
      ),
    ).toMatchObject({ constraint: 'emergencies_call_timestamp_not_future' });
  });
});

describe('the door', () => {
  const withDoor = RULES.flatMap(({ constraint, door }) =>
    door === undefined ? [] : [{ constraint, ...door }],
  );

  test.each(withDoor)('refuses what $constraint stands for, naming the field', async ({ attempt, says }) => {
    await expect((async () => attempt())()).rejects.toThrow(says);
  });
});
