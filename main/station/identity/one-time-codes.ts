import { createHash } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import type { Random } from '../ports/random.ts';

/** What every authenticator app understands: SHA-1, six digits, thirty seconds (RFC 6238). */
const PERIOD_S = 30;
const DIGITS = 6;
/** RFC 4226 section 4 recommends a secret of 160 bits. */
const SECRET_BYTES = 20;
/** One period before and after: clocks differ, and people type slowly (RFC 6238 section 5.2). */
const WINDOW = 1;

const RECOVERY_CODES = 10;
/** 80 bits are sixteen letters of base32. */
const RECOVERY_BYTES = 10;

export function newTotpSecret(random: Random): Uint8Array {
  return random.bytes(SECRET_BYTES);
}

/** The secret as an app takes it: base32 to type, an address to show as a QR code. */
export function totpSetup(
  secret: Uint8Array,
  account: string,
  station: string,
): { secret: string; uri: string } {
  const totp = new TOTP({ ...settings(secret), issuer: 'SkyRescue', label: `${account} (${station})` });
  return { secret: totp.secret.base32, uri: totp.toString() };
}

/**
 * The time step whose code was given, within one period of now; null: none. The caller makes sure that a step counts
 * once. Spaces in the code do not matter.
 */
export function totpStep(secret: Uint8Array, code: string, nowMs: number): number | null {
  const digits = code.replace(/\s/g, '');
  if (!/^\d{6}$/.test(digits)) return null;
  const distance = new TOTP(settings(secret)).validate({ token: digits, timestamp: nowMs, window: WINDOW });
  return distance === null ? null : TOTP.counter({ period: PERIOD_S, timestamp: nowMs }) + distance;
}

export function newRecoveryCodes(random: Random): string[] {
  return Array.from({ length: RECOVERY_CODES }, () => {
    const letters = new Secret({ buffer: exactBuffer(random.bytes(RECOVERY_BYTES)) }).base32;
    return letters.replace(/.{4}(?=.)/g, '$&-');
  });
}

/** What is kept of a recovery code; null: the text is none. Dashes, spaces and small letters do not matter. */
export function recoveryCodeHash(text: string): string | null {
  const letters = text.replace(/[\s-]/g, '').toUpperCase();
  return /^[A-Z2-7]{16}$/.test(letters) ? createHash('sha256').update(letters).digest('hex') : null;
}

function settings(secret: Uint8Array) {
  return {
    secret: new Secret({ buffer: exactBuffer(secret) }),
    algorithm: 'SHA1',
    digits: DIGITS,
    period: PERIOD_S,
  };
}

/** A Buffer may be a window on a larger memory, and the library takes the whole of it. */
function exactBuffer(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
