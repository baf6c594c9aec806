import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { lockDirectory } from '../../../db/directory-lock.ts';
import { Engine } from '../../../db/engine.ts';
import { openDatabase } from '../../../db/open-database.ts';
import { MissionJournal } from '../../../main/station/dispatch/mission-journal.ts';
import { seededRandom } from '../../../main/station/ports/random.ts';
import type { OpenStore, StoreStatus } from '../../../main/station/store/open-store.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { emergencyInput, missionEvent, NOW_MS, newId, newMission, telemetryRow } from './build-records.ts';
import {
  MIGRATIONS_DIRECTORY,
  openTestStore,
  preparedDirectory,
  type TemporaryDirectory,
  temporaryDirectory,
} from './temporary-database.ts';

const HOPELESS_WORKER = new URL('./hopeless-worker.ts', import.meta.url);
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

  test('starts its thread again when that dies: who waited is told, and what a mission says meanwhile is written after', async () => {
    const threads = threadsStarted();
    const clock = new FakeClock(NOW_MS);
    const opened = await openTestStore(directory.path, undefined, clock);
    const { read, write } = opened.store;
    await write.seedDemo({ password: 'a demo password', nowMs: NOW_MS });
    const emergencyId = newId();
    await write.createEmergency({ ...emergencyInput(), emergencyId, nowMs: NOW_MS });
    const { missionId } = await write.createMission(
      newMission({ emergencyId, droneId: 'Alpha-1', events: [] }),
    );
    const troubles: (string | null)[] = [];
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const journal = new MissionJournal({
      ...{ clock, log, missionId, onWritten: () => undefined },
      onTrouble: (sentence) => troubles.push(sentence),
      onLost: () => undefined,
    });
    const said: string[] = [];
    const say = (): void => {
      const sentence = `Number ${said.length + 1}.`;
      const events = [missionEvent({ sentence })];
      said.push(sentence);
      journal.add(() => write.recordMissionProgress({ missionId, events, changes: {} }));
    };
    const statesOf = followStates(opened);

    say();
    say();
    const waiting = [read.baseStations({}), write.setDroneStatus({ droneId: 'Alpha-2', status: 'CHARGING' })];
    const died = once(threads.at(-1) ?? process, 'exit');
    const [ended] = await Promise.all([Promise.allSettled(waiting), died, threads.at(-1)?.terminate()]);
    for (const result of ended)
      expect(result).toMatchObject({
        status: 'rejected',
        reason: { code: 'STORAGE_UNAVAILABLE', message: expect.stringContaining('before it confirmed') },
      });
    expect(await opened.status()).toMatchObject({ state: 'RESTARTING', pendingCalls: 0 });
    await expect(read.baseStations({})).rejects.toThrow('being started again');
    await expect(openTestStore(directory.path)).rejects.toThrow('in use');
    say();
    say();
    expect(threads).toHaveLength(1);
    clock.advance(250);
    // From now on calls wait until it is open.
    expect(await read.baseStations({})).toHaveLength(3);
    expect([threads.length, statesOf()]).toEqual([2, ['RESTARTING', 'OPEN']]);
    expect(await opened.status()).toMatchObject({
      state: 'OPEN',
      notice: expect.stringContaining('was started again'),
    });
    clock.advance(1_000);
    await journal.close();
    expect(troubles).toEqual(expect.arrayContaining([expect.stringContaining('before it confirmed'), null]));
    expect(troubles.at(-1)).toBe(null);
    const events = await read.missionEvents({ missionId });
    expect(events.map(({ sentence }) => sentence)).toEqual(said);
    await opened.close();
    await (await openTestStore(directory.path)).close();
  });

  test('gives its thread up when starting it again is in vain, and says so', async () => {
    const clock = new FakeClock(NOW_MS);
    const opened = await openTestStore(directory.path, HOPELESS_WORKER, clock);
    const statesOf = followStates(opened);
    const { read } = opened.store;
    await expect(read.baseStations({})).rejects.toThrow('before it confirmed');
    for (let count = 1; count <= 9; count++) {
      await vi.waitFor(() => expect(statesOf()).toHaveLength(count), 10_000);
      clock.advance(30_000);
    }
    expect(statesOf()).toEqual([...Array.from({ length: 8 }, () => 'RESTARTING'), 'FAILED']);
    expect(await opened.status()).toMatchObject({ state: 'FAILED', notice: expect.any(String) });
    await expect(read.baseStations({})).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
      message: expect.stringContaining('restart the station'),
    });
    expect(opened.lines.filter(({ event }) => event === 'database-restart-failed')).toHaveLength(8);
    lockDirectory(join(directory.path, 'database.lock'))();
    await opened.close();
  });
});

/** The threads that are started from now on, first to last. */
function threadsStarted(): Worker[] {
  const threads: Worker[] = [];
  const note = (worker: Worker): unknown => threads.push(worker);
  process.on('worker', note);
  onTestFinished(() => void process.off('worker', note));
  return threads;
}

function followStates(opened: OpenStore): () => StoreStatus['state'][] {
  const states: StoreStatus['state'][] = [];
  opened.onState(({ state }) => states.push(state));
  return () => states;
}

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
    const together = Array.from({ length: 5 }, () =>
      write.createEmergency({ ...input, emergencyId: newId(), nowMs: NOW_MS }),
    );
    for (const result of await Promise.allSettled(together))
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'STORAGE_FULL' } });
    await opened.close();
    const again = await openTestStore(directory.path);
    const found = await again.store.read.openEmergencies({});
    expect(found.map((emergency) => emergency.emergencyId)).toContain(emergencyId);
    await again.close();
  });
});
