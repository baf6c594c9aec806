import { expect, test } from 'vitest';
import { CallQueue } from '../../../db/call-queue.ts';
import type { QueryName } from '../../../db/protocol.ts';

function queueOf(...names: QueryName[]): CallQueue {
  const queue = new CallQueue();
  for (const [id, name] of names.entries()) queue.push({ id, name, input: {}, actor: null, nowMs: 0 });
  return queue;
}

function drain(next: () => { id: number } | null): number[] {
  const ids: number[] = [];
  for (let call = next(); call !== null; call = next()) ids.push(call.id);
  return ids;
}

test('safety goes first, recordings last, each in the order of arrival', () => {
  const queue = queueOf(
    'appendTelemetry',
    'allZones',
    'recordMissionProgress',
    'recordDroneSeen',
    'appendAudit',
    'createMission',
  );
  expect(drain(() => queue.next())).toEqual([2, 5, 1, 4, 0, 3]);
});

test('what is urgent can be taken without touching recordings', () => {
  const queue = queueOf('appendTelemetry', 'mission', 'recordMissionProgress');
  expect(drain(() => queue.nextUrgent())).toEqual([2, 1]);
  expect(queue.next()).toMatchObject({ name: 'appendTelemetry' });
});
