import { MavLinkProtocolV1, MavLinkProtocolV2, minimal } from 'node-mavlink';
import { describe, expect, test } from 'vitest';
import { crcOf } from '../../../main/station/mavlink/crc.ts';
import { MAX_FRAME_LENGTH } from '../../../main/station/mavlink/frame.ts';
import { FrameParser } from '../../../main/station/mavlink/frame-parser.ts';
import { FrameWriter } from '../../../main/station/mavlink/frame-writer.ts';
import {
  ATTITUDE,
  HEARTBEAT,
  STATUSTEXT,
  SYS_STATUS,
} from '../../../main/station/mavlink/generated/messages.ts';

const heartbeat = { customMode: 5, type: 2, autopilot: 3, baseMode: 81, systemStatus: 4, mavlinkVersion: 3 };

function listen() {
  const frames: { messageId: number; sequence: number; bytes: Uint8Array }[] = [];
  const unknown: Uint8Array[] = [];
  const parser = new FrameParser(
    ({ messageId, sequence, bytes }) => frames.push({ messageId, sequence, bytes: bytes.slice() }),
    (bytes) => unknown.push(bytes.slice()),
  );
  return { parser, frames, unknown };
}

/** A frame of any id, flags and payload, with the checksum that `crcExtra` makes right. */
function frameOf(options: {
  id: number;
  crcExtra: number;
  payload: number[];
  incompat?: number;
}): Uint8Array {
  const { id, crcExtra, payload, incompat = 0 } = options;
  const head = [payload.length, incompat, 0, 0, 1, 1, id & 0xff, (id >> 8) & 0xff, id >> 16, ...payload];
  const bytes = Uint8Array.from([...head, crcExtra]);
  const crc = crcOf(bytes, 0, bytes.length);
  return Uint8Array.from([0xfd, ...head, crc & 0xff, crc >> 8]);
}

test('the checksum is CRC-16/MCRF4XX: its check value is 0x6F91', () => {
  const digits = new TextEncoder().encode('123456789');
  expect(crcOf(digits, 0, digits.length)).toBe(0x6f91);
});

describe('frames are found', () => {
  test('wherever the chunks are cut', () => {
    const writer = new FrameWriter(1, 1);
    const text = { severity: 2, text: 'x'.repeat(50), id: 7, chunkSeq: 1 };
    const stream = Buffer.concat([writer.write(HEARTBEAT, heartbeat), writer.write(STATUSTEXT, text)]);
    for (let first = 0; first <= stream.length; first++) {
      for (const second of [first, Math.min(stream.length, first + 3)]) {
        const { parser, frames } = listen();
        for (const part of [
          stream.subarray(0, first),
          stream.subarray(first, second),
          stream.subarray(second),
        ])
          parser.push(part);
        expect(frames.map(({ sequence }) => sequence)).toEqual([0, 1]);
        expect(Buffer.concat(frames.map(({ bytes }) => bytes)).equals(stream)).toBe(true);
        expect(parser.counters).toMatchObject({ badCrc: 0, noiseBytes: 0, truncated: 0 });
      }
    }
  });

  test('behind a broken length, which swallows nothing', () => {
    const writer = new FrameWriter(1, 1);
    const lying = writer.write(HEARTBEAT, heartbeat);
    lying[1] = 255;
    const good = Array.from({ length: 30 }, () => writer.write(HEARTBEAT, heartbeat));
    const { parser, frames } = listen();
    parser.push(Buffer.concat([lying, ...good]));
    expect(frames).toHaveLength(30);
    expect(parser.counters).toMatchObject({ frames: 30, badCrc: 1, noiseBytes: lying.length });
  });

  test('in a datagram whose start lies about its length', () => {
    const good = new FrameWriter(1, 1).write(HEARTBEAT, heartbeat);
    const { parser, frames } = listen();
    parser.push(Buffer.concat([Uint8Array.of(0xfd, 250, 0, 0, 0, 1, 1, 0, 0, 0), good]));
    expect(frames).toHaveLength(0);
    parser.endOfDatagram();
    expect(frames).toHaveLength(1);
    expect(parser.counters).toMatchObject({ truncated: 1, noiseBytes: 10 });
    parser.push(good);
    expect(frames).toHaveLength(2);
  });

  test('of both versions mixed, signed and unsigned', () => {
    const message = Object.assign(new minimal.Heartbeat(), { mavlinkVersion: 3, customMode: 1 });
    const signer = new MavLinkProtocolV2(1, 1, MavLinkProtocolV2.IFLAG_SIGNED);
    const signed = signer.sign(signer.serialize(message, 2), 1, Buffer.alloc(32, 7));
    const plain = new MavLinkProtocolV1(1, 1).serialize(message, 1);
    const seen: [number, boolean, number][] = [];
    const parser = new FrameParser((frame) => seen.push([frame.version, frame.signed, frame.bytes.length]));
    parser.push(Buffer.concat([plain, signed, plain]));
    expect(seen).toEqual([
      [1, false, 17],
      [2, true, signed.length],
      [1, false, 17],
    ]);
  });
});

