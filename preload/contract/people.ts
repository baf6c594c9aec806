import { z } from 'zod';
import { call } from './errors.ts';
import { instantMs, personText, recordId, requiredText } from './geo.ts';
import { permission, role } from './permissions.ts';
import { chosenPassword, sessionInfo, userName } from './session.ts';

const dispatcherId = requiredText('The user name', 100);

const accountFields = z.object({
  firstName: requiredText('The first name', 100),
  lastName: personText('The last name', 100),
  email: z.email('The e-mail address is not valid.').max(200).nullable(),
  role,
  /** Null: what the role grants. */
  permissions: z.array(permission).max(permission.options.length).nullable(),
  /** States whose emergencies this person works on, as two-letter codes. */
  coverageStates: z
    .array(z.string().regex(/^[A-Z]{2}$/, 'A state is a two-letter code, for example MA.'))
    .max(60, 'There are at most 60 states.'),
});

export const account = accountFields.extend({
  dispatcherId: z.string(),
  active: z.boolean(),
  secondFactor: z.boolean(),
  mustChangePassword: z.boolean(),
  lastSignInAtMs: z.number().nullable(),
  openSessions: z.number().int(),
});
export type Account = z.infer<typeof account>;

export const newAccount = accountFields.extend({ dispatcherId: userName, password: chosenPassword });
export type NewAccount = z.infer<typeof newAccount>;

export const accountChange = accountFields.extend({ dispatcherId, active: z.boolean() });
export type AccountChange = z.infer<typeof accountChange>;

export const auditEntry = z.object({
  /** Grows with every entry: the order in which things were recorded. */
  order: z.number().int(),
  atMs: z.number(),
  /** Null: nobody was known, as at a sign-in under an unknown name. */
  dispatcherId: z.string().nullable(),
  displayName: z.string().nullable(),
  action: z.string(),
  subject: z.string().nullable(),
  detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});
export type AuditEntry = z.infer<typeof auditEntry>;

export const auditFilter = z.object({
  dispatcherId: z.string().max(100).nullable(),
  action: z.string().max(100).nullable(),
  fromMs: instantMs.nullable(),
  /** Not included. */
  untilMs: instantMs.nullable(),
});
export type AuditFilter = z.infer<typeof auditFilter>;

/** Accounts are for the role ADMIN; the audit for those who may read it. */
export const people = {
  list: call.output(z.object({ accounts: z.array(account) })),
  /** The password is for the first sign-in, at which the person chooses their own. */
  create: call.input(newAccount).output(account),
  /** Deactivating ends every session. The last active administrator stays one (CONFLICT). */
  update: call.input(accountChange).output(account),
  /** As for a new account; ends every session and the waiting after failed attempts. */
  resetPassword: call.input(z.object({ dispatcherId, password: chosenPassword })).output(account),
  /** The person signs in with the password alone until they enrol anew; ends every session. */
  resetSecondFactor: call.input(z.object({ dispatcherId })).output(account),
  sessions: call.input(z.object({ dispatcherId })).output(z.object({ sessions: z.array(sessionInfo) })),
  /** One session; null: all of them. */
  revokeSessions: call.input(z.object({ dispatcherId, sessionId: recordId.nullable() })).output(z.object({})),
  /** Newest first. `before`: the order of the last entry of the page before. */
  audit: call
    .input(
      auditFilter.extend({
        before: z.number().int().positive().nullable(),
        limit: z.number().int().min(1).max(200),
      }),
    )
    .output(z.object({ entries: z.array(auditEntry), more: z.boolean() })),
  /** What the audit can be filtered by. */
  auditChoices: call.output(
    z.object({
      people: z.array(z.object({ dispatcherId: z.string(), displayName: z.string().nullable() })),
      actions: z.array(z.string()),
    }),
  ),
};
