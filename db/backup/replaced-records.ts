import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { compactTime } from './backup-folder.ts';

/** What a restore set aside: `database.replaced-20261122T173901Z`, with a number where a name was taken. */
const REPLACED = /^database\.replaced-(\d{8}T\d{6}Z)(-\d+)?$/;
const KEEP_MS = 30 * 24 * 3_600_000;

/**
 * Removes the records that restores have set aside, except the newest for 30 days: it is there for whoever restored the
 * wrong backup. Returns the names of what was removed.
 */
export async function removeReplacedRecords(dataDirectory: string, nowMs: number): Promise<string[]> {
  const oldest = compactTime(nowMs - KEEP_MS);
  const [newest, ...older] = (await readdir(dataDirectory))
    .filter((name) => REPLACED.test(name))
    .sort((one, other) => other.localeCompare(one, 'en', { numeric: true }));
  if (newest === undefined) return [];
  const isKept = (REPLACED.exec(newest)?.[1] ?? '') >= oldest;
  const removed = isKept ? older : [newest, ...older];
  for (const name of removed) await rm(join(dataDirectory, name), { recursive: true, force: true });
  return removed;
}
