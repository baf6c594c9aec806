import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BALLAST_FILE } from '../../../db/ballast.ts';
import type { OpenStore } from '../../../main/station/store/open-store.ts';
import { emergencyInput, NOW_MS, newId, newMission, telemetryRow } from '../db/build-records.ts';
import { openTestStore, type TemporaryDirectory, temporaryDirectory } from '../db/temporary-database.ts';

const FULL_DISK_WORKER = new URL('./full-disk-worker.ts', import.meta.url);

let directory: TemporaryDirectory;
beforeEach(() => {
  directory = temporaryDirectory();
});
afterEach(() => directory.remove());

const call = async ({ store }: OpenStore, callerWords = 'Come quickly.'): Promise<string> => {
  const emergencyId = newId();
  await store.write.createEmergency({ ...emergencyInput({ callerWords }), emergencyId, nowMs: NOW_MS });
  return emergencyId;
};

const ballastHeld = (dataDirectory: string): Promise<void> =>
  expect
    .poll(() => statSync(join(dataDirectory, BALLAST_FILE), { throwIfNoEntry: false })?.size, {
      timeout: 10_000,
    })
    .toBe(32 * 1024 * 1024);

/** Resolves with the next word about the space. */
const nextWord = (opened: OpenStore): Promise<boolean> =>
  new Promise((resolve) => {
    const stop = opened.onSpaceLow((low) => {
      stop();
      resolve(low);
    });
  });

test('case 19: a full disk costs the reserve, not the mission; recordings wait until there is space again', async () => {
  const opened = await openTestStore(directory.path, FULL_DISK_WORKER);
  const { write, read } = opened.store;
  await write.seedDemo({ password: 'a demo password', nowMs: NOW_MS });
  await write.syncAdopt({ stationId: 'STATION-A' });
  while (await write.syncOffer({ limit: 100 }));
  const { lastSeq } = await read.syncState({});
  const ballast = join(directory.path, BALLAST_FILE);
  await ballastHeld(directory.path);

  const full = join(directory.path, 'full');
  writeFileSync(full, '');
  const low = nextWord(opened);
  const emergencyId = await call(opened);
  expect(await low).toBe(true);
  expect(existsSync(ballast)).toBe(false);
  const { missionId } = await write.createMission(newMission({ emergencyId, droneId: 'Alpha-1' }));
  await expect(write.appendTelemetry({ rows: [telemetryRow(missionId)] })).rejects.toMatchObject({
    code: 'STORAGE_FULL',
  });
  expect(await read.openEmergencies({})).toHaveLength(1);
  // What is recorded waits to be sent; what other stations recorded is not taken over meanwhile.
  const groups = await read.syncPendingGroups({ afterSeq: lastSeq, maxRows: 99, maxBytes: 99_999 });
  expect(groups.map(({ seq, changes }) => [seq, changes[0]?.rowId])).toEqual([
    [lastSeq + 1, emergencyId],
    [lastSeq + 2, missionId],
  ]);
  const cursor = { epoch: 'e', txid: '1', seq: '1' };
  const page = { rows: [], cursor, more: false, visibility: 1, serverNowMs: NOW_MS };
  await expect(write.syncApplyPage({ page, nowMs: NOW_MS })).rejects.toMatchObject({ code: 'STORAGE_FULL' });
  expect(await read.syncState({})).toMatchObject({ cursor: null, lastSeq: lastSeq + 2 });

  const regained = new Promise((resolve) => opened.onSpaceLow((isLow) => !isLow && resolve(isLow)));
  rmSync(full);
  expect(await regained).toBe(false);
  expect(existsSync(ballast)).toBe(true);
  expect(await write.appendTelemetry({ rows: [telemetryRow(missionId)] })).toEqual({ inserted: 1 });
  await opened.close();
}, 60_000);

test.runIf(process.getuid?.() === 0)(
  'on a disk that is really full, missions go on being recorded, and all is well when there is space',
  async () => {
    const disk = join(directory.path, 'disk');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400m', 'skyrescue-test', disk]);
    try {
      const dataDirectory = join(disk, 'data');
      const opened = await openTestStore(dataDirectory);
      await ballastHeld(dataDirectory);
      const { bavail, bsize } = statfsSync(disk);
      writeFileSync(join(disk, 'filler'), Buffer.alloc(bavail * bsize, 1));
      const low = nextWord(opened);
      const saved: string[] = [];
      // More than the pages hold that are there already.
      const words = Array.from({ length: 60_000 }, (_, index) =>
        String.fromCharCode(0x4e00 + ((index * 7_919) % 20_000)),
      ).join('');
      for (let count = 0; count < 60; count++) saved.push(await call(opened, words));
      expect(await low).toBe(true);
      saved.push(await call(opened));
      rmSync(join(disk, 'filler'));
      await new Promise<void>((resolve) => opened.onSpaceLow((isLow) => isLow || resolve()));
      await opened.close();

      const again = await openTestStore(dataDirectory);
      const found = await again.store.read.openEmergencies({});
      expect(found.map((emergency) => emergency.emergencyId).sort()).toEqual(saved.sort());
      await again.close();
    } finally {
      // Lazily: after a failure a thread may still have files open there.
      execFileSync('umount', ['--lazy', disk]);
    }
  },
  60_000,
);
