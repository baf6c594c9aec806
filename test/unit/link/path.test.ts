import { describe, expect, it } from 'vitest';
import type { Link } from '../../../main/station/link/link.ts';
import { bestPath, LinkPath } from '../../../main/station/link/path.ts';
import { TrafficMeter } from '../../../main/station/link/traffic-meter.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const PEER = { host: '127.0.0.1', port: 1 };

function pathOn(address: string, lastHeardMs: number, state: Link['state'] = 'OPEN'): LinkPath {
  const link: Link = {
    address,
    state,
    notice: null,
    calledPeer: null,
    send: () => true,
    close: () => Promise.resolve(),
  };
  const clock = new FakeClock();
  clock.advance(lastHeardMs);
  return new LinkPath(link, PEER, 7, clock);
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
    expect(bestPath([first, second], first)).toBe(first);
    expect(bestPath([first, second], second)).toBe(second);
  });

  it('leaves a path that falls silent within a second', () => {
    const first = pathOn('a', 10_000);
    const second = pathOn('b', 10_701);
    expect(bestPath([first, second], first)).toBe(second);
  });

  it('leaves a path whose link failed, and one that loses clearly more', () => {
    const failed = pathOn('a', 10_000, 'FAILED');
    const lossy = pathOn('b', 10_000);
    for (let sequence = 0; sequence < 200; sequence++)
      if (sequence % 10 !== 5) lossy.heard(1, sequence, 10_000);
    expect(lossy.lossPercent).toBeCloseTo(10);
    const good = pathOn('c', 10_000);
    expect(bestPath([failed, lossy], failed)).toBe(lossy);
    expect(bestPath([lossy, good], lossy)).toBe(good);
  });

  it('is none without an open link', () => {
    expect(bestPath([], null)).toBeNull();
    expect(bestPath([pathOn('a', 0, 'CLOSED')], null)).toBeNull();
  });
});
