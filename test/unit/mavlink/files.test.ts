import { beforeEach, describe, expect, test } from 'vitest';
import {
  FILE_TRANSFER_PROTOCOL,
  LOG_DATA,
  LOG_ENTRY,
  LOG_REQUEST_LIST,
} from '../../../main/station/mavlink/generated/messages.ts';
import { ByteGaps } from '../../../main/station/mavlink/protocol/byte-gaps.ts';
import { FtpClient } from '../../../main/station/mavlink/protocol/ftp.ts';
import { mavlinkFileCrc32, readFtpReply } from '../../../main/station/mavlink/protocol/ftp-payload.ts';
import { LogTransfer } from '../../../main/station/mavlink/protocol/log-transfer.ts';
import { seededRandom } from '../../../main/station/ports/random.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { CALM, type End, wire } from '../../support/mavlink-wire.ts';

const TARGET = { systemId: 4, componentId: 1 };
let clock: FakeClock;
let vehicle: End;
let files: FtpClient;
let logs: LogTransfer;
const written: [number, number][] = [];
const sink = {
  write: (offset: number, bytes: Uint8Array) => void written.push([offset, bytes.length]),
  checksum: async () => 0,
};

beforeEach(() => {
  clock = new FakeClock();
  const ends = wire(clock, CALM, [255, 190], [4, 1]);
  ({ vehicle } = ends);
  files = new FtpClient(ends.station, TARGET);
  logs = new LogTransfer(ends.station, TARGET);
  ends.station.onFrame = (frame) => {
    files.receive(frame);
    logs.receive(frame);
  };
  written.length = 0;
});

async function ended<Outcome>(work: Promise<Outcome>): Promise<Outcome> {
  const held: { outcome?: Outcome } = {};
  void work.then((outcome) => {
    held.outcome = outcome;
  });
  for (let passedMs = 0; passedMs < 200_000 && !('outcome' in held); passedMs += 200)
    await clock.run(200, 100);
  if (held.outcome === undefined) throw new Error('It never ended.');
  return held.outcome;
}

interface Question {
  sequence: number;
  opcode: number;
  offset: number;
}

/** A peer that answers each question as `answer` says. */
function peer(answer: (question: Question, reply: (to: Question, parts?: Parts) => void) => void): void {
  vehicle.onFrame = (frame) => {
    const question = readFtpReply(frame.payload);
    if (question !== null) answer(question, send);
  };
}

interface Parts {
  code?: number;
  data?: readonly number[];
  offset?: number;
  ahead?: number;
  size?: number;
}

function send(
  to: Question,
  { code = 128, data = [], offset = 0, ahead = 1, size = data.length }: Parts = {},
): void {
  const payload = [0, 0, 0, code, size, to.opcode, 0, 0, 0, 0, 0, 0, ...data];
  const view = new DataView(new ArrayBuffer(12));
  view.setUint16(0, (to.sequence + ahead) & 0xffff, true);
  view.setUint32(8, offset, true);
  for (const at of [0, 1, 8, 9, 10, 11]) payload[at] = view.getUint8(at);
  vehicle.send(FILE_TRANSFER_PROTOCOL, {
    targetNetwork: 0,
    targetSystem: 255,
    targetComponent: 190,
    payload,
  });
}

describe('file transfer with a peer that', () => {
  test('lists its files in circles ends in words', async () => {
    const page = [...Buffer.from('Fa.bin\t5\0Fb.bin\t7\0')];
    peer((question, reply) => reply(question, { data: page }));
    expect(await ended(files.list('/'))).toEqual({
      state: 'FAILED',
      sentence: 'The vehicle lists its files in circles. Restart it, then try again.',
    });
  });

  test('lists without end is given up', async () => {
    let entry = 0;
    const page = (): string => Array.from({ length: 20 }, () => `F${entry++}\t1\0`).join('');
    peer((question, reply) => reply(question, { data: [...Buffer.from(page())] }));
    expect(await ended(files.list('/'))).toMatchObject({
      state: 'FAILED',
      sentence: expect.stringContaining('10,000'),
    });
  });

  test('sends the same piece for ever, and pieces beyond the end, is given up', async () => {
    peer((question, reply) => {
      if (question.opcode === 4) reply(question, { data: [0x10, 0x27, 0, 0] });
      else if (question.opcode === 1) reply(question);
      else if (question.opcode === 15)
        for (let ahead = 1; ahead < 50; ahead++)
          reply(question, { ahead, offset: ahead % 2 === 0 ? 0 : 9_990, data: Array<number>(200).fill(7) });
      else reply(question, { offset: 0, data: Array<number>(200).fill(7) });
    });
    expect(await ended(files.download('/loop.bin', sink))).toEqual({
      state: 'FAILED',
      contiguousBytes: 200,
      sentence: 'The vehicle repeats itself or sends nothing more of the file. Try again.',
    });
    expect(written).toEqual([[0, 200]]);
  });

  test('breaks a burst off with an error ends with that error; so does a full disk of the station', async () => {
    peer((question, reply) => {
      if (question.opcode === 4) reply(question, { data: [3, 0, 0, 0] });
      else if (question.opcode === 15) reply(question, { code: 129, data: [2, 28] });
      else reply(question);
    });
    expect(await ended(files.download('/a', sink))).toMatchObject({
      sentence: 'The storage of the vehicle is full.',
    });
    peer((question, reply) => reply(question, { data: [3, 0, 0] }));
    const full = {
      ...sink,
      write: () => {
        throw new Error('The disk is full.');
      },
    };
    peer((question, reply) => reply(question, { data: question.opcode === 4 ? [3, 0, 0, 0] : [1, 2, 3] }));
    expect(await ended(files.download('/a', full))).toEqual({
      state: 'FAILED',
      contiguousBytes: 0,
      sentence: 'The disk is full.',
    });
  });

  test('does not answer is given up after six tries', async () => {
    let asked = 0;
    vehicle.onFrame = () => asked++;
    expect(await ended(files.list('/'))).toMatchObject({
      state: 'FAILED',
      sentence: expect.stringContaining('does not answer'),
    });
    expect(asked).toBe(6);
  });

  test('claims more data than a message holds, or answers another question, is not heard', async () => {
    peer((question, reply) => {
      reply(question, { size: 255 });
      reply(question, { ahead: 7 });
      reply({ ...question, opcode: 9 });
    });
    expect(await ended(files.list('/'))).toMatchObject({ state: 'FAILED' });
  });

  test('still has another session open is asked to end it, once', async () => {
    const asked: number[] = [];
    peer((question, reply) => {
      asked.push(question.opcode);
      if (question.opcode === 2) reply(question);
      else reply(question, { code: 129, data: [5] });
    });
    expect(await ended(files.download('/a', sink))).toMatchObject({
      sentence: 'The vehicle is busy with another transfer. Wait for it.',
    });
    expect(asked).toEqual([4, 2, 4]);
  });

  test('has a checksum of its own is believed over the bytes', async () => {
    peer((question, reply) => {
      if (question.opcode === 4) reply(question, { data: [3, 0, 0, 0] });
      else if (question.opcode === 15) reply(question, { data: [1, 2, 3] });
      else if (question.opcode === 14) reply(question, { data: [9, 9, 9, 9] });
      else reply(question);
    });
    expect(await ended(files.download('/a', sink))).toMatchObject({ state: 'FAILED', contiguousBytes: 0 });
  });
});

