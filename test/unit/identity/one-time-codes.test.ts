import { expect, test } from 'vitest';
import {
  newRecoveryCodes,
  newTotpSecret,
  recoveryCodeHash,
  totpSetup,
  totpStep,
} from '../../../main/station/identity/one-time-codes.ts';
import { seededRandom } from '../../../main/station/ports/random.ts';

/** RFC 6238 appendix B, SHA-1: the secret in ASCII, and the last six of its eight digits. */
const RFC_SECRET = Buffer.from('12345678901234567890');
const RFC_VECTORS = [
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
  [20_000_000_000, '353130'],
] as const;

test.each(RFC_VECTORS)('RFC 6238: at %d s the code is %s', (seconds, code) => {
  expect(totpStep(RFC_SECRET, code, seconds * 1000)).toBe(Math.floor(seconds / 30));
});

test('a code counts one period before and after its own, and no further', () => {
  const code = '005924';
  const step = Math.floor(1_234_567_890 / 30);
  const at = (periods: number): number | null => totpStep(RFC_SECRET, code, (step + periods) * 30_000);
  expect([at(-2), at(-1), at(0), at(1), at(2)]).toEqual([null, step, step, step, null]);
});

test('a code may be typed with a space, and nothing else is a code', () => {
  expect(totpStep(RFC_SECRET, '005 924', 1_234_567_890_000)).not.toBe(null);
  for (const text of ['', '5924', '0059245', 'abcdef', '００５９２４', "005924' OR 1"])
    expect(totpStep(RFC_SECRET, text, 1_234_567_890_000)).toBe(null);
});

test('a setup names station and account, and its secret is the one that was made', () => {
  const secret = newTotpSecret(seededRandom(7));
  expect(secret.byteLength).toBe(20);
  const setup = totpSetup(secret, 'ana.ruiz', 'Fire Station 10');
  const uri = new URL(setup.uri);
  expect(uri.protocol).toBe('otpauth:');
  expect(uri.searchParams.get('secret')).toBe(setup.secret);
  expect(setup.secret).toMatch(/^[A-Z2-7]{32}$/);
  expect(decodeURIComponent(uri.pathname)).toContain('ana.ruiz');
});

test('recovery codes are ten, all different, and known again however they are typed', () => {
  const codes = newRecoveryCodes(seededRandom(3));
  expect(new Set(codes).size).toBe(10);
  for (const code of codes) {
    expect(code).toMatch(/^([A-Z2-7]{4}-){3}[A-Z2-7]{4}$/);
    expect(recoveryCodeHash(` ${code.toLowerCase().replaceAll('-', ' ')} `)).toBe(recoveryCodeHash(code));
  }
  expect(recoveryCodeHash('287082')).toBe(null);
  expect(recoveryCodeHash('ABCD-EFGH-IJKL-MNO1')).toBe(null);
});