describe('what is not a message of ours is counted', () => {
  test('a frame of an unknown message is handed on whole', () => {
    const { parser, frames, unknown } = listen();
    const stranger = frameOf({ id: 54_321, crcExtra: 99, payload: [1, 2, 3, 0xfd, 0xfe] });
    parser.push(stranger);
    expect(frames).toHaveLength(0);
    expect(unknown).toEqual([stranger]);
    expect(parser.counters).toMatchObject({ unknownIds: 1, noiseBytes: 0 });
  });

  test('noise that looks like an unknown message swallows no good frame', () => {
    const good = new FrameWriter(1, 1).write(HEARTBEAT, heartbeat);
    // One in 256 false checksums passes as "some extra byte": take one that does not.
    const noise = Uint8Array.of(0xfd, 60, 0, 0, 0, 1, 1, 0x31, 0xd4, 0);
    const { parser, frames, unknown } = listen();
    parser.push(Buffer.concat([noise, good, good, good, good]));
    expect(frames).toHaveLength(4);
    expect(unknown).toHaveLength(0);
  });

  test('an incompatibility flag that is not known refuses the frame, and only it', () => {
    const { parser, frames } = listen();
    const strange = frameOf({ id: 0, crcExtra: 50, payload: [1, 2, 3, 4, 5, 6, 7, 8, 3], incompat: 0x02 });
    parser.push(strange);
    parser.push(new FrameWriter(1, 1).write(HEARTBEAT, heartbeat));
    expect(frames).toHaveLength(1);
    expect(parser.counters).toMatchObject({ refusedFlags: 1, noiseBytes: 0, badCrc: 0 });
  });

  test('a MAVLink 1 frame shorter than its message is refused: missing fields must not read as zero', () => {
    const body = Uint8Array.of(4, 0, 1, 1, 0, 1, 2, 3, 4, 50);
    const crc = crcOf(body, 0, body.length);
    const { parser, frames } = listen();
    parser.push(Uint8Array.of(0xfe, ...body.subarray(0, -1), crc & 0xff, crc >> 8));
    expect(frames).toHaveLength(0);
    expect(parser.counters).toMatchObject({ wrongLength: 1, noiseBytes: 0 });
  });

  test('a megabyte of noise leaves nothing behind', () => {
    const { parser, frames } = listen();
    const noise = new Uint8Array(65_536).fill(0x55);
    for (let round = 0; round < 16; round++) parser.push(noise);
    parser.push(new FrameWriter(1, 1).write(HEARTBEAT, heartbeat));
    expect(frames).toHaveLength(1);
    expect(parser.counters).toMatchObject({ noiseBytes: 16 * 65_536, badCrc: 0 });
  });
});

test('zeros left out at the end read as zero, also right after a longer message', () => {
  const writer = new FrameWriter(1, 1);
  const read: unknown[] = [];
  const parser = new FrameParser((frame) => {
    if (frame.messageId === ATTITUDE.id) read.push(ATTITUDE.read(frame));
  });
  const level = { timeBootMs: 9, roll: 0, pitch: 0, yaw: 0, rollspeed: 0, pitchspeed: 0, yawspeed: 0 };
  parser.push(writer.write(ATTITUDE, { ...level, yawspeed: 1.5, pitch: -1 }));
  const frame = writer.write(ATTITUDE, level);
  expect(frame).toHaveLength(13);
  parser.push(frame);
  expect(read).toEqual([{ ...level, yawspeed: 1.5, pitch: -1 }, level]);
});

test('a payload of zeros is sent as one byte, as the standard demands', () => {
  const nothing = { timeBootMs: 0, roll: 0, pitch: 0, yaw: 0, rollspeed: 0, pitchspeed: 0, yawspeed: 0 };
  expect(new FrameWriter(1, 1).write(ATTITUDE, nothing)[1]).toBe(1);
});

test('numbers are counted up and wrap', () => {
  const writer = new FrameWriter(1, 1);
  const numbers = Array.from({ length: 258 }, () => writer.write(HEARTBEAT, heartbeat)[4]);
  expect(numbers.slice(254)).toEqual([254, 255, 0, 1]);
});

test('texts are UTF-8, cut between characters', () => {
  const texts: string[] = [];
  const parser = new FrameParser((frame) => texts.push(STATUSTEXT.read(frame).text));
  const writer = new FrameWriter(1, 1);
  for (const text of ['Höhe', `${'a'.repeat(49)}é`])
    parser.push(writer.write(STATUSTEXT, { severity: 1, text, id: 0, chunkSeq: 0 }));
  expect(texts).toEqual(['Höhe', 'a'.repeat(49)]);
});

test('the longest frame fits', () => {
  const payload = Array.from({ length: 255 }, (_, index) => index);
  const { parser, frames } = listen();
  const longest = frameOf({ id: SYS_STATUS.id, crcExtra: SYS_STATUS.crcExtra, payload, incompat: 1 });
  const signed = Buffer.concat([longest, new Uint8Array(13).fill(9)]);
  expect(signed).toHaveLength(MAX_FRAME_LENGTH);
  parser.push(signed.subarray(0, 279));
  parser.push(signed.subarray(279));
  expect(frames).toHaveLength(1);
});
