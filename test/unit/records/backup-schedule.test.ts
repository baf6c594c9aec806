import { expect, test } from 'vitest';
import { type BackupPort, createBackupSchedule } from '../../../main/station/records/backup-schedule.ts';
import { Refusal } from '../../../preload/contract/errors.ts';
import type { BackupManifest } from '../../../preload/contract/records.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const HOUR_MS = 3_600_000;
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const settle = () => new Promise<void>((resolve) => setTimeout(resolve, 5));

function createBench() {
  const clock = new FakeClock();
  const list: BackupManifest[] = [];
  const raised = new Map<string, string>();
  const made: string[] = [];
  let outcome: Promise<void> = Promise.resolve();
  let folder = '/backups';
  let isReadable = true;
  const backups: BackupPort = {
    origin: 'here',
    folder: () => folder,
    choose: async (chosen) => {
      folder = chosen;
    },
    async list() {
      if (!isReadable) throw new Error('EIO');
      return list;
    },
    async make({ reason }, onProgress) {
      onProgress('COPYING', 0.5);
      made.push(reason);
      await outcome;
      const manifest = manifestAt(clock.nowMs());
      list.unshift(manifest);
      return manifest;
    },
    cancel: () => undefined,
  };
  const alerts = {
    raise: ({ cause, sentence }: { cause: string; sentence: string }) => void raised.set(cause, sentence),
    clear: (cause: string) => void raised.delete(cause),
  };
  const schedule = createBackupSchedule({ backups, clock, alerts, log });
  return {
    ...{ schedule, clock, list, raised, made },
    outcomeIs: (next: Promise<void>) => {
      outcome = next;
    },
    readable: (next: boolean) => {
      isReadable = next;
    },
  };
}

function manifestAt(madeAtMs: number, origin = 'here'): BackupManifest {
  return {
    archive: 'skyrescue-20261122T120000Z.tar.gz',
    ...{ madeAtMs, origin, reason: 'DAILY', postgresMajor: '18', schemaVersion: '5' },
    ...{ rows: {}, databaseBytes: 1, archiveBytes: 1, sha256: '0'.repeat(64), verifiedAtMs: madeAtMs },
  };
}

test('makes one a day by the newest of its own, also after a sleep', async () => {
  const bench = createBench();
  bench.list.push(manifestAt(bench.clock.nowMs(), 'another station'));
  await bench.clock.run(30 * 60_000, 60_000);
  await settle();
  expect(bench.made).toEqual(['DAILY']);
  await bench.clock.run(23 * HOUR_MS, 15 * 60_000);
  expect(bench.made).toHaveLength(1);
  bench.clock.advance(72 * HOUR_MS);
  await settle();
  expect(bench.made).toEqual(['DAILY', 'DAILY']);
  await bench.schedule.close();
});

test('a daily one that fails is said and tried again; one that was asked for is said on the page only', async () => {
  const bench = createBench();
  bench.outcomeIs(Promise.reject(new Refusal('STORAGE_FULL', 'The disk is full.')));
  bench.schedule.backUpNow();
  expect(() => bench.schedule.backUpNow()).toThrow('being made already');
  await settle();
  expect((await bench.schedule.status()).lastFailure?.sentence).toBe('The disk is full.');
  expect(bench.raised.size).toBe(0);
  await bench.clock.run(20 * 60_000, 60_000);
  await settle();
  expect(bench.raised.get('backup-failed')).toBe('The disk is full.');
  bench.outcomeIs(Promise.resolve());
  await bench.clock.run(20 * 60_000, 60_000);
  await settle();
  expect(bench.raised.size).toBe(0);
  expect((await bench.schedule.status()).lastFailure).toBe(null);
  await bench.schedule.close();
});

test('a folder that cannot be read is said, and nothing is tried', async () => {
  const bench = createBench();
  bench.readable(false);
  await bench.clock.run(20 * 60_000, 60_000);
  expect(bench.made).toEqual([]);
  expect(bench.raised.get('backup-failed')).toContain('cannot be read');
  expect((await bench.schedule.status()).notice).toContain('/backups cannot be read');
  await bench.schedule.close();
});
