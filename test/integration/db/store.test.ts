import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Engine } from '../../../db/engine.ts';
import { openDatabase } from '../../../db/open-database.ts';
import { seededRandom } from '../../../main/station/ports/random.ts';
import { emergencyInput, missionEvent, NOW_MS, newId, newMission, telemetryRow } from './build-records.ts';
import {
  MIGRATIONS_DIRECTORY,
  openTestStore,
  preparedDirectory,
  type TemporaryDirectory,
  temporaryDirectory,
} from './temporary-database.ts';

const DYING_WORKER = new URL('./dying-worker.ts', import.meta.url);
const FULL_DISK_WORKER = new URL('./full-disk-worker.ts', import.meta.url);
const WRITING_PROCESS = fileURLToPath(new URL('./writing-process.ts', import.meta.url));

let directory: TemporaryDirectory;
beforeEach(() => {
  directory = temporaryDirectory();
});
afterEach(() => directory.remove());

describe('the store', () => {
  test('takes a mission write before the rest of a large batch of telemetry, and bounds what waits', async () => {
    const opened = await openTestStore(directory.path);
    const { read, write } = opened.store;
    await write.seedDemo({ password: 'a demo password', nowMs: NOW_MS });
    const emergencyId = newId();
    await write.createEmergency({ ...emergencyInput(), emergencyId, nowMs: NOW_MS });
    const { missionId } = await write.createMission(newMission({ emergencyId, droneId: 'Alpha-1' }));
    const rows = Array.from({ length: 10_000 }, (_, index) =>
      telemetryRow(missionId, { atMs: NOW_MS + index }),
    );
    const order: string[] = [];
    const telemetry = write.appendTelemetry({ rows }).then(() => order.push('telemetry'));
    const progress = write
      .recordMissionProgress({ missionId, events: [missionEvent()], changes: { status: 'IN_FLIGHT' } })
      .then(() => order.push('mission'));
    await Promise.all([telemetry, progress]);
    expect(order).toEqual(['mission', 'telemetry']);

    const seen = Array.from({ length: 2_001 }, () => write.recordDroneSeen({ drones: [] }));
    const baseStations = read.baseStations({});
    const results = await Promise.allSettled(seen);
    expect(results.filter((result) => result.status === 'rejected')).toEqual([
      { status: 'rejected', reason: expect.objectContaining({ code: 'STORAGE_UNAVAILABLE' }) },
    ]);
    expect(await baseStations).toHaveLength(3);
    expect(await opened.status()).toMatchObject({ state: 'OPEN', notice: null, pendingCalls: 0 });
    await opened.close();
    await expect(read.baseStations({})).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    await opened.close();
  });

  test('logs neither what a person said nor what they were called', async () => {
    const opened = await openTestStore(directory.path);
    const { write } = opened.store;
    const secret = 'Jane Roe of 5 Elm St';
    await expect(
      write.createEmergency({
        ...emergencyInput({ callerWords: secret, victimAgeYears: 999 }),
        emergencyId: newId(),
        nowMs: NOW_MS,
      }),
    ).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    // A bug of ours: a field that the statement needs is missing altogether.
    await expect(Reflect.apply(write.createZone, undefined, [{ name: secret }])).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
    });
    await opened.close();
    expect(opened.lines.map((line) => line.event)).toContain('database-error');
    expect(JSON.stringify(opened.lines)).not.toContain('Jane Roe');
  });

  test('is open to one only, and free again when its thread dies; whoever waits is told', async () => {
    const opened = await openTestStore(directory.path, DYING_WORKER);
    await expect(openTestStore(directory.path)).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
      message: expect.stringContaining('in use'),
    });
    const emergencyId = newId();
    await opened.store.write.createEmergency({ ...emergencyInput(), emergencyId, nowMs: NOW_MS });
    const failures: string[] = [];
    opened.onFailure((refusal) => failures.push(refusal.code));
    const lost = [
      opened.store.read.telemetryCount({ missionId: newId() }),
      opened.store.read.emergency({ emergencyId }),
    ];
    for (const result of await Promise.allSettled(lost))
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'STORAGE_UNAVAILABLE' } });
    expect(failures).toEqual(['STORAGE_UNAVAILABLE']);
    await expect(opened.store.read.allZones({ nowMs: NOW_MS })).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
    });
    expect(await opened.status()).toMatchObject({
      state: 'FAILED',
      notice: expect.stringContaining('restart the station'),
    });
    await opened.close();

    const again = await openTestStore(directory.path);
    expect(await again.store.read.emergency({ emergencyId })).not.toBe(null);
    await again.close();
  });
});

