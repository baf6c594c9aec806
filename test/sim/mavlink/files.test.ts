import { beforeEach, describe, expect, test } from 'vitest';
import { ARDUCOPTER, PX4 } from '../../../main/simulator/firmware.ts';
import type { FileSink } from '../../../main/station/mavlink/protocol/file-sink.ts';
import { FtpClient } from '../../../main/station/mavlink/protocol/ftp.ts';
import { mavlinkFileCrc32 } from '../../../main/station/mavlink/protocol/ftp-payload.ts';
import { LogTransfer } from '../../../main/station/mavlink/protocol/log-transfer.ts';
import { seededRandom } from '../../../main/station/ports/random.ts';
import { DRONE, simulatedDrone } from '../../support/simulated-drone.ts';

const SEEDS = Number(process.env.SEEDS ?? 4);
const CALM = { seed: 1, loss: 0, duplicates: 0, delayMs: 0 };

class MemorySink implements FileSink {
  bytes = Buffer.alloc(0);
  write(offset: number, bytes: Uint8Array): void {
    if (this.bytes.length < offset + bytes.length)
      this.bytes = Buffer.concat([this.bytes, Buffer.alloc(offset + bytes.length - this.bytes.length)]);
    this.bytes.set(bytes, offset);
  }
  async checksum(size: number): Promise<number> {
    return mavlinkFileCrc32(this.bytes.subarray(0, size));
  }
}

let sink: MemorySink;
beforeEach(() => {
  sink = new MemorySink();
});

function bench(weather = CALM, options = {}) {
  const drone = simulatedDrone(weather, { logSeconds: [4, 30], radioBytesPerS: 20_000, ...options });
  const files = new FtpClient(drone.port, DRONE);
  const logs = new LogTransfer(drone.port, DRONE);
  drone.connect(files);
  drone.connect(logs);
  return { drone, files, logs };
}

describe('over a channel that loses 20 %, repeats and reorders', () => {
  test('a log comes whole by file transfer, its checksum compared', async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      sink = new MemorySink();
      const { drone, files } = bench({ seed, loss: 0.2, duplicates: 0.05, delayMs: 120 });
      const listed = await drone.finish(files.list('/APM/LOGS'));
      if (listed.state !== 'DONE') throw new Error(`seed ${seed}: ${listed.sentence}`);
      expect(listed.files.map(({ name, kind }) => [name, kind])).toEqual([
        ['00000001.BIN', 'FILE'],
        ['00000002.BIN', 'FILE'],
      ]);
      const size = listed.files[1]?.sizeBytes ?? 0;
      const outcome = await drone.finish(files.download('/APM/LOGS/00000002.BIN', sink));
      expect(outcome, `seed ${seed}`).toEqual({ state: 'DONE', size, integrity: 'CHECKSUM' });
      expect(sink.bytes.length).toBe(size);
    }
  });

  test('a log comes whole by the log messages', async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      sink = new MemorySink();
      const { drone, files, logs } = bench({ seed, loss: 0.1, duplicates: 0.05, delayMs: 60 });
      const listed = await drone.finish(logs.list());
      if (listed.state !== 'DONE') throw new Error(`seed ${seed}: ${listed.sentence}`);
      expect(listed.logs.map(({ id }) => id)).toEqual([1, 2]);
      const [log] = listed.logs;
      if (log === undefined) throw new Error('There is no log.');
      const outcome = await drone.finish(logs.download(log, sink));
      expect(outcome, `seed ${seed}`).toEqual({ state: 'DONE', size: log.sizeBytes, integrity: 'SIZE' });
      const other = new MemorySink();
      await drone.finish(files.download('/APM/LOGS/00000001.BIN', other));
      expect(sink.bytes.equals(other.bytes), `seed ${seed}`).toBe(true);
    }
  });

  test('a model goes up, comes back the same, and is removed', async () => {
    const bytes = seededRandom(3).bytes(5_000);
    for (let seed = 1; seed <= SEEDS; seed++) {
      sink = new MemorySink();
      const { drone, files } = bench({ seed, loss: 0.2, duplicates: 0.05, delayMs: 120 });
      // A repeated question whose answer was lost may find that it was obeyed already.
      await drone.finish(files.makeFolder('/new'));
      expect(await drone.finish(files.upload('/models/m.bin', bytes)), `seed ${seed}`).toEqual({
        ...{ state: 'DONE', integrity: 'CHECKSUM' },
      });
      await drone.finish(files.download('/models/m.bin', sink));
      expect(sink.bytes.equals(Buffer.from(bytes)), `seed ${seed}`).toBe(true);
      expect(await drone.finish(files.remove('/models/m.bin'))).toEqual({ state: 'DONE' });
    }
  });
});

test('a download that was broken off goes on where it stopped', async () => {
  const { drone, files } = bench(CALM, { firmware: PX4 });
  const abort = new AbortController();
  const path = '/fs/microsd/log/2026-03-14/00000002.ulg';
  const first = files.download(path, sink, {
    signal: abort.signal,
    onProgress: ({ bytes }) => {
      if (bytes > 4_000) abort.abort();
    },
  });
  const broken = await drone.finish(first);
  if (broken.state !== 'FAILED') throw new Error('It was not broken off.');
  expect(broken.sentence).toBe('Broken off.');
  expect(broken.contiguousBytes).toBeGreaterThanOrEqual(4_000);
  const progress: number[] = [];
  const second = await drone.finish(
    files.download(path, sink, {
      from: broken.contiguousBytes,
      onProgress: ({ bytes }) => progress.push(bytes),
    }),
  );
  expect(second).toMatchObject({ state: 'DONE', integrity: 'CHECKSUM' });
  expect(progress[0]).toBeGreaterThan(broken.contiguousBytes);
});

test('a resumed download whose beginning is another file is refused by its checksum', async () => {
  const { drone, files } = bench(CALM, { firmware: ARDUCOPTER });
  sink.write(0, seededRandom(1).bytes(2_000));
  expect(await drone.finish(files.download('/APM/LOGS/00000002.BIN', sink, { from: 2_000 }))).toEqual({
    state: 'FAILED',
    contiguousBytes: 0,
    sentence: 'The file arrived damaged, or it changed on the way: the checksums differ. Download it again.',
  });
});

test('what is not there is said in words', async () => {
  const { drone, files } = bench();
  const missing = 'The vehicle has no such file or folder.';
  expect(await drone.finish(files.list('/nowhere'))).toEqual({ state: 'FAILED', sentence: missing });
  expect(await drone.finish(files.download('/nothing.bin', sink))).toMatchObject({
    state: 'FAILED',
    sentence: missing,
  });
  expect(await drone.finish(files.remove('/nothing.bin'))).toEqual({ state: 'FAILED', sentence: missing });
  expect(await drone.finish(files.upload('/nowhere/x', new Uint8Array(3)))).toMatchObject({
    state: 'FAILED',
  });
});