test('one operation at a time', async () => {
  const first = files.list('/');
  expect(await files.list('/')).toMatchObject({ state: 'FAILED', sentence: expect.stringContaining('Wait') });
  files.close();
  expect(await first).toEqual({ state: 'FAILED', sentence: 'Broken off.' });
});

describe('logs by their own messages', () => {
  test('of a vehicle that says it has 60,000 are not listed', async () => {
    vehicle.onFrame = () =>
      vehicle.send(LOG_ENTRY, { id: 1, numLogs: 60_000, lastLogNum: 60_000, size: 1, timeUtc: 0 });
    expect(await ended(logs.list())).toMatchObject({
      state: 'FAILED',
      sentence: expect.stringContaining('60,000 logs'),
    });
  });

  test('that come again and again without news are given up', async () => {
    vehicle.onFrame = (frame) => {
      if (frame.messageId === LOG_REQUEST_LIST.id) return;
      for (let times = 0; times < 5; times++)
        vehicle.send(LOG_DATA, { id: 3, ofs: 0, count: 90, data: Array<number>(90).fill(1) });
    };
    const log = { id: 3, sizeBytes: 500, utcMs: null };
    expect(await ended(logs.download(log, sink))).toMatchObject({ state: 'FAILED', contiguousBytes: 90 });
    expect(written).toEqual([[0, 90]]);
  });

  test('none is a list too', async () => {
    vehicle.onFrame = () =>
      vehicle.send(LOG_ENTRY, { id: 0, numLogs: 0, lastLogNum: 0, size: 0, timeUtc: 0 });
    expect(await ended(logs.list())).toEqual({ state: 'DONE', logs: [] });
  });
});

test('gaps in a file are what a set of missing bytes says they are', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = seededRandom(seed);
    const size = Math.floor(random.next() * 60);
    const from = Math.floor(random.next() * (size + 1));
    const gaps = new ByteGaps(size, from);
    const missing = new Set(Array.from({ length: size - from }, (_, index) => from + index));
    for (let step = 0; step < 30; step++) {
      const start = Math.floor(random.next() * (size + 5));
      const end = start + 1 + Math.floor(random.next() * 12);
      expect(gaps.lacks(start, end)).toBe([...range(start, end)].some((byte) => missing.has(byte)));
      let news = 0;
      for (let byte = start; byte < end; byte++) if (missing.delete(byte)) news++;
      expect(gaps.fill(start, end), `seed ${seed}`).toBe(news);
      expect(gaps.missingBytes).toBe(missing.size);
      expect(gaps.contiguousBytes).toBe(missing.size === 0 ? size : Math.min(...missing));
      const holes = gaps.holes(4, 1_000).flatMap((hole) => [...range(hole.start, hole.end)]);
      const tail = gaps.tail;
      const single = gaps.count === 1;
      expect(holes.every((byte) => missing.has(byte))).toBe(true);
      expect(holes.length).toBe([...missing].filter((byte) => byte < tail || single).length);
    }
  }
});

function* range(start: number, end: number): Generator<number> {
  for (let value = start; value < end; value++) yield value;
}

test('the checksum of a file is the one that autopilots compute', () => {
  // Begun with 0 and not inverted: "123456789" gives 0x2dfd2d88, where the usual CRC-32 gives 0xcbf43926.
  expect(mavlinkFileCrc32(Buffer.from('123456789'))).toBe(0x2dfd2d88);
  expect(mavlinkFileCrc32(Buffer.from('56789'), mavlinkFileCrc32(Buffer.from('1234')))).toBe(0x2dfd2d88);
});
