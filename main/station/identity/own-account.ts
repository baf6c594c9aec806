import { Refusal } from '../../../preload/contract/errors.ts';
import type { SessionInfo } from '../../../preload/contract/session.ts';
import type { Clock } from '../ports/clock.ts';
import type { Store } from '../store/store.ts';
import type { AttemptLimiter } from './attempt-limiter.ts';
import type { Passwords } from './passwords.ts';
import type { SecondFactor } from './second-factor.ts';
import type { SessionChanges } from './session-changes.ts';
import { hashToken } from './sign-in.ts';

/** Who asks: a person in one of their sessions. */
export interface Asking {
  dispatcherId: string;
  token: string;
}

/** What people change of their own account. Where it matters they give their password again. */
export interface OwnAccount {
  show(
    asking: Asking,
  ): Promise<{ secondFactor: boolean; recoveryCodesLeft: number; sessions: SessionInfo[] }>;
  changePassword(asking: Asking, password: string, newPassword: string): Promise<void>;
  beginSecondFactor(asking: Asking, password: string): Promise<{ secret: string; uri: string }>;
  confirmSecondFactor(asking: Asking, code: string): Promise<string[]>;
  disableSecondFactor(asking: Asking, password: string): Promise<void>;
  renewRecoveryCodes(asking: Asking, password: string): Promise<string[]>;
  revokeSession(asking: Asking, sessionId: string | null): Promise<void>;
}

export function createOwnAccount(options: {
  store: Store;
  clock: Clock;
  limiter: AttemptLimiter;
  passwords: Passwords;
  secondFactor: SecondFactor;
  changes: SessionChanges;
}): OwnAccount {
  const { store, clock, limiter, passwords, secondFactor, changes } = options;

  /** An unattended page must not be enough; and it is no place to guess a password either. */
  async function checkPassword(dispatcherId: string, password: string): Promise<void> {
    await limiter.begin(dispatcherId);
    const known = await store.read.credentials({ dispatcherId });
    if (!(await passwords.matches(password, known?.passwordHash ?? null)))
      throw new Refusal('SIGN_IN_REFUSED', 'The password is wrong. Nothing was changed.');
    await limiter.clear(dispatcherId);
  }

  async function hasSecondFactor(dispatcherId: string): Promise<boolean> {
    const known = await store.read.credentials({ dispatcherId });
    return known !== null && known.sealedSecret !== null;
  }

  return {
    async show({ dispatcherId, token }) {
      const tokenHash = hashToken(token);
      const sessions = await store.read.openSessions({ dispatcherId, nowMs: clock.nowMs() });
      return {
        secondFactor: await hasSecondFactor(dispatcherId),
        recoveryCodesLeft: await store.read.recoveryCodesLeft({ dispatcherId }),
        sessions: sessions.map((session) => ({
          sessionId: session.sessionId,
          startedAtMs: session.startedAtMs,
          endsAtMs: session.endsAtMs,
          current: session.tokenHash === tokenHash,
        })),
      };
    },

    async changePassword({ dispatcherId, token }, password, newPassword) {
      const passwordHash = await passwords.hash(newPassword, dispatcherId);
      await checkPassword(dispatcherId, password);
      await store.write.changePassword({
        dispatcherId,
        passwordHash,
        exceptTokenHash: hashToken(token),
        byDispatcherId: dispatcherId,
        nowMs: clock.nowMs(),
      });
      changes.announce();
    },

    async beginSecondFactor({ dispatcherId }, password) {
      await checkPassword(dispatcherId, password);
      return secondFactor.beginEnrolment(dispatcherId);
    },

    confirmSecondFactor: ({ dispatcherId }, code) => secondFactor.confirmEnrolment(dispatcherId, code),

    async disableSecondFactor({ dispatcherId }, password) {
      await checkPassword(dispatcherId, password);
      await store.write.disableSecondFactor({
        dispatcherId,
        byDispatcherId: dispatcherId,
        nowMs: clock.nowMs(),
      });
    },

    async renewRecoveryCodes({ dispatcherId }, password) {
      await checkPassword(dispatcherId, password);
      if (!(await hasSecondFactor(dispatcherId)))
        throw new Refusal('CONFLICT', 'Set up the second factor first: its recovery codes come with it.');
      return secondFactor.renewRecoveryCodes(dispatcherId);
    },

    async revokeSession({ dispatcherId, token }, sessionId) {
      await store.write.revokeSessions({
        dispatcherId,
        sessionId,
        exceptTokenHash: sessionId === null ? hashToken(token) : null,
        byDispatcherId: dispatcherId,
        nowMs: clock.nowMs(),
      });
      changes.announce();
    },
  };
}
