import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { emergencyInput, NOW_MS, newId } from '../db/build-records.ts';
import { openTestStore, temporaryDirectory } from '../db/temporary-database.ts';

const WATCHED_WORKER = new URL('./watched-worker.ts', import.meta.url);
const CALLS = 100;

test('writes that wait together share one wait for the disk, and none is acknowledged before it', async () => {
  const directory = temporaryDirectory();
  const opened = await openTestStore(directory.path, WATCHED_WORKER);
  const emergencyIds = Array.from({ length: CALLS }, newId);
  await Promise.all(
    emergencyIds.map((emergencyId) =>
      opened.store.write.createEmergency({ ...emergencyInput(), emergencyId, nowMs: NOW_MS }),
    ),
  );
  const syncs = readFileSync(join(directory.path, 'notes'), 'utf8').trim().split('\n').map(Number);
  expect(syncs).toHaveLength(CALLS);
  expect(Math.min(...syncs)).toBeGreaterThan(0);
  // The last has seen the syncs of all.
  expect(Math.max(...syncs)).toBeLessThan(CALLS / 4);
  expect(await opened.store.read.openEmergencies({})).toHaveLength(CALLS);
  await opened.close();
  directory.remove();
}, 60_000);
