import type {
  Account,
  AccountChange,
  AuditEntry,
  AuditFilter,
  NewAccount,
} from '../../preload/contract/people.ts';
import type { Role } from '../../preload/contract/permissions.ts';

/** The part of the query map about people: who may sign in, who is signed in, who did what. */
export interface PeopleReads {
  credentials(input: { dispatcherId: string }): CredentialsRecord | null;
  personBySession(input: { tokenHash: string; nowMs: number }): PersonRecord | null;
  /** Whether anybody may sign in at all. */
  hasPeople(input: Record<string, never>): boolean;
  /** By name. */
  accounts(input: { nowMs: number }): Account[];
  /** Neither ended nor revoked, newest first. */
  openSessions(input: { dispatcherId: string; nowMs: number }): SessionRecord[];
  recoveryCodesLeft(input: { dispatcherId: string }): number;
  auditEntries(input: AuditFilter & { before: number | null; limit: number }): AuditEntry[];
  auditChoices(input: Record<string, never>): {
    people: { dispatcherId: string; displayName: string | null }[];
    actions: string[];
  };
}

/** A change that a person makes, and the entry in the audit that goes with it in one transaction. */
interface By {
  byDispatcherId: string;
  nowMs: number;
}

export interface PeopleWrites {
  /** The first person of an empty station, with the role ADMIN. Refuses with FORBIDDEN once anybody exists. */
  createFirstAdministrator(input: {
    dispatcherId: string;
    displayName: string;
    passwordHash: string;
    nowMs: number;
  }): void;
  createSession(input: { dispatcherId: string; tokenHash: string; nowMs: number; expiresAtMs: number }): void;
  revokeSession(input: { tokenHash: string; nowMs: number }): void;
  /** One session, or all of the person's but `exceptTokenHash`. Refuses (NOT_FOUND) a session that is not theirs. */
  revokeSessions(
    input: By & { dispatcherId: string; sessionId: string | null; exceptTokenHash: string | null },
  ): void;
  recordSignIn(input: { dispatcherId: string; nowMs: number }): void;
  /**
   * Counts the attempt as failed before it is made, so that attempts made at the same moment all count; one that
   * succeeds takes the count back. `waitMs` above 0: refused, and not counted.
   */
  beginSignInAttempt(input: { nameKey: string; nowMs: number; rule: AttemptRule }): {
    waitMs: number;
    failures: number;
  };
  /** The attempt was neither right nor wrong. */
  forgiveSignInAttempt(input: { nameKey: string; nowMs: number }): void;
  clearSignInAttempts(input: { nameKey: string }): void;
  /** False: a code of this time step or a later one was used already. */
  spendTimeStep(input: { dispatcherId: string; step: number }): boolean;
  /** False: there is no such code, or it was used already. */
  spendRecoveryCode(input: { dispatcherId: string; codeHash: string; nowMs: number }): boolean;
  /** Their own doing: the password is theirs. Ends the person's sessions but `exceptTokenHash`. */
  changePassword(
    input: By & { dispatcherId: string; passwordHash: string; exceptTokenHash: string | null },
  ): void;
  /** Somebody else's doing: the person must choose their own at the next sign-in. Ends all their sessions. */
  resetPassword(input: By & { dispatcherId: string; passwordHash: string }): Account;
  enableSecondFactor(
    input: By & { dispatcherId: string; sealedSecret: string; step: number; codeHashes: string[] },
  ): void;
  /** Their own doing. Takes the recovery codes away too. */
  disableSecondFactor(input: By & { dispatcherId: string }): void;
  /** Somebody else's doing: ends the person's sessions too. */
  resetSecondFactor(input: By & { dispatcherId: string }): Account;
  replaceRecoveryCodes(input: By & { dispatcherId: string; codeHashes: string[] }): void;
  createAccount(input: By & Omit<NewAccount, 'password'> & { passwordHash: string }): Account;
  /** Deactivating ends the person's sessions. Refuses (CONFLICT) to take the last administrator away. */
  updateAccount(input: By & AccountChange): Account;
  appendAudit(input: AuditRecord): void;
}

export interface AuditRecord {
  atMs: number;
  dispatcherId: string | null;
  action: string;
  subject: string | null;
  detail: AuditEntry['detail'];
}

/** `freeAttempts` in a row cost nothing; each further one doubles the wait, from `firstWaitMs` to `longestWaitMs`. */
export interface AttemptRule {
  freeAttempts: number;
  firstWaitMs: number;
  longestWaitMs: number;
  /** After so long without an attempt they count from the start. */
  forgottenAfterMs: number;
  rememberedNames: number;
}

export interface CredentialsRecord {
  dispatcherId: string;
  passwordHash: string;
  active: boolean;
  mustChangePassword: boolean;
  /** Sealed; null: no second factor. */
  sealedSecret: string | null;
}

export interface PersonRecord {
  dispatcherId: string;
  displayName: string;
  role: Role;
  permissions: string[] | null;
}

export interface SessionRecord {
  sessionId: string;
  tokenHash: string;
  startedAtMs: number;
  endsAtMs: number;
}
