import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningStation, runStation } from '../../support/running-station.ts';

const CHIEF = { dispatcherId: 'chief', password: 'correct horse battery' };
const ANA = {
  dispatcherId: 'ana.ruiz',
  firstName: 'Ana',
  lastName: 'Ruiz',
  email: null,
  coverageStates: ['MA'],
};

let running: RunningStation;
beforeAll(async () => {
  running = await runStation({ drones: 0, speed: 1, stationArgs: [] });
}, 120_000);
afterAll(() => running.stop());

test('a page is told who its person is, when the session ends, and at once what they may no longer do', async () => {
  const chief = running.client;
  await chief.session.createFirstAdministrator({ ...CHIEF, displayName: 'The Chief' });
  await chief.session.signIn(CHIEF);
  const role = 'DISPATCHER' as const;
  await chief.people.create({ ...ANA, role, permissions: null, password: 'given-by-the-chief' });
  const page = await running.signedInAs(ANA.dispatcherId);
  await page.session.signIn({
    dispatcherId: ANA.dispatcherId,
    password: 'given-by-the-chief',
    newPassword: 'chosen-by-herself-9',
  });

  const feed = await page.session.watch();
  const next = async () => {
    const { value, done } = await feed.next();
    if (done === true) throw new Error('The feed ended.');
    return value;
  };
  const { person, endsAtMs } = await next();
  expect(person.permissions).toContain('take_calls');
  expect(endsAtMs - Date.now()).toBeGreaterThan(23 * 3_600_000);
  expect(endsAtMs - Date.now()).toBeLessThanOrEqual(24 * 3_600_000);

  await chief.people.update({ ...ANA, role, permissions: ['launch'], active: true });
  expect((await next()).person.permissions).toEqual(['launch']);
  await chief.people.update({ ...ANA, role, permissions: ['launch'], active: false });
  await expect(next()).rejects.toMatchObject({ code: 'NOT_SIGNED_IN' });
}, 60_000);
