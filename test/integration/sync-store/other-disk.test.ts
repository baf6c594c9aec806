import { cpSync, existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { putInPlace } from '../../../db/backup/put-in-place.ts';
import { emergencyInput, NOW_MS, newId } from '../db/build-records.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../db/temporary-database.ts';
import { answerTo, openTestStation, type TestStation } from './test-station.ts';

let directory: TemporaryDirectory;
const at = (...names: string[]): string => join(directory.path, ...names);

async function withStation<Result>(work: (station: TestStation) => Promise<Result>): Promise<Result> {
  const station = await openTestStation(directory.path);
  try {
    return await work(station);
  } finally {
    await station.close();
  }
}

const createEmergency = ({ call }: TestStation, emergencyId = newId()) =>
  call.createEmergency({ ...emergencyInput(), emergencyId, nowMs: NOW_MS });
const state = (station: TestStation) => station.sync.state();

beforeAll(async () => {
  directory = temporaryDirectory();
  await withStation(async (station) => {
    await station.sync.beginRun('run1');
    await station.sync.adopt('STATION-A');
    await createEmergency(station);
    const { lastSeq } = await state(station);
    await station.sync.settlePush(answerTo(lastSeq), lastSeq);
    await createEmergency(station);
  });
  // A backup, by whatever program.
  await withStation(async () => undefined);
  cpSync(at('database'), at('copy'), { recursive: true });
}, 120_000);
afterAll(() => directory.remove());

test('case 17: a station goes on in its incarnation; a database that was restored begins a new incarnation, and sends what waited in the backup', async () => {
  const waited = await withStation(async (station) => {
    await createEmergency(station);
    const { incarnation, lastSeq, lastAckedSeq } = await state(station);
    expect(incarnation).toBe(1);
    return { lastSeq, lastAckedSeq };
  });
  cpSync(at('copy'), at('database.restoring'), { recursive: true });
  putInPlace(directory.path, NOW_MS);
  expect(existsSync(at('database-token'))).toBe(false);
  await withStation(async (station) => {
    // What was made after the backup is gone; what waited in it is numbered from 1.
    expect(await state(station)).toMatchObject({ incarnation: 2, lastAckedSeq: 0, lastSeq: 1 });
    expect(waited.lastSeq - waited.lastAckedSeq).toBe(2);
  });
}, 60_000);

test('cases 17, 18: a folder that was put back or copied by hand is noticed as well', async () => {
  rmSync(at('database'), { recursive: true });
  renameSync(at('copy'), at('database'));
  expect(await withStation(state)).toMatchObject({ incarnation: 2 });
  rmSync(at('database-token'));
  expect(await withStation(state)).toMatchObject({ incarnation: 3 });
}, 60_000);
