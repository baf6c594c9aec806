import { beforeEach, expect, test } from 'vitest';
import { EmergencyDesk } from '../../../main/station/dispatch/emergency-desk.ts';
import { seededRandom } from '../../../main/station/ports/random.ts';
import {
  type Emergency,
  type EmergencyInput,
  emergencyInput,
} from '../../../preload/contract/emergencies.ts';
import { emergencyRecord } from '../../support/dispatch-records.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const { emergencyId: _id, closed: _closed, missionId: _mission, ...call } = emergencyRecord();
const input: EmergencyInput = emergencyInput.parse(call);

let clock: FakeClock;
let stored: Map<string, Emergency>;
let flying: string | null;
let desk: EmergencyDesk;
let rings: number;

beforeEach(() => {
  clock = new FakeClock();
  stored = new Map();
  flying = null;
  rings = 0;
  const keep = async (emergency: Emergency): Promise<Emergency> => {
    stored.set(emergency.emergencyId, emergency);
    return emergency;
  };
  const known = (emergencyId: string): Emergency => stored.get(emergencyId) ?? emergencyRecord();
  desk = new EmergencyDesk({
    store: {
      as: () => ({
        read: {
          emergency: async ({ emergencyId }) => stored.get(emergencyId) ?? null,
          openEmergencies: async () => [...stored.values()].filter(({ closed }) => closed === null),
        },
        write: {
          createEmergency: ({ nowMs, calledAtMs = nowMs, ...rest }) =>
            keep({ ...rest, calledAtMs, closed: null, missionId: null }),
          updateEmergency: ({ emergencyId, ...rest }) => keep({ ...known(emergencyId), ...rest }),
          closeEmergency: ({ emergencyId, reason, note, nowMs }) =>
            keep({ ...known(emergencyId), closed: { reason, note, atMs: nowMs } }),
        },
      }),
    },
    clock,
    random: seededRandom(11),
    droneFlyingTo: () => flying,
  });
  desk.subscribe(() => void rings++);
});

const close = (emergencyId: string) =>
  desk.close({ emergencyId, reason: 'AMBULANCE_ON_SCENE', note: null, byDispatcherId: 'd04' });

test('a call is taken in, changed and closed; the queue tells each time', async () => {
  const { emergencyId } = await desk.create(input, 'd04');
  await desk.update({ ...input, emergencyId, trauma: true }, 'd04');
  expect((await desk.get(emergencyId, 'd04')).trauma).toBe(true);
  expect(await desk.open('d04')).toHaveLength(1);
  expect((await close(emergencyId)).closed?.reason).toBe('AMBULANCE_ON_SCENE');
  expect(await desk.open('d04')).toHaveLength(0);
  expect(rings).toBe(3);
});

test('what is closed stays as it is', async () => {
  const { emergencyId } = await desk.create(input, 'd04');
  await close(emergencyId);
  await expect(close(emergencyId)).rejects.toMatchObject({ code: 'CONFLICT' });
  await expect(desk.update({ ...input, emergencyId }, 'd04')).rejects.toMatchObject({ code: 'CONFLICT' });
});

test('while a drone flies to it, an emergency is neither closed nor moved, but its details may change', async () => {
  const { emergencyId } = await desk.create(input, 'd04');
  flying = 'Alpha-1';
  await expect(close(emergencyId)).rejects.toMatchObject({
    code: 'CONFLICT',
    message: 'Alpha-1 is flying to this emergency. Abort its mission first.',
  });
  const elsewhere = { latitudeDeg: 42, longitudeDeg: -71 };
  await expect(desk.update({ ...input, emergencyId, position: elsewhere }, 'd04')).rejects.toMatchObject({
    code: 'CONFLICT',
  });
  expect((await desk.update({ ...input, emergencyId, ambulanceOnScene: true }, 'd04')).ambulanceOnScene).toBe(
    true,
  );
});

test('refusals: unknown, from the future, OTHER without a word', async () => {
  await expect(desk.get('nobody', 'd04')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(close('nobody')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(desk.create({ ...input, calledAtMs: clock.nowMs() + 61_000 }, 'd04')).rejects.toMatchObject({
    code: 'INVALID_INPUT',
  });
  const { emergencyId } = await desk.create(input, 'd04');
  await expect(
    desk.close({ emergencyId, reason: 'OTHER', note: '  ', byDispatcherId: 'd04' }),
  ).rejects.toMatchObject({ code: 'INVALID_INPUT', message: 'Say in the note why no drone goes.' });
});
