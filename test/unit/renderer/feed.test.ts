import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { followFeed } from '../../../renderer/state/feed.ts';
import { createStore } from '../../../renderer/state/store.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A feed whose subscriptions a test can speak to and end. */
function feed() {
  const subscriptions: { signal: AbortSignal; say(value: number): void; end(error?: Error): void }[] = [];
  const open = async (signal: AbortSignal): Promise<AsyncIterable<number>> => {
    const queue: (() => IteratorResult<number> | Promise<never>)[] = [];
    let wake: () => void = () => undefined;
    const add = (step: () => IteratorResult<number> | Promise<never>): void => {
      queue.push(step);
      wake();
    };
    subscriptions.push({
      signal,
      say: (value) => add(() => ({ value, done: false })),
      end: (error) =>
        add(() => (error === undefined ? { value: undefined, done: true } : Promise.reject(error))),
    });
    const next = async (): Promise<IteratorResult<number>> => {
      while (queue.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      return queue.shift()?.() ?? { value: undefined, done: true };
    };
    return { [Symbol.asyncIterator]: () => ({ next }) };
  };
  return { open, subscriptions };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await setImmediate();
}

test('subscribes when the session is ready, and again on a new line', async () => {
  const gate = createStore<number | null>(null);
  const { open, subscriptions } = feed();
  const seen: number[] = [];
  followFeed(gate, open, (value) => seen.push(value));
  await settle();
  expect(subscriptions).toHaveLength(0);

  gate.set(1);
  await settle();
  subscriptions[0]?.say(10);
  await settle();
  gate.set(null);
  expect(subscriptions[0]?.signal.aborted).toBe(true);
  subscriptions[0]?.say(11);
  gate.set(2);
  await settle();
  subscriptions[1]?.say(20);
  await settle();
  expect(seen).toEqual([10, 20]);
});

test('a feed that fails is opened again after a pause, and not after its unsubscribe', async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  const gate = createStore<number | null>(1);
  const { open, subscriptions } = feed();
  const leave = followFeed(gate, open, () => undefined);
  await settle();
  subscriptions[0]?.end(new Error('overflow'));
  await settle();
  expect(subscriptions).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(300);
  await settle();
  expect(subscriptions).toHaveLength(2);
  leave();
  subscriptions[1]?.end();
  await settle();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(subscriptions).toHaveLength(2);
});
