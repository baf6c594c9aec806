import { setTimeout as wait } from 'node:timers/promises';

/** Asks again and again until the answer is as wanted; fails with the last answer after a generous time. */
export async function eventually<Value>(
  ask: () => Value | Promise<Value>,
  wanted: (value: Value) => boolean,
  what: string,
  withinMs = 20_000,
): Promise<Value> {
  const deadlineMs = performance.now() + withinMs;
  for (;;) {
    const value = await ask();
    if (wanted(value)) return value;
    if (performance.now() > deadlineMs) throw new Error(`${what}: still ${JSON.stringify(value)}`);
    await wait(50);
  }
}