test('what was acknowledged is there after kill -9 in the middle of writing, five times over', async () => {
  const random = seededRandom(20_260_501);
  const acknowledged: string[] = [];
  for (let round = 1; round <= 5; round++) {
    const enough = 20 + Math.floor(random.next() * 200);
    const child = spawn(process.execPath, [WRITING_PROCESS, directory.path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    let saved = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      const [word = '', rest = ''] = [line.slice(0, 5), line.slice(6)];
      if (word === 'FOUND') expect(JSON.parse(rest)).toEqual(expect.arrayContaining(acknowledged));
      else {
        acknowledged.push(rest);
        if (++saved === enough) child.kill('SIGKILL');
      }
    }
    await ended;
    expect(saved).toBeGreaterThanOrEqual(enough);
  }
  const opened = await openTestStore(directory.path);
  const found = (await opened.store.read.openEmergencies({})).map((emergency) => emergency.address);
  expect(found).toEqual(expect.arrayContaining(acknowledged));
  // Each round may have saved one that it could no longer report.
  expect(found.length).toBeLessThanOrEqual(acknowledged.length + 5);
  await opened.close();
}, 300_000);

describe('when the disk is full', () => {
  const writeSync = fs.writeSync;
  afterEach(() => {
    fs.writeSync = writeSync;
  });

  /** From now on no write to a file whose path holds `part` fits. The engine's file system writes through this. */
  function fill(part: string): void {
    const full: typeof fs.writeSync = (descriptor: number, ...rest: unknown[]): number => {
      if (fs.readlinkSync(`/proc/self/fd/${descriptor}`).includes(part))
        throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      return Reflect.apply(writeSync, fs, [descriptor, ...rest]);
    };
    fs.writeSync = full;
  }

  test('a write says so and saves nothing, reads go on, and space that is freed is used', async () => {
    const unexpected: string[] = [];
    const open = await openDatabase({
      dataDirectory: directory.path,
      preparedDirectory,
      migrationsDirectory: MIGRATIONS_DIRECTORY,
    });
    const engine = await Engine.start(open, (name) => unexpected.push(name));
    const context = { actor: null, nowMs: NOW_MS };
    const save = (words: string) =>
      engine.run(
        'createEmergency',
        { ...emergencyInput({ callerWords: words }), emergencyId: newId(), nowMs: NOW_MS },
        context,
      );
    await save('before');
    // Random words do not compress: this one needs new pages.
    const long = Array.from({ length: 60_000 }, (_, index) =>
      String.fromCharCode(0x4e00 + ((index * 7919) % 20_000)),
    ).join('');
    fill('/base/');
    await expect(save(long)).rejects.toMatchObject({ name: 'Refusal', code: 'STORAGE_FULL' });
    expect(await engine.run('openEmergencies', {}, context)).toHaveLength(1);
    fs.writeSync = writeSync;
    await save(long);
    expect(await engine.run('openEmergencies', {}, context)).toHaveLength(2);

    await open.database.close();
  });

  test('and the log has no room, the thread ends and says why; what was acknowledged stays', async () => {
    const opened = await openTestStore(directory.path, FULL_DISK_WORKER);
    const input = emergencyInput();
    const { read, write } = opened.store;
    const emergencyId = newId();
    await write.createEmergency({ ...input, emergencyId, nowMs: NOW_MS });
    await expect(read.telemetryCount({ missionId: newId() })).resolves.toBe(0);
    await expect(
      write.createEmergency({ ...input, emergencyId: newId(), nowMs: NOW_MS }),
    ).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    await opened.close();
    const again = await openTestStore(directory.path);
    const found = await again.store.read.openEmergencies({});
    expect(found.map((emergency) => emergency.emergencyId)).toContain(emergencyId);
    await again.close();
  });
});
