import { common } from 'node-mavlink';
import { describe, expect, it } from 'vitest';
import { FrameWriter, message } from '../../../main/simulator/wire.ts';
import { FrameParser } from '../../../main/station/mavlink/frame-parser.ts';
import { IdentityWatch } from '../../../main/station/vehicle/identity-watch.ts';
import type { VehiclePath } from '../../../main/station/vehicle/vehicle-links.ts';

function pathOver(linkId: string): VehiclePath {
  return { linkId, systemId: 7, lastHeardMs: 0, packetsPerSecond: 0, lossPercent: 0, roundTripMs: null };
}

function watch() {
  let reboots = 0;
  const path = pathOver('radio');
  const identity = new IdentityWatch(() => reboots++);
  const writer = new FrameWriter(7, 1);
  let nowMs = 0;
  const parser = new FrameParser((frame) => identity.accept(frame, path, nowMs));
  const hear = (atMs: number, timeBootMs: number): void => {
    nowMs = atMs;
    parser.push(writer.write(message(common.Attitude, { timeBootMs })));
  };
  return { identity, hear, reboots: () => reboots };
}

describe('identity', () => {
  it('sees one vehicle, late packets and a slow clock included', () => {
    const { identity, hear, reboots } = watch();
    for (let step = 0; step < 1_000; step++)
      hear(100_000 + step * 100, 50_000 + step * 99 - (step % 7 === 0 ? 1_500 : 0));
    expect([identity.ambiguous(200_000), reboots()]).toEqual([false, 0]);
  });

  it('sees a reboot once, though packets of before come late over another path', () => {
    const { identity, hear, reboots } = watch();
    hear(100_000, 80_000);
    hear(110_000, 1_000);
    hear(110_050, 90_000);
    hear(110_100, 1_100);
    for (let step = 0; step < 50; step++) hear(110_200 + step * 100, 1_200 + step * 100);
    expect([identity.ambiguous(115_000), reboots()]).toEqual([false, 1]);
  });

  it('sees two vehicles that take turns, until one falls silent', () => {
    const { identity, hear } = watch();
    for (let step = 0; step < 6; step++) {
      hear(100_000 + step * 200, 60_000 + step * 200);
      hear(100_100 + step * 200, 10_000 + step * 200);
    }
    expect(identity.ambiguous(101_200)).toBe(true);
    for (let step = 0; step < 120; step++) hear(101_300 + step * 100, 61_300 + step * 100);
    expect(identity.ambiguous(113_300)).toBe(false);
  });

  it('does not take a sender whose clock runs fast for one that reboots', () => {
    const { identity, hear, reboots } = watch();
    for (let step = 0; step < 100; step++) hear(100_000 + step * 200, 1_000 + step * 4_000);
    expect([identity.ambiguous(120_000), reboots()]).toEqual([false, 0]);
  });

  it('takes types that alternate for two vehicles, and a type that changes once for a change', () => {
    const { identity } = watch();
    expect([2, 2, 1, 1].map((type, index) => identity.acceptType(type, index * 1_000))).toEqual([
      false,
      false,
      true,
      false,
    ]);
    expect(identity.ambiguous(4_000)).toBe(false);
    [2, 1, 2].forEach((type, index) => {
      identity.acceptType(type, 4_000 + index * 500);
    });
    expect(identity.ambiguous(5_000)).toBe(true);
  });
});
