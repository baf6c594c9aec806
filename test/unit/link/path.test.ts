import { describe, expect, it } from 'vitest';
import { bestPath, LinkPath } from '../../../main/station/link/path.ts';
import { TrafficMeter } from '../../../main/station/link/traffic-meter.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const PEER = { host: '127.0.0.1', port: 1 };

function pathOn(linkId: string, lastHeardMs: number, isOpen = true): LinkPath {
  const clock = new FakeClock();
  clock.advance(lastHeardMs);
  return new LinkPath({ linkId, isOpen, sendTo: () => true }, PEER, 7, clock);
}

/** Heard every `periodMs` from `fromMs` until `untilMs`. */
function heard(path: LinkPath, periodMs: number, fromMs: number, untilMs: number): LinkPath {
  for (let atMs = fromMs; atMs <= untilMs; atMs += periodMs) path.heard(1, (atMs / periodMs) & 0xff, atMs);
  return path;
}

describe('traffic meter', () => {
  it('tells rates over the last five whole seconds', () => {
    const meter = new TrafficMeter();
    for (let second = 0; second < 10; second++) {
      meter.count(second < 5 ? 100 : 30, 1_000);
      meter.tick();
    }
    expect([meter.packetsPerSecond(), meter.bytesPerSecond()]).toEqual([30, 1_000]);
  });

  it('is zero before anything came', () => {
    const meter = new TrafficMeter();
    expect([meter.packetsPerSecond(), meter.bytesPerSecond()]).toEqual([0, 0]);
  });
});

describe('best path', () => {
  it('keeps to the path in use while it is alive', () => {
    const first = pathOn('a', 10_000);
    const second = pathOn('b', 10_100);
    expect(bestPath([first, second], first, 10_200)).toBe(first);
    expect(bestPath([first, second], second, 10_200)).toBe(second);
  });

  it('leaves a path that streams within a second of its last packet, for one that brings little', () => {
    const streaming = heard(pathOn('a', 0), 200, 200, 20_000);
    const heartbeats = heard(pathOn('b', 0), 1_000, 1_000, 20_000);
    expect(bestPath([streaming, heartbeats], streaming, 20_590)).toBe(streaming);
    expect(bestPath([streaming, heartbeats], streaming, 20_610)).toBe(heartbeats);
  });

  it('waits for the next heartbeat of a path that brings nothing else', () => {
    const heartbeats = heard(pathOn('a', 0), 1_000, 1_000, 20_000);
    const streaming = heard(pathOn('b', 0), 100, 100, 21_500);
    expect(bestPath([heartbeats, streaming], heartbeats, 21_500)).toBe(heartbeats);
    heard(streaming, 100, 21_600, 22_500);
    expect(bestPath([heartbeats, streaming], heartbeats, 22_501)).toBe(streaming);
  });

  it('changes nothing when the vehicle is silent on all of them', () => {
    const first = heard(pathOn('a', 0), 100, 100, 20_000);
    const second = heard(pathOn('b', 0), 100, 100, 20_000);
    expect(bestPath([first, second], second, 40_000)).toBe(second);
  });

  it('leaves a path whose link failed, and one that loses clearly more', () => {
    const failed = pathOn('a', 10_000, false);
    const lossy = pathOn('b', 10_000);
    for (let sequence = 0; sequence < 200; sequence++)
      if (sequence % 10 !== 5) lossy.heard(1, sequence, 10_000);
    expect(lossy.lossPercent).toBeCloseTo(10);
    const good = pathOn('c', 10_000);
    expect(bestPath([failed, lossy], failed, 10_000)).toBe(lossy);
    expect(bestPath([lossy, good], lossy, 10_000)).toBe(good);
  });

  it('is none without an open link', () => {
    expect(bestPath([], null, 0)).toBeNull();
    expect(bestPath([pathOn('a', 0, false)], null, 0)).toBeNull();
  });
});
