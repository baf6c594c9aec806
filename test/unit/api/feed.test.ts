import { describe, expect, test } from 'vitest';
import { every, latest } from '../../../main/station/api/feed.ts';
import { FakeClock } from '../../support/fake-clock.ts';

function watchedNumber() {
  const listeners = new Set<() => void>();
  return {
    value: 0,
    listeners,
    current(): number {
      return this.value;
    },
    subscribe(changed: () => void): () => void {
      listeners.add(changed);
      return () => void listeners.delete(changed);
    },
    set(value: number): void {
      this.value = value;
      for (const listener of listeners) listener();
    },
  };
}

const connection = (bufferedBytes = () => 0) => ({ bufferedBytes, session: null });

describe('a latest feed', () => {
  test('skips what came between and never runs faster than its pace', async () => {
    const clock = new FakeClock();
    const watched = watchedNumber();
    const stop = new AbortController();
    const feed = latest(watched, { clock, connection: connection(), signal: stop.signal, paceMs: 100 });
    expect((await feed.next()).value).toBe(0);
    for (let value = 1; value <= 50; value++) watched.set(value);
    let next: unknown;
    const pending = feed.next().then(({ value }) => (next = value));
    await clock.run(99, 33);
    expect(next).toBeUndefined();
    await clock.run(5, 5);
    await pending;
    expect(next).toBe(50);
  });

  test('waits while the page is behind, and ends with its subscription', async () => {
    const clock = new FakeClock();
    const watched = watchedNumber();
    const stop = new AbortController();
    let buffered = 5_000_000;
    const feed = latest(watched, {
      clock,
      connection: connection(() => buffered),
      signal: stop.signal,
      paceMs: 10,
    });
    let first: unknown;
    const pending = feed.next().then(({ value }) => (first = value));
    await clock.run(1_000, 100);
    expect(first).toBeUndefined();
    buffered = 0;
    await clock.run(200, 100);
    await pending;
    expect(first).toBe(0);
    const ending = feed.next();
    stop.abort();
    expect((await ending).done).toBe(true);
    expect(watched.listeners.size).toBe(0);
  });
});

describe('an every feed', () => {
  test('gives a snapshot, then each change in order, and a fresh snapshot after an overflow', async () => {
    const clock = new FakeClock();
    const stop = new AbortController();
    let tell: (change: string) => void = () => {};
    const feed = every<string, string>(
      {
        snapshot: () => 'snapshot',
        subscribe(changed) {
          tell = changed;
          return () => {};
        },
      },
      { clock, connection: connection(), signal: stop.signal },
    );
    expect((await feed.next()).value).toBe('snapshot');
    tell('first');
    tell('second');
    expect([(await feed.next()).value, (await feed.next()).value]).toEqual(['first', 'second']);
    for (let count = 0; count < 1_001; count++) tell(`change ${count}`);
    expect((await feed.next()).value).toBe('snapshot');
    const ending = feed.next();
    stop.abort();
    expect((await ending).done).toBe(true);
  });
});
