import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Clock, systemClock } from '../../../main/station/ports/clock.ts';
import type { Log, LogFields } from '../../../main/station/ports/log.ts';
import { type OpenStore, openStore } from '../../../main/station/store/open-store.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
export const MIGRATIONS_DIRECTORY = join(root, 'db/migrations');
const WORKER_URL = new URL('../../../db/worker.ts', import.meta.url);
export const BACKUP_WORKER_URL = new URL('../../../db/backup/backup-worker.ts', import.meta.url);
const PREPARED_DIRECTORY = join(root, 'resources/database');

/** What was prepared, when it was; otherwise databases are made from nothing, which is slower and as good. */
export const preparedDirectory = existsSync(PREPARED_DIRECTORY) ? PREPARED_DIRECTORY : null;

export interface TemporaryDirectory {
  path: string;
  remove: () => void;
}

export function temporaryDirectory(): TemporaryDirectory {
  const path = mkdtempSync(join(tmpdir(), 'skyrescue-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** The migrations of a station in a directory where they can be changed. Returns the folder of the common ones. */
export function copyMigrations(directory: string): string {
  for (const folder of ['migrations', 'station'])
    cpSync(join(root, 'db', folder), join(directory, folder), { recursive: true });
  return join(directory, 'migrations');
}

export interface LogLine {
  level: string;
  event: string;
  fields: LogFields;
}

/** A real store on a real directory, and what it logged. */
export async function openTestStore(
  dataDirectory: string,
  workerUrl: URL = WORKER_URL,
  clock: Clock = systemClock,
): Promise<OpenStore & { lines: LogLine[] }> {
  const lines: LogLine[] = [];
  const at =
    (level: string): Log['info'] =>
    (event, fields = {}) =>
      void lines.push({ level, event, fields });
  const opened = await openStore({
    workerUrl,
    backupWorkerUrl: BACKUP_WORKER_URL,
    dataDirectory,
    preparedDirectory,
    migrationsDirectory: MIGRATIONS_DIRECTORY,
    log: { info: at('info'), warn: at('warn'), error: at('error') },
    clock,
  });
  return { ...opened, lines };
}
