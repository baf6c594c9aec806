import { afterAll, beforeAll, expect, test } from 'vitest';
import { emergencyInput, NOW_MS, newId, newMission, telemetryRow } from '../db/build-records.ts';
import { openTestStore, type TemporaryDirectory, temporaryDirectory } from '../db/temporary-database.ts';

let directory: TemporaryDirectory;
let opened: Awaited<ReturnType<typeof openTestStore>>;
beforeAll(async () => {
  directory = temporaryDirectory();
  opened = await openTestStore(directory.path);
  await opened.store.write.seedDemo({ password: 'a demo password', nowMs: NOW_MS });
}, 60_000);
afterAll(async () => {
  await opened.close();
  directory.remove();
});

test('only what is older goes, oldest first and no more than asked; the sums by the minute stay', async () => {
  const { read, write } = opened.store;
  const emergencyId = newId();
  const missionId = newId();
  await write.createEmergency({ ...emergencyInput(), emergencyId, nowMs: NOW_MS });
  await write.createMission({ ...newMission({ emergencyId, droneId: 'Alpha-1' }), missionId });
  const rows = Array.from({ length: 10 }, (_, index) => telemetryRow(missionId, { atMs: NOW_MS + index }));
  await write.appendTelemetry({ rows });
  for (let index = 0; index < 3; index++)
    await write.appendTranscript({
      ...{ transcriptId: newId(), missionId, atMs: NOW_MS + index, speaker: 'DRONE', text: `${index}` },
      ...{ language: 'en', confidence: null, conversationState: null },
    });

  const telemetry = { table: 'telemetry', beforeMs: NOW_MS + 8, unsentFromMs: NOW_MS + 4 } as const;
  expect(await write.removeExpired({ ...telemetry, limit: 5 })).toEqual({ removed: 5, removedUnsent: 1 });
  expect(await write.removeExpired({ ...telemetry, limit: 5 })).toEqual({ removed: 3, removedUnsent: 3 });
  expect(await read.telemetryCount({ missionId })).toBe(2);
  const transcripts = { table: 'voice_transcripts', beforeMs: NOW_MS + 2, limit: 500 } as const;
  expect(await write.removeExpired({ ...transcripts, unsentFromMs: NOW_MS + 2 })).toEqual({
    removed: 2,
    removedUnsent: 0,
  });
  expect((await read.missionTranscript({ missionId })).map(({ text }) => text)).toEqual(['2']);
  // The sums still know of all ten.
  const { rows: counted } = await opened.backUp(
    { folder: `${directory.path}/b`, reason: 'ON_DEMAND' },
    () => undefined,
  );
  expect([counted.telemetry, counted.telemetry_1min]).toEqual([2, 1]);
});

test('runs are kept, newest first, and are the same when read back', async () => {
  const { read, write } = opened.store;
  const run = {
    table: 'telemetry',
    removed: 8,
    removedUnsent: 1,
    beforeMs: NOW_MS - 1,
    waitingSinceMs: null,
  } as const;
  await write.recordRetentionRun({ ...run, atMs: NOW_MS });
  await write.recordRetentionRun({ ...run, atMs: NOW_MS + 1, waitingSinceMs: NOW_MS - 5 });
  expect(await read.retentionRuns({ limit: 5 })).toEqual([
    { ...run, atMs: NOW_MS + 1, waitingSinceMs: NOW_MS - 5 },
    { ...run, atMs: NOW_MS },
  ]);
  await expect(write.recordRetentionRun({ ...run, atMs: NOW_MS + 2, removed: -1 })).rejects.toMatchObject({
    code: 'INVALID_INPUT',
  });
});
