import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { Refusal } from '../../preload/contract/errors.ts';
import { type BackupManifest, backupManifest } from '../../preload/contract/records.ts';
import { syncDirectory } from '../durable-fs.ts';

/** Not in the database: it must be known when the database cannot be opened. */
const SETTING_FILE = 'backup-folder';
const KEEP_MS = 30 * 24 * 3_600_000;
const DAY_MS = 24 * 3_600_000;
const UNFINISHED = /^skyrescue-\d{8}T\d{6}Z\.tar\.gz(\.unfinished|\.json\.unfinished)?$/;

/** Where backups of these records go. */
export function backupFolderOf(dataDirectory: string): string {
  try {
    const chosen = readFileSync(join(dataDirectory, SETTING_FILE), 'utf8').trim();
    if (chosen !== '') return chosen;
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  return defaultBackupFolder(dataDirectory);
}

export function defaultBackupFolder(dataDirectory: string): string {
  return join(resolve(dataDirectory), 'backups');
}

/** Refuses (INVALID_INPUT) a folder that does not exist or cannot be written to. */
export async function chooseBackupFolder(dataDirectory: string, folder: string): Promise<void> {
  if (!isAbsolute(folder))
    throw new Refusal('INVALID_INPUT', 'Give the folder with its whole path, for example /mnt/backups.');
  const trial = join(folder, `.skyrescue-${process.pid}`);
  try {
    await writeFile(trial, '', { flush: true });
    await rm(trial);
  } catch (error) {
    throw new Refusal(
      'INVALID_INPUT',
      `Backups cannot be written to ${folder}. Make the folder first, or choose another.`,
      { cause: error },
    );
  }
  writeDurably(dataDirectory, SETTING_FILE, folder);
}

/** What tells the backups of these records from those of another station in the same folder. */
export function originOf(dataDirectory: string): string {
  return `${hostname()}:${resolve(dataDirectory)}`;
}

/** The finished backups of a folder, newest first. Empty where there is no folder yet. */
export async function listBackups(folder: string): Promise<BackupManifest[]> {
  const names = await namesIn(folder);
  const archives = names.filter((name) => names.includes(`${name}.json`));
  const manifests = await Promise.all(archives.map((archive) => manifestOf(join(folder, archive))));
  return manifests
    .filter((manifest) => manifest !== null)
    .sort((one, other) => other.madeAtMs - one.madeAtMs);
}

/** The manifest of an archive; null: there is none, or it is not one of ours. */
export async function manifestOf(archivePath: string): Promise<BackupManifest | null> {
  try {
    const text = await readFile(`${archivePath}.json`, 'utf8');
    return backupManifest.safeParse(JSON.parse(text)).data ?? null;
  } catch (error) {
    if (error instanceof SyntaxError || isMissing(error)) return null;
    throw error;
  }
}

export function writeManifest(folder: string, manifest: BackupManifest): void {
  writeDurably(folder, `${manifest.archive}.json`, `${JSON.stringify(manifest, null, 2)}\n`);
}

export function archiveName(nowMs: number): string {
  return `skyrescue-${compactTime(nowMs)}.tar.gz`;
}

/** 20261122T173901Z: sorts by time, and every file system takes it. */
export function compactTime(nowMs: number): string {
  return new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, '');
}

/** Where a backup is while it is made: the archive without its name yet, and the copy that is opened to verify it. */
export function unfinishedPaths(order: { folder: string; dataDirectory: string; nowMs: number }) {
  return {
    unfinished: join(order.folder, `${archiveName(order.nowMs)}.unfinished`),
    verifying: join(order.dataDirectory, 'database.verifying'),
  };
}

export function removeUnfinished(order: { folder: string; dataDirectory: string; nowMs: number }): void {
  for (const path of Object.values(unfinishedPaths(order))) rmSync(path, { recursive: true, force: true });
}

/** Removes own backups that are older than 30 days, never the newest, and what was left of interrupted ones. */
export async function pruneBackups(folder: string, origin: string, nowMs: number): Promise<void> {
  const own = (await listBackups(folder)).filter((manifest) => manifest.origin === origin);
  for (const { archive, madeAtMs } of own.slice(1))
    if (nowMs - madeAtMs > KEEP_MS) {
      // The manifest first: an archive without one counts as unfinished.
      await rm(join(folder, `${archive}.json`), { force: true });
      await rm(join(folder, archive), { force: true });
    }
  const names = await namesIn(folder);
  for (const name of names) {
    const path = join(folder, name);
    // Another station may be writing to the same folder: only what is surely left over goes.
    const isLeftOver = UNFINISHED.test(name) && !names.includes(`${name}.json`);
    if (isLeftOver && Date.now() - (await stat(path)).mtimeMs > DAY_MS) await rm(path, { force: true });
  }
  syncDirectory(folder);
}

/** All of it or nothing of it is there after a power cut. */
export function writeDurably(directory: string, name: string, text: string): void {
  const path = join(directory, name);
  writeFileSync(`${path}.unfinished`, text, { flush: true, mode: 0o600 });
  renameSync(`${path}.unfinished`, path);
  syncDirectory(directory);
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
