import { expect, test } from 'vitest';
import { beginSession, personOf, watchConnections } from '../../../main/station/api/connection.ts';
import { createSessionChanges } from '../../../main/station/identity/session-changes.ts';
import { Refusal } from '../../../preload/contract/errors.ts';
import type { Person } from '../../../preload/contract/session.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const ANA: Person = {
  dispatcherId: 'ana',
  displayName: 'Ana Ruiz',
  role: 'DISPATCHER',
  permissions: ['launch'],
};

function world() {
  const clock = new FakeClock();
  const changes = createSessionChanges();
  const answers: { person: Person | Error } = { person: ANA };
  const sessions = {
    resume: async () => {
      if (answers.person instanceof Error) throw answers.person;
      return answers.person;
    },
  };
  const connections = watchConnections({ sessions, sessionsChanged: changes.subscribe, clock });
  const connection = connections.add(() => 0);
  beginSession(connection, ANA, 'token', clock.monotonicMs());
  return { clock, changes, answers, sessions, connection, connections };
}
const ENDED = new Refusal('NOT_SIGNED_IN', 'Your session has ended.');

test('word of a change ends a revoked session at once, also where nobody calls', async () => {
  const { answers, changes, connection } = world();
  const ended = connection.session?.ended.signal;
  answers.person = ENDED;
  changes.announce();
  await new Promise((resolve) => setImmediate(resolve));
  expect(connection.session).toBe(null);
  expect(ended?.aborted).toBe(true);
});

test('a call that overtakes the look-up is refused too', async () => {
  const { answers, changes, connection, sessions, clock } = world();
  answers.person = ENDED;
  changes.announce();
  await expect(personOf(connection, sessions, clock.monotonicMs())).rejects.toMatchObject({
    code: 'NOT_SIGNED_IN',
  });
});

test('a session that ended without a word ends within 30 s', async () => {
  const { answers, connection, clock } = world();
  answers.person = ENDED;
  await clock.run(29_900, 100);
  expect(connection.session).not.toBe(null);
  await clock.run(200, 100);
  expect(connection.session).toBe(null);
});

test('changed rights hold from the next call on, and feeds go on', async () => {
  const { answers, changes, connection, sessions, clock } = world();
  answers.person = { ...ANA, permissions: [] };
  changes.announce();
  expect((await personOf(connection, sessions, clock.monotonicMs())).permissions).toEqual([]);
  expect(connection.session?.ended.signal.aborted).toBe(false);
});

test('a database that does not answer ends nobody’s session', async () => {
  const { answers, changes, connection } = world();
  answers.person = new Refusal('STORAGE_UNAVAILABLE', 'The database does not answer.');
  changes.announce();
  await new Promise((resolve) => setImmediate(resolve));
  expect(connection.session).not.toBe(null);
});
