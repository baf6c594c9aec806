import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { connect } from '../../../renderer/client/connection.ts';
import { failureOf } from '../../../renderer/client/failure.ts';
import type { Transport, TransportSource } from '../../../renderer/client/transport.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Lines that a test opens, answers and cuts. */
function lines() {
  const opened: { calls: string[]; answer(value: unknown): void; cut(): void }[] = [];
  const source: TransportSource = {
    reopens: true,
    open: () => {
      const calls: string[] = [];
      const pending: { resolve(value: unknown): void; reject(error: Error): void }[] = [];
      const { promise: closed, resolve: close } = Promise.withResolvers<void>();
      const cut = (): void => {
        for (const call of pending) call.reject(new Error('The line broke.'));
        close();
      };
      const transport: Transport = {
        link: {
          call: (path) => {
            calls.push(path.join('.'));
            return new Promise((resolve, reject) => pending.push({ resolve, reject }));
          },
        },
        closed,
        close: cut,
      };
      opened.push({ calls, answer: (value) => pending.shift()?.resolve(value), cut });
      return Promise.resolve(transport);
    },
  };
  return { source, opened };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await setImmediate();
}

const missionId = '7b2f8f0e-4f0f-4a56-9d1b-2a6a1a1c4c1e';

test('F1: a request without a line is refused at once and never sent later', async () => {
  const { source, opened } = lines();
  const { client } = connect(source);
  const refused = await client.missions.abort({ missionId, reason: 'test' }).catch(failureOf);
  expect(refused).toMatchObject({ code: 'NOT_SENT' });
  await settle();
  expect(opened[0]?.calls).toEqual([]);
});

test('F1: a request whose line breaks ends as not known and is not replayed on the next line', async () => {
  const { source, opened } = lines();
  const { client, state } = connect(source);
  await settle();
  const abort = client.missions.abort({ missionId, reason: 'test' }).catch(failureOf);
  await settle();
  expect(opened[0]?.calls).toEqual(['missions.abort']);
  opened[0]?.cut();
  expect(await abort).toMatchObject({ code: 'OUTCOME_NOT_KNOWN' });
  await settle();
  expect(state.get().phase).toBe('LOST');
  await vi.advanceTimersByTimeAsync(1_000);
  await settle();
  expect(state.get()).toMatchObject({ phase: 'OPEN', epoch: 2 });
  expect(opened[1]?.calls).toEqual([]);
});

test('F7: a request without an answer ends as not known', async () => {
  const { source } = lines();
  const { client } = connect(source);
  await settle();
  const abort = client.missions.abort({ missionId, reason: 'test' }).catch(failureOf);
  await settle();
  await vi.advanceTimersByTimeAsync(31_000);
  expect(await abort).toMatchObject({ code: 'OUTCOME_NOT_KNOWN' });
});
