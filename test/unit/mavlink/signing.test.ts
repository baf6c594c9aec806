import { MavLinkPacketSignature, MavLinkProtocolV2, minimal } from 'node-mavlink';
import { describe, expect, it } from 'vitest';
import { RadioSigning } from '../../../main/simulator/signing.ts';
import { message, FrameWriter as PeerWriter, readFrames } from '../../../main/simulator/wire.ts';
import { FrameParser } from '../../../main/station/mavlink/frame-parser.ts';
import { FrameWriter } from '../../../main/station/mavlink/frame-writer.ts';
import { MISSION_ACK, SETUP_SIGNING } from '../../../main/station/mavlink/generated/messages.ts';
import {
  SigningStreams,
  SigningTimes,
  signatureIsRight,
  signFrame,
  signingTime,
  stampOf,
} from '../../../main/station/mavlink/signing.ts';
import { seededRandom } from '../../../main/station/ports/random.ts';

const random = seededRandom(3);
const KEY = random.bytes(32);
const NOW_MS = Date.UTC(2026, 4, 1);

function frame(): Uint8Array {
  return new FrameWriter(255, 190).write(MISSION_ACK, {
    targetSystem: 7,
    targetComponent: 1,
    type: 3,
    missionType: 1,
    opaqueId: 0,
  });
}

describe('signing', () => {
  it('counts 10 us units since 2015', () => {
    expect(signingTime(Date.UTC(2015, 0, 1, 0, 0, 1))).toBe(100_000);
    expect(signingTime(NOW_MS)).toBeLessThan(2 ** 48);
  });

  it('signs as node-mavlink verifies', () => {
    const signed = Buffer.from(signFrame(frame(), KEY, 9, signingTime(NOW_MS)));
    const signature = new MavLinkPacketSignature(signed);
    expect(signature.calculate(Buffer.from(KEY))).toBe(signature.signature);
    expect([signature.linkId, signature.timestamp]).toEqual([9, signingTime(NOW_MS)]);
    const [received] = readFrames(signed);
    expect(received).toMatchObject({ messageId: MISSION_ACK.id, signed: true });
  });

  it('verifies what node-mavlink signs, and reads it like any other frame', () => {
    const peer = new RadioSigning({ obeysSetup: false, key: Buffer.from(KEY), utcMs: () => NOW_MS });
    const writer = new PeerWriter(7, 1, (bytes, magic) => peer.sign(bytes, magic));
    const verdicts: unknown[] = [];
    const parser = new FrameParser(({ signed, bytes, messageId }) =>
      verdicts.push([signed, signatureIsRight(bytes, KEY), stampOf(bytes).timestamp, messageId]),
    );
    for (let index = 0; index < 3; index++)
      parser.push(writer.write(message(minimal.Heartbeat, { type: 2 })));
    const first = signingTime(NOW_MS);
    expect(verdicts).toEqual([0, 1, 2].map((index) => [true, true, first + index, 0]));
  });

  it('finds every changed bit', () => {
    const signed = signFrame(frame(), KEY, 1, signingTime(NOW_MS));
    for (let bit = 0; bit < signed.length * 8; bit++) {
      const changed = signed.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(signatureIsRight(changed, KEY)).toBe(false);
    }
    expect(signatureIsRight(signed, KEY)).toBe(true);
    expect(signatureIsRight(signed, random.bytes(32))).toBe(false);
  });

  it('signs nothing but an unsigned MAVLink 2 frame', () => {
    const signed = signFrame(frame(), KEY, 1, 5);
    expect(() => signFrame(signed, KEY, 1, 6)).toThrow(RangeError);
    expect(() => signFrame(frame().subarray(1), KEY, 1, 6)).toThrow(RangeError);
    const v1 = new MavLinkProtocolV2(1, 1).serialize(message(minimal.Heartbeat, { type: 2 }), 0);
    v1[0] = 0xfe;
    expect(() => signFrame(v1, KEY, 1, 6)).toThrow(RangeError);
    expect(SETUP_SIGNING.id).toBe(256);
  });

  it('stamps a burst in order, whatever the clock does', () => {
    const times = new SigningTimes();
    const stamps = Array.from({ length: 1_000 }, () => times.next(NOW_MS));
    stamps.push(times.next(NOW_MS - 60_000), times.next(NOW_MS - 60_000));
    expect(stamps.every((stamp, index) => index === 0 || stamp > (stamps[index - 1] ?? 0))).toBe(true);
    times.raise(signingTime(NOW_MS + 1_000));
    expect(times.next(NOW_MS)).toBe(signingTime(NOW_MS + 1_000) + 1);
  });
});

describe('signing streams', () => {
  const now = signingTime(NOW_MS);
  const stamp = (timestamp: number, linkNumber = 1) => ({ timestamp, linkNumber });

  it('takes each time once, by component and link', () => {
    const streams = new SigningStreams();
    expect(streams.accept(1, stamp(now), now)).toBe('FRESH');
    expect(streams.accept(1, stamp(now), now)).toBe('REPLAYED');
    expect(streams.accept(1, stamp(now - 1), now)).toBe('REPLAYED');
    expect(streams.accept(1, stamp(now, 2), now)).toBe('FRESH');
    expect(streams.accept(191, stamp(now), now)).toBe('FRESH');
    expect(streams.accept(1, stamp(now + 1), now)).toBe('FRESH');
  });

  it('begins no stream more than a minute behind', () => {
    const streams = new SigningStreams();
    expect(streams.accept(1, stamp(now - 6_000_001), now)).toBe('TOO_OLD');
    expect(streams.accept(1, stamp(now - 6_000_000), now)).toBe('FRESH');
  });

  it('is bounded, and forgets none to make room', () => {
    const streams = new SigningStreams();
    for (let link = 0; link < 200; link++) streams.accept(1, stamp(now, link), now);
    expect(streams.entries()).toHaveLength(64);
    expect(streams.accept(1, stamp(now, 0), now)).toBe('REPLAYED');
  });

  it('goes on after a restart where it was', () => {
    const before = new SigningStreams();
    before.accept(1, stamp(now), now);
    const after = new SigningStreams(before.entries());
    expect(after.accept(1, stamp(now), now)).toBe('REPLAYED');
  });
});
