import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { portableDump } from '../../../scripts/portable-dump.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { emergencyInput, NOW_MS, newId, newMission, telemetryRow } from '../db/build-records.ts';
import { openTestStore, type TemporaryDirectory, temporaryDirectory } from '../db/temporary-database.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
let directory: TemporaryDirectory;
let server: PostgresServer | null = null;
beforeAll(() => {
  directory = temporaryDirectory();
});
afterAll(async () => {
  await server?.stop();
  directory.remove();
});

function script(name: string, ...args: string[]) {
  return spawnSync(process.execPath, [join(root, 'scripts', name), ...args], {
    encoding: 'utf8',
    timeout: 60_000,
  });
}

test('an export loads into a plain PostgreSQL 15 with PostGIS, rule for rule and row for row', async () => {
  const { store, close } = await openTestStore(directory.path);
  await store.write.seedDemo({ password: 'a demo password', nowMs: NOW_MS });
  const emergencyId = newId();
  const missionId = newId();
  const callerWords = 'He said: "it\'s cold"; \\.\n-- Name: x\nSET transaction_timeout = 0;\né';
  await store.write.createEmergency({ ...emergencyInput({ callerWords }), emergencyId, nowMs: NOW_MS });
  await store.write.createMission({ ...newMission({ emergencyId, droneId: 'Alpha-1' }), missionId });
  await store.write.appendTelemetry({
    rows: Array.from({ length: 1_234 }, (_, index) => telemetryRow(missionId, { atMs: NOW_MS + index })),
  });
  const file = join(directory.path, 'out.sql');
  const inUse = script('export.ts', '--data-dir', directory.path, '--to', file);
  expect([inUse.status, inUse.stderr]).toEqual([1, expect.stringContaining('The database is in use')]);
  await close();
  const exported = script('export.ts', '--data-dir', directory.path, '--to', file);
  expect([exported.stderr, exported.status]).toEqual(['', 0]);

  server = await startPostgres();
  await server.createDatabase('skyrescue');
  await server.load('skyrescue', file);
  const ask = (statement: string) => server?.sql('skyrescue', statement);
  expect(
    await ask(
      'SELECT count(*), sum(samples) FROM telemetry, (SELECT sum(samples) AS samples FROM telemetry_1min) AS s GROUP BY s.samples',
    ),
  ).toBe('1234|1522756');
  expect(await ask(`SELECT symptoms FROM emergencies`)).toBe(callerWords);
  expect(await ask('SELECT count(*) FROM no_fly_zones WHERE ST_Area(zone_polygon) > 1000')).toBe('8');
  expect(await ask('SELECT count(*) FROM active_missions')).toBe('1');
  // The triggers came along: the audit cannot be changed, a mission does not go back.
  await expect(
    ask("INSERT INTO audit_log (at, action) VALUES (now(), 'X'); DELETE FROM audit_log"),
  ).rejects.toThrow('only be added to');
  // So did the rules about who sees what.
  expect(await ask("SELECT count(*) > 0 FROM pg_policies WHERE tablename = 'emergencies'")).toBe('t');
}, 120_000);

test('only the head of a dump is made to fit an older server', () => {
  const head = 'SET lock_timeout = 0;\nSET transaction_timeout = 0;\n';
  const rest = '\n-- Name: t\nSET transaction_timeout = 0;\n';
  expect(portableDump(head + rest, [])).toBe(`SET lock_timeout = 0;\n${rest}`);
  expect(portableDump('', ['o"dd'])).toContain('CREATE ROLE "o""dd" NOLOGIN');
});

test('what cannot be done is said in words', () => {
  expect(script('export.ts').stderr).toContain('npm run export --');
  expect(script('restore.ts', '--data-dir', directory.path).stdout).toContain('There are no backups in');
  const { stderr, status } = script('restore.ts', '--data-dir', directory.path, '--from', '/nowhere.tar.gz');
  expect([status, stderr]).toEqual([1, expect.stringContaining('There is no backup at /nowhere.tar.gz')]);
  expect(readFileSync(join(root, 'package.json'), 'utf8')).toContain('"restore": "node scripts/restore.ts"');
}, 30_000);
