import { createHash } from 'node:crypto';
import bcrypt from '@node-rs/bcrypt';
import type { PersonRecord } from '../../../db/queries/query-map.ts';
import { Refusal } from '../../../preload/contract/errors.ts';
import type { Person } from '../../../preload/contract/session.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { Store } from '../store/store.ts';
import { createAttemptLimiter } from './attempt-limiter.ts';

/** A session ends 24 h after sign-in, as the data specification's `dispatcher:{id}:session` does. */
const SESSION_LIFETIME_MS = 24 * 60 * 60 * 1000;
/** The cost of every hash that this station makes; checking an unknown name takes as long as a known one. */
const BCRYPT_COST = 10;

export interface SignIn {
  signIn(dispatcherId: string, password: string): Promise<{ person: Person; token: string }>;
  /** The person of a session that is neither expired nor revoked, or a refusal. */
  resume(token: string): Promise<Person>;
  signOut(token: string, person: Person): Promise<void>;
  /** Makes the first administrator. Refused as soon as anybody may sign in. */
  createFirstAdministrator(dispatcherId: string, displayName: string, password: string): Promise<void>;
}

export function createSignIn(options: { store: Store; clock: Clock; random: Random }): SignIn {
  const { store, clock, random } = options;
  const limiter = createAttemptLimiter(clock);
  let decoyHash: Promise<string> | null = null;
  const decoy = (): Promise<string> => {
    decoyHash ??= bcrypt.hash(Buffer.from(random.bytes(16)).toString('hex'), { cost: BCRYPT_COST });
    return decoyHash;
  };

  async function signIn(dispatcherId: string, password: string): Promise<{ person: Person; token: string }> {
    limiter.beforeAttempt(dispatcherId);
    const known = await store.read.credentials({ dispatcherId });
    const matches = await bcrypt.verify(password, known?.passwordHash ?? (await decoy()));
    if (known === null || !matches || !known.active) {
      limiter.failed(dispatcherId);
      await audit(known === null ? null : dispatcherId, 'SIGN_IN_REFUSED');
      throw new Refusal('SIGN_IN_REFUSED', 'The name or the password is wrong.');
    }
    limiter.succeeded(dispatcherId);
    const token = Buffer.from(random.bytes(32)).toString('base64url');
    const nowMs = clock.nowMs();
    const tokenHash = hashToken(token);
    await store.write.createSession({
      dispatcherId,
      tokenHash,
      nowMs,
      expiresAtMs: nowMs + SESSION_LIFETIME_MS,
    });
    await store.write.recordSignIn({ dispatcherId, nowMs });
    await audit(dispatcherId, 'SIGNED_IN');
    return { person: await resume(token), token };
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
    if (password.length < 12)
      throw new Refusal('INVALID_INPUT', 'The password of an administrator needs at least 12 characters.');
    const passwordHash = await bcrypt.hash(password, { cost: BCRYPT_COST });
    await store.write.createFirstAdministrator({
      dispatcherId,
      displayName,
      passwordHash,
      nowMs: clock.nowMs(),
    });
    await audit(dispatcherId, 'FIRST_ADMINISTRATOR_CREATED');
  }

  function audit(dispatcherId: string | null, action: string): Promise<void> {
    return store.write.appendAudit({ atMs: clock.nowMs(), dispatcherId, action, subject: null, detail: {} });
  }

  return { signIn, resume, signOut, createFirstAdministrator };
}

/** Tokens are 256 random bits: one plain SHA-256 keeps a stolen database from being a stolen session. */
function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** Roles grant what their holders need for their work; the permissions column adds to that, person by person. */
function toPerson(record: PersonRecord): Person {
  const leads = record.role !== 'DISPATCHER';
  const may = (permission: string): boolean => leads || record.permissions.includes(permission);
  return {
    dispatcherId: record.dispatcherId,
    displayName: record.displayName,
    role: record.role,
    mayOverride: may('override_go_no_go'),
    mayEditZones: may('edit_zones'),
    mayRegisterDrones: may('register_drones'),
  };
}
