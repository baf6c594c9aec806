import { createHash } from 'node:crypto';
import type { CredentialsRecord, PersonRecord } from '../../../db/queries/query-map-people.ts';
import { Refusal } from '../../../preload/contract/errors.ts';
import { permissionsOf } from '../../../preload/contract/permissions.ts';
import type { Person } from '../../../preload/contract/session.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { Store } from '../store/store.ts';
import type { AttemptLimiter } from './attempt-limiter.ts';
import type { Passwords } from './passwords.ts';
import type { SecondFactor } from './second-factor.ts';

/** A session ends 24 h after sign-in, as the data specification's `dispatcher:{id}:session` does. */
const SESSION_LIFETIME_MS = 24 * 60 * 60 * 1000;

export interface SignInAttempt {
  dispatcherId: string;
  password: string;
  secondFactor: string | undefined;
  newPassword: string | undefined;
}

export interface SignIn {
  /**
   * Refuses with SECOND_FACTOR_NEEDED or PASSWORD_CHANGE_NEEDED when only that is missing, with SIGN_IN_REFUSED when
   * something is wrong, without saying what of name and password, and with TOO_MANY_ATTEMPTS while the name must wait.
   */
  signIn(attempt: SignInAttempt): Promise<{ person: Person; token: string }>;
  /** The person of a session that is neither expired nor revoked, or a refusal (NOT_SIGNED_IN). */
  resume(token: string): Promise<Person>;
  signOut(token: string, person: Person): Promise<void>;
  /** Makes the first administrator. Refused as soon as anybody may sign in. */
  createFirstAdministrator(dispatcherId: string, displayName: string, password: string): Promise<void>;
}

export function createSignIn(options: {
  store: Store;
  clock: Clock;
  random: Random;
  limiter: AttemptLimiter;
  passwords: Passwords;
  secondFactor: SecondFactor;
}): SignIn {
  const { store, clock, random, limiter, passwords, secondFactor } = options;

  async function signIn(attempt: SignInAttempt): Promise<{ person: Person; token: string }> {
    const { dispatcherId } = attempt;
    const failures = await limiter.begin(dispatcherId);
    const known = await store.read.credentials({ dispatcherId });
    const matches = await passwords.matches(attempt.password, known?.passwordHash ?? null);
    if (known === null || !matches || !known.active) {
      await audit(known === null ? null : dispatcherId, 'SIGN_IN_REFUSED', { failures });
      throw new Refusal('SIGN_IN_REFUSED', 'The name or the password is wrong.');
    }
    const newHash = await completed(known, attempt);
    const factor = await checkSecondFactor(known, attempt, failures);
    const nowMs = clock.nowMs();
    if (newHash !== null)
      await store.write.changePassword({
        dispatcherId,
        passwordHash: newHash,
        exceptTokenHash: null,
        byDispatcherId: dispatcherId,
        nowMs,
      });
    await limiter.clear(dispatcherId);
    const token = Buffer.from(random.bytes(32)).toString('base64url');
    await store.write.createSession({
      dispatcherId,
      tokenHash: hashToken(token),
      nowMs,
      expiresAtMs: nowMs + SESSION_LIFETIME_MS,
    });
    await store.write.recordSignIn({ dispatcherId, nowMs });
    await audit(dispatcherId, 'SIGNED_IN', { secondFactor: factor });
    return { person: await resume(token), token };
  }

  /** Refuses while something is still to be given; returns the hash of the new password where one was needed. */
  async function completed(known: CredentialsRecord, attempt: SignInAttempt): Promise<string | null> {
    const missing = whatIsMissing(known, attempt);
    if (missing !== null) {
      await limiter.forgive(known.dispatcherId);
      throw missing;
    }
    if (!known.mustChangePassword || attempt.newPassword === undefined) return null;
    try {
      if (attempt.newPassword === attempt.password)
        throw new Refusal('INVALID_INPUT', 'The new password must differ from the one you were given.');
      return await passwords.hash(attempt.newPassword, known.dispatcherId);
    } catch (error) {
      await limiter.forgive(known.dispatcherId);
      throw error;
    }
  }

  async function checkSecondFactor(
    known: CredentialsRecord,
    attempt: SignInAttempt,
    failures: number,
  ): Promise<string | null> {
    if (known.sealedSecret === null) return null;
    const accepted = await secondFactor.accept(
      known.dispatcherId,
      known.sealedSecret,
      attempt.secondFactor ?? '',
    );
    if (accepted !== null) return accepted;
    await audit(known.dispatcherId, 'SECOND_FACTOR_REFUSED', { failures });
    throw new Refusal(
      'SIGN_IN_REFUSED',
      'This code is wrong or was used already. Wait for the next one, or give a recovery code.',
    );
  }

  async function resume(token: string): Promise<Person> {
    const record = await store.read.personBySession({ tokenHash: hashToken(token), nowMs: clock.nowMs() });
    if (record === null) throw new Refusal('NOT_SIGNED_IN', 'Your session has ended. Sign in again.');
    return toPerson(record);
  }

  async function signOut(token: string, person: Person): Promise<void> {
    await store.write.revokeSession({ tokenHash: hashToken(token), nowMs: clock.nowMs() });
    await audit(person.dispatcherId, 'SIGNED_OUT');
  }

  async function createFirstAdministrator(
    dispatcherId: string,
    displayName: string,
    password: string,
  ): Promise<void> {
    const passwordHash = await passwords.hash(password, dispatcherId);
    await store.write.createFirstAdministrator({
      dispatcherId,
      displayName,
      passwordHash,
      nowMs: clock.nowMs(),
    });
    await audit(dispatcherId, 'FIRST_ADMINISTRATOR_CREATED');
  }

  function audit(
    dispatcherId: string | null,
    action: string,
    detail: Record<string, string | number | null> = {},
  ): Promise<void> {
    return store.write.appendAudit({ atMs: clock.nowMs(), dispatcherId, action, subject: null, detail });
  }

  return { signIn, resume, signOut, createFirstAdministrator };
}

function whatIsMissing(known: CredentialsRecord, attempt: SignInAttempt): Refusal | null {
  if (known.sealedSecret !== null && attempt.secondFactor === undefined)
    return new Refusal(
      'SECOND_FACTOR_NEEDED',
      'Enter the six digits that your authenticator app shows, or a recovery code.',
    );
  if (known.mustChangePassword && attempt.newPassword === undefined)
    return new Refusal('PASSWORD_CHANGE_NEEDED', 'Choose a password of your own before you go on.');
  return null;
}

/** Tokens are 256 random bits: one plain SHA-256 keeps a stolen database from being a stolen session. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

function toPerson({ dispatcherId, displayName, role, permissions }: PersonRecord): Person {
  return { dispatcherId, displayName, role, permissions: permissionsOf(role, permissions) };
}
