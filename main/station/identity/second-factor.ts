import { Refusal } from '../../../preload/contract/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { Store } from '../store/store.ts';
import { newRecoveryCodes, newTotpSecret, recoveryCodeHash, totpSetup, totpStep } from './one-time-codes.ts';
import type { SecretBox } from './secret-box.ts';

/** How long an enrolment may take before its secret is forgotten. */
const ENROLMENT_LIFETIME_MS = 10 * 60_000;
/** More people than ever enrol at the same moment: beyond it the oldest begins again. */
const MOST_ENROLMENTS = 100;

/** One-time codes (RFC 6238) and the recovery codes that stand in for a lost device. */
export interface SecondFactor {
  /** What was accepted, for the audit; null: the code is wrong or was used already. A code counts once. */
  accept(dispatcherId: string, sealedSecret: string, code: string): Promise<'CODE' | 'RECOVERY_CODE' | null>;
  /** A new secret. Nothing is stored before its first code was given. */
  beginEnrolment(dispatcherId: string): { secret: string; uri: string };
  /** Returns the recovery codes, this once. Refuses (INVALID_INPUT) a wrong code; it may be tried again. */
  confirmEnrolment(dispatcherId: string, code: string): Promise<string[]>;
  renewRecoveryCodes(dispatcherId: string): Promise<string[]>;
}

export function createSecondFactor(options: {
  store: Store;
  clock: Clock;
  random: Random;
  box: SecretBox;
  stationName: string;
}): SecondFactor {
  const { store, clock, random, box, stationName } = options;
  const enrolments = new Map<string, { secret: Uint8Array; endsAtMs: number }>();

  async function spendRecoveryCode(dispatcherId: string, code: string): Promise<boolean> {
    const codeHash = recoveryCodeHash(code);
    if (codeHash === null) return false;
    return store.write.spendRecoveryCode({ dispatcherId, codeHash, nowMs: clock.nowMs() });
  }

  function newCodes(): { codes: string[]; codeHashes: string[] } {
    const codes = newRecoveryCodes(random);
    return { codes, codeHashes: codes.map(recoveryCodeHash).filter((hash) => hash !== null) };
  }

  return {
    async accept(dispatcherId, sealedSecret, code) {
      if (await spendRecoveryCode(dispatcherId, code)) return 'RECOVERY_CODE';
      const secret = box.open(sealedSecret, dispatcherId);
      if (secret === null)
        throw new Refusal(
          'SIGN_IN_REFUSED',
          "This station's key cannot read your second factor. Give a recovery code, or ask an administrator to reset it.",
        );
      const step = totpStep(secret, code, clock.nowMs());
      if (step === null) return null;
      return (await store.write.spendTimeStep({ dispatcherId, step })) ? 'CODE' : null;
    },

    beginEnrolment(dispatcherId) {
      const secret = newTotpSecret(random);
      enrolments.delete(dispatcherId);
      enrolments.set(dispatcherId, { secret, endsAtMs: clock.monotonicMs() + ENROLMENT_LIFETIME_MS });
      const oldest = enrolments.size > MOST_ENROLMENTS ? enrolments.keys().next().value : undefined;
      if (oldest !== undefined) enrolments.delete(oldest);
      return totpSetup(secret, dispatcherId, stationName);
    },

    async confirmEnrolment(dispatcherId, code) {
      const enrolment = enrolments.get(dispatcherId);
      if (enrolment === undefined || enrolment.endsAtMs < clock.monotonicMs())
        throw new Refusal('CONFLICT', 'This took longer than ten minutes. Begin the second factor again.');
      const step = totpStep(enrolment.secret, code, clock.nowMs());
      if (step === null)
        throw new Refusal(
          'INVALID_INPUT',
          'This code does not fit. Check that the clocks of the device and of this station agree, and give the code that it shows now.',
        );
      const { codes, codeHashes } = newCodes();
      await store.write.enableSecondFactor({
        dispatcherId,
        sealedSecret: box.seal(enrolment.secret, dispatcherId),
        step,
        codeHashes,
        byDispatcherId: dispatcherId,
        nowMs: clock.nowMs(),
      });
      enrolments.delete(dispatcherId);
      return codes;
    },

    async renewRecoveryCodes(dispatcherId) {
      const { codes, codeHashes } = newCodes();
      await store.write.replaceRecoveryCodes({
        dispatcherId,
        codeHashes,
        byDispatcherId: dispatcherId,
        nowMs: clock.nowMs(),
      });
      return codes;
    },
  };
}
