import { describe, expect, it } from 'vitest';
import type { Link } from '../../../main/station/link/link.ts';
import { bestPath, LinkPath, Source } from '../../../main/station/link/path.ts';
import { TrafficMeter } from '../../../main/station/link/traffic-meter.ts';

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
  return new LinkPath(link, PEER, 7, lastHeardMs);
}

describe('loss by sequence numbers', () => {
  it.each([
    ['none', [0, 1, 2, 3], 0],
    ['a gap', [0, 1, 5, 6], 3],
    ['around 255', [254, 255, 0, 1], 0],
    ['a gap around 255', [254, 1], 2],
    ['a late packet', [1, 2, 4, 3, 5], 1],
    ['a packet that comes twice', [1, 2, 2, 3], 0],
  ])('counts %s', (_name, sequence, lost) => {
    const source = new Source(pathOn('a', 0), sequence[0] ?? 0);
    expect(sequence.reduce((sum, number) => sum + source.follow(number), 0)).toBe(lost);
  });
});

describe('traffic meter', () => {
  it('tells rates and loss over the last five whole seconds', () => {
    const meter = new TrafficMeter();
    for (let second = 0; second < 10; second++) {
      meter.count(second < 5 ? 100 : 30, 1_000, second < 5 ? 0 : 10);
      meter.tick();
    }
    expect([meter.packetsPerSecond(), meter.bytesPerSecond(), meter.lossPercent()]).toEqual([30, 1_000, 25]);
  });

  it('is zero before anything came', () => {
    const meter = new TrafficMeter();
    expect([meter.packetsPerSecond(), meter.lossPercent()]).toEqual([0, 0]);
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
    lossy.meter.count(90, 0, 10);
    const good = pathOn('c', 10_000);
    expect(bestPath([failed, lossy], failed)).toBe(lossy);
    expect(bestPath([lossy, good], lossy)).toBe(good);
  });

  it('is none without an open link', () => {
    expect(bestPath([], null)).toBeNull();
    expect(bestPath([pathOn('a', 0, 'CLOSED')], null)).toBeNull();
  });
});
