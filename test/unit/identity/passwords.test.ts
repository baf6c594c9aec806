import { describe, expect, test } from 'vitest';
import { createPasswords } from '../../../main/station/identity/passwords.ts';
import { seededRandom } from '../../../main/station/ports/random.ts';

const passwords = createPasswords(seededRandom(1));
const complaint = (password: string, dispatcherId = 'ana.ruiz'): Promise<string> =>
  passwords.hash(password, dispatcherId).then(
    () => '',
    (error: Error) => error.message,
  );

describe('what must not become a password is refused in words', () => {
  test.each([
    ['short', 'at least 12 characters'],
    ['🚁🚁🚁', 'at least 12 characters. This one has 3'],
    ['my ANA.RUIZ password', 'must not contain the user name'],
    ['abababababab', 'easily guessed'],
    ['twelve chars\u0000', 'cannot be typed'],
    [`${'x1y2'.repeat(18)}z`, 'at most 72 bytes. This one has 73'],
    ['ñandú-y-cigüeña-'.repeat(4), 'letters outside English count as two to four'],
  ])('%s', async (password, words) => {
    expect(await complaint(password)).toContain(words);
  });

  test('72 bytes are taken, and so is a short user name inside a long password', async () => {
    expect(await complaint('x1y2z3'.repeat(12))).toBe('');
    expect(await complaint('a horse, a battery', 'a')).toBe('');
  });
});

test('what differs behind the 72nd byte does not match', async () => {
  const longest = 'x1y2z3'.repeat(12);
  const hash = await passwords.hash(longest, 'ana.ruiz');
  expect(await passwords.matches(longest, hash)).toBe(true);
  expect(await passwords.matches(`${longest}!`, hash)).toBe(false);
});

test('the same letters composed another way are the same password', async () => {
  const hash = await passwords.hash('contraseña-larga', 'ana.ruiz');
  expect(await passwords.matches('contrasen\u0303a-larga', hash)).toBe(true);
});

test('an account that does not exist matches nothing', async () => {
  expect(await passwords.matches('whatever it may be', null)).toBe(false);
});
