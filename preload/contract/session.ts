import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { call } from './errors.ts';
import { recordId, requiredText } from './geo.ts';
import { permission, role } from './permissions.ts';

export const person = z.object({
  dispatcherId: z.string(),
  displayName: z.string(),
  role,
  permissions: z.array(permission),
});
export type Person = z.infer<typeof person>;

/** For the page: what can be said before asking. The station has the whole rule. */
export const SHORTEST_PASSWORD = 12;

/** A password as it is given to be checked. */
const givenPassword = requiredText('The password', 200);
/** A password as it is chosen; the station says in words what is wrong with it. */
export const chosenPassword = z.string().max(200, 'The new password may have at most 72 bytes.');

/** A user name: what can be typed on any keyboard and read out over a radio. */
export const userName = requiredText('The user name', 100).regex(
  /^[\p{L}\p{N}][\p{L}\p{N}._@-]*$/u,
  'A user name has letters, digits, dots, dashes, underscores and @ only, without spaces.',
);

export const sessionInfo = z.object({
  sessionId: z.string(),
  startedAtMs: z.number(),
  endsAtMs: z.number(),
  /** The session that asks. */
  current: z.boolean(),
});
export type SessionInfo = z.infer<typeof sessionInfo>;

const recoveryCodes = z.object({
  /** Shown once and never again; each signs in once in place of the six digits. */
  recoveryCodes: z.array(z.string()),
});

export const session = {
  /** What the sign-in page needs before anyone is known. */
  greeting: call.output(
    z.object({
      stationName: z.string(),
      version: z.string(),
      /** In the demo only: the seeded account to sign in with. Null everywhere else. */
      demoAccount: z.object({ dispatcherId: z.string(), password: z.string() }).nullable(),
      /** An empty station: the first administrator must be made before anyone can sign in. */
      needsFirstAdministrator: z.boolean(),
    }),
  ),
  createFirstAdministrator: call
    .input(
      z.object({
        dispatcherId: userName,
        displayName: requiredText('The name', 200),
        password: chosenPassword,
      }),
    )
    .output(z.object({})),
  /**
   * Refused with SECOND_FACTOR_NEEDED or PASSWORD_CHANGE_NEEDED when the password is right and that is still missing:
   * the same call is made again with it. Neither counts as a failed attempt.
   */
  signIn: call
    .input(
      z.object({
        dispatcherId: requiredText('The user name', 100),
        password: givenPassword,
        /** Six digits of the authenticator app, or a recovery code. */
        secondFactor: z.string().max(40).optional(),
        newPassword: chosenPassword.optional(),
      }),
    )
    .output(z.object({ person, token: z.string() })),
  /** After a reload of the page or a lost connection: the session goes on with its token. */
  resume: call.input(z.object({ token: z.string().max(200) })).output(z.object({ person })),
  signOut: call.output(z.object({})),
  /** Feed, latest: who the caller is and may do, also when that changes; UTC, ms, when the session ends by its time. */
  watch: call.output(eventIterator(z.object({ person, endsAtMs: z.number() }))),

  /** The caller's own account. */
  account: call.output(
    z.object({
      secondFactor: z.boolean(),
      recoveryCodesLeft: z.number().int(),
      sessions: z.array(sessionInfo),
    }),
  ),
  /** Ends every other session of the caller. */
  changePassword: call
    .input(z.object({ password: givenPassword, newPassword: chosenPassword }))
    .output(z.object({})),
  /** A new secret for an authenticator app, good for ten minutes. Nothing changes before it is confirmed. */
  beginSecondFactor: call.input(z.object({ password: givenPassword })).output(
    z.object({
      /** Base32, to be typed in. */
      secret: z.string(),
      /** `otpauth://…`, to be shown as a QR code. */
      uri: z.string(),
    }),
  ),
  confirmSecondFactor: call.input(z.object({ code: z.string().max(40) })).output(recoveryCodes),
  disableSecondFactor: call.input(z.object({ password: givenPassword })).output(z.object({})),
  /** Makes the earlier codes void. */
  renewRecoveryCodes: call.input(z.object({ password: givenPassword })).output(recoveryCodes),
  /** Ends one session of the caller; null: all but the one that asks. */
  revokeSession: call.input(z.object({ sessionId: recordId.nullable() })).output(z.object({})),
};
