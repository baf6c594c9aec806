import { describe, expect, test } from 'vitest';
import { CallQueue } from '../../../db/call-queue.ts';
import type { QueryName, WorkerCall } from '../../../db/protocol.ts';

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

describe('company', () => {
  const callOf = (name: QueryName, actor: string | null = null): Omit<WorkerCall, 'id'> => ({
    ...{ name, actor },
    ...{ input: {}, nowMs: 0 },
  });
  const companies = (...calls: Omit<WorkerCall, 'id'>[]): number[][] => {
    const queue = new CallQueue();
    for (const [id, call] of calls.entries()) queue.push({ ...call, id });
    const taken: number[][] = [];
    for (let call = queue.next(); call !== null; call = queue.next())
      taken.push(queue.withCompany(call).map(({ id }) => id));
    return taken;
  };
  const event = callOf('recordMissionProgress');

  test('what waits together for the same person is taken together, in the order of arrival', () => {
    expect(companies(event, callOf('appendAudit'), event, callOf('setDroneStatus'), event)).toEqual([
      [0, 2, 3, 4],
      [1],
    ]);
  });

  test('two persons never share, nor a person and the station', () => {
    const [ann, bob] = [callOf('createEmergency', 'ann'), callOf('createEmergency', 'bob')];
    expect(companies(ann, ann, bob, ann, event, event)).toEqual([[0, 1], [2], [3], [4, 5]]);
  });

  test('nobody overtakes what cannot share; recordings and reads go alone', () => {
    expect(companies(event, callOf('createMission'), event)).toEqual([[0], [1], [2]]);
    expect(companies(callOf('appendAudit'), callOf('mission'), callOf('appendAudit'))).toEqual([
      [0],
      [1],
      [2],
    ]);
    expect(companies(callOf('appendTelemetry'), callOf('appendTelemetry'))).toEqual([[0], [1]]);
  });

  test('a company is bounded', () => {
    const sizes = companies(...Array.from({ length: 150 }, () => event)).map((ids) => ids.length);
    expect(sizes).toEqual([64, 64, 22]);
  });
});
