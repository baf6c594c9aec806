import type {
  Account,
  AccountChange,
  AuditEntry,
  AuditFilter,
  NewAccount,
} from '../../../preload/contract/people.ts';
import type { SessionInfo } from '../../../preload/contract/session.ts';
import type { Clock } from '../ports/clock.ts';
import type { Store } from '../store/store.ts';
import type { AttemptLimiter } from './attempt-limiter.ts';
import type { Passwords } from './passwords.ts';
import type { SessionChanges } from './session-changes.ts';

/** What administrators do with other people's accounts. Each change names who made it, in the audit. */
export interface Administration {
  list(): Promise<Account[]>;
  create(input: NewAccount, by: string): Promise<Account>;
  update(input: AccountChange, by: string): Promise<Account>;
  resetPassword(dispatcherId: string, password: string, by: string): Promise<Account>;
  resetSecondFactor(dispatcherId: string, by: string): Promise<Account>;
  sessions(dispatcherId: string): Promise<SessionInfo[]>;
  revokeSessions(dispatcherId: string, sessionId: string | null, by: string): Promise<void>;
  audit(
    filter: AuditFilter & { before: number | null; limit: number },
  ): Promise<{ entries: AuditEntry[]; more: boolean }>;
  auditChoices: Store['read']['auditChoices'];
}

export function createAdministration(options: {
  store: Store;
  clock: Clock;
  limiter: AttemptLimiter;
  passwords: Passwords;
  changes: SessionChanges;
}): Administration {
  const { store, clock, limiter, passwords, changes } = options;
  const by = (byDispatcherId: string) => ({ byDispatcherId, nowMs: clock.nowMs() });

  return {
    list: () => store.read.accounts({ nowMs: clock.nowMs() }),

    async create({ password, ...account }, byId) {
      const passwordHash = await passwords.hash(password, account.dispatcherId);
      return store.write.createAccount({ ...account, passwordHash, ...by(byId) });
    },

    async update(input, byId) {
      const account = await store.write.updateAccount({ ...input, ...by(byId) });
      changes.announce();
      return account;
    },

    async resetPassword(dispatcherId, password, byId) {
      const passwordHash = await passwords.hash(password, dispatcherId);
      const account = await store.write.resetPassword({ dispatcherId, passwordHash, ...by(byId) });
      await limiter.clear(dispatcherId);
      changes.announce();
      return account;
    },

    async resetSecondFactor(dispatcherId, byId) {
      const account = await store.write.resetSecondFactor({ dispatcherId, ...by(byId) });
      changes.announce();
      return account;
    },

    async sessions(dispatcherId) {
      const sessions = await store.read.openSessions({ dispatcherId, nowMs: clock.nowMs() });
      return sessions.map(({ sessionId, startedAtMs, endsAtMs }) => ({
        sessionId,
        startedAtMs,
        endsAtMs,
        current: false,
      }));
    },

    async revokeSessions(dispatcherId, sessionId, byId) {
      await store.write.revokeSessions({ dispatcherId, sessionId, exceptTokenHash: null, ...by(byId) });
      changes.announce();
    },

    async audit({ limit, ...filter }) {
      const entries = await store.read.auditEntries({ ...filter, limit: limit + 1 });
      return { entries: entries.slice(0, limit), more: entries.length > limit };
    },

    auditChoices: store.read.auditChoices,
  };
}
