import { sql } from 'kysely';
import { Refusal } from '../../preload/contract/errors.ts';
import { role } from '../../preload/contract/permissions.ts';
import { build, type ReadImplementation, type WriteImplementation, type Writer } from '../transactions.ts';
import { noted } from './audit.ts';
import type { AttemptRule, PeopleReads, PeopleWrites } from './query-map-people.ts';

export const signInReads: ReadImplementation<
  Pick<PeopleReads, 'credentials' | 'personBySession' | 'openSessions' | 'recoveryCodesLeft'>
> = {
  async credentials(reader, { dispatcherId }) {
    return reader.first(
      build
        .selectFrom('dispatchers')
        .select([
          'dispatcher_id as dispatcherId',
          'password_hash as passwordHash',
          'active',
          'must_change_password as mustChangePassword',
          'mfa_secret as sealedSecret',
        ])
        .where('dispatcher_id', '=', dispatcherId),
    );
  },

  async personBySession(reader, { tokenHash, nowMs }) {
    const row = await reader.first(
      build
        .selectFrom('sessions')
        .innerJoin('dispatchers', 'dispatchers.dispatcher_id', 'sessions.dispatcher_id')
        .select(['dispatchers.dispatcher_id', 'first_name', 'last_name', 'role', 'permissions'])
        .where('token_hash', '=', tokenHash)
        .where('revoked_at', 'is', null)
        .where('expires_at', '>', nowMs)
        .where('active', '=', true),
    );
    if (row === null) return null;
    const permissions: unknown = row.permissions;
    return {
      dispatcherId: row.dispatcher_id,
      displayName: `${row.first_name} ${row.last_name}`.trim(),
      role: role.parse(row.role),
      permissions: Array.isArray(permissions)
        ? permissions.filter((permission) => typeof permission === 'string')
        : null,
    };
  },

  async openSessions(reader, { dispatcherId, nowMs }) {
    return reader.all(
      build
        .selectFrom('sessions')
        .select([
          'session_id as sessionId',
          'token_hash as tokenHash',
          'created_at as startedAtMs',
          'expires_at as endsAtMs',
        ])
        .where('dispatcher_id', '=', dispatcherId)
        .where('revoked_at', 'is', null)
        .where('expires_at', '>', nowMs)
        .orderBy('created_at', 'desc')
        .limit(200),
    );
  },

  async recoveryCodesLeft(reader, { dispatcherId }) {
    const row = await reader.first(
      build
        .selectFrom('recovery_codes')
        .select((codes) => codes.fn.countAll<number>().as('left'))
        .where('dispatcher_id', '=', dispatcherId)
        .where('used_at', 'is', null),
    );
    return row?.left ?? 0;
  },
};

export const signInWrites: WriteImplementation<
  Omit<
    PeopleWrites,
    | 'createFirstAdministrator'
    | 'createAccount'
    | 'updateAccount'
    | 'resetPassword'
    | 'resetSecondFactor'
    | 'appendAudit'
  >
> = {
  async createSession(writer, input) {
    await writer.run(
      build.insertInto('sessions').values({
        token_hash: input.tokenHash,
        dispatcher_id: input.dispatcherId,
        created_at: input.nowMs,
        expires_at: input.expiresAtMs,
      }),
    );
  },

  async revokeSession(writer, { tokenHash, nowMs }) {
    await writer.run(
      build
        .updateTable('sessions')
        .set({ revoked_at: sql<number>`coalesce(revoked_at, ${nowMs})` })
        .where('token_hash', '=', tokenHash),
    );
  },

  async revokeSessions(writer, input) {
    const ended = await endSessions(writer, input);
    if (input.sessionId !== null && ended === 0)
      throw new Refusal('NOT_FOUND', 'This session has already ended.');
    await noted(writer, input, 'SESSIONS_ENDED', { sessions: ended });
  },

  async recordSignIn(writer, { dispatcherId, nowMs }) {
    await writer.run(
      build
        .updateTable('dispatchers')
        .set({ last_login_at: nowMs })
        .where('dispatcher_id', '=', dispatcherId),
    );
  },

  async beginSignInAttempt(writer, { nameKey, nowMs, rule }) {
    const known = await writer.first(
      build
        .selectFrom('sign_in_limits')
        .select(['failures', 'wait_until', 'last_attempt_at'])
        .where('name_key', '=', nameKey),
    );
    // A clock that was set back must not lock anybody out for longer than the rule does.
    const waitMs = Math.min((known?.wait_until ?? 0) - nowMs, rule.longestWaitMs);
    if (known !== null && waitMs > 0) return { waitMs, failures: known.failures };
    const forgotten = known === null || nowMs - known.last_attempt_at > rule.forgottenAfterMs;
    const failures = forgotten ? 1 : known.failures + 1;
    const attempt = { failures, wait_until: nowMs + waitAfter(failures, rule), last_attempt_at: nowMs };
    await writer.run(
      build
        .insertInto('sign_in_limits')
        .values({ name_key: nameKey, ...attempt })
        .onConflict((conflict) => conflict.column('name_key').doUpdateSet(attempt)),
    );
    if (known === null) await forgetAttempts(writer, nowMs, rule);
    return { waitMs: 0, failures };
  },

  async forgiveSignInAttempt(writer, { nameKey, nowMs }) {
    await writer.run(
      build
        .updateTable('sign_in_limits')
        .set({ failures: sql<number>`greatest(failures - 1, 0)`, wait_until: nowMs })
        .where('name_key', '=', nameKey),
    );
  },

  async clearSignInAttempts(writer, { nameKey }) {
    await writer.run(build.deleteFrom('sign_in_limits').where('name_key', '=', nameKey));
  },

  async spendTimeStep(writer, { dispatcherId, step }) {
    const used = await writer.run(
      build
        .updateTable('dispatchers')
        .set({ mfa_last_step: step })
        .where('dispatcher_id', '=', dispatcherId)
        .where((columns) => columns(sql`coalesce(mfa_last_step, -1)`, '<', step)),
    );
    return used === 1;
  },

  async spendRecoveryCode(writer, { dispatcherId, codeHash, nowMs }) {
    const used = await writer.run(
      build
        .updateTable('recovery_codes')
        .set({ used_at: nowMs })
        .where('code_hash', '=', codeHash)
        .where('dispatcher_id', '=', dispatcherId)
        .where('used_at', 'is', null),
    );
    return used === 1;
  },

  async changePassword(writer, input) {
    await setPassword(writer, input, false);
    await endSessions(writer, { ...input, sessionId: null });
    await noted(writer, input, 'PASSWORD_CHANGED', {});
  },

  async enableSecondFactor(writer, input) {
    await writer.run(
      build
        .updateTable('dispatchers')
        .set({ mfa_enabled: true, mfa_secret: input.sealedSecret, mfa_last_step: input.step })
        .where('dispatcher_id', '=', input.dispatcherId),
    );
    await storeRecoveryCodes(writer, input);
    await noted(writer, input, 'SECOND_FACTOR_ENABLED', {});
  },

  async disableSecondFactor(writer, input) {
    await removeSecondFactor(writer, input);
    await noted(writer, input, 'SECOND_FACTOR_DISABLED', {});
  },

  async replaceRecoveryCodes(writer, input) {
    await storeRecoveryCodes(writer, input);
    await noted(writer, input, 'RECOVERY_CODES_RENEWED', {});
  },
};

/** Ends one session of a person, or all but one; returns how many. */
export function endSessions(
  writer: Writer,
  input: {
    dispatcherId: string;
    sessionId: string | null;
    exceptTokenHash: string | null;
    byDispatcherId: string;
    nowMs: number;
  },
): Promise<number> {
  let sessions = build
    .updateTable('sessions')
    .set({ revoked_at: input.nowMs, revoked_by: input.byDispatcherId })
    .where('dispatcher_id', '=', input.dispatcherId)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', input.nowMs);
  if (input.sessionId !== null) sessions = sessions.where('session_id', '=', input.sessionId);
  if (input.exceptTokenHash !== null) sessions = sessions.where('token_hash', '!=', input.exceptTokenHash);
  return writer.run(sessions);
}

export async function setPassword(
  writer: Writer,
  { dispatcherId, passwordHash }: { dispatcherId: string; passwordHash: string },
  mustChange: boolean,
): Promise<void> {
  await writer.run(
    build
      .updateTable('dispatchers')
      .set({ password_hash: passwordHash, must_change_password: mustChange })
      .where('dispatcher_id', '=', dispatcherId),
  );
}

export async function removeSecondFactor(
  writer: Writer,
  { dispatcherId, nowMs }: { dispatcherId: string; nowMs: number },
): Promise<void> {
  await writer.run(
    build
      .updateTable('dispatchers')
      .set({ mfa_enabled: false, mfa_secret: null, mfa_last_step: null })
      .where('dispatcher_id', '=', dispatcherId),
  );
  await storeRecoveryCodes(writer, { dispatcherId, codeHashes: [], nowMs });
}

function waitAfter(failures: number, rule: AttemptRule): number {
  if (failures < rule.freeAttempts) return 0;
  return Math.min(rule.longestWaitMs, rule.firstWaitMs * 2 ** (failures - rule.freeAttempts));
}

/** Old attempts go, and beyond the bound those that failed least: flooding with new names frees nobody. */
async function forgetAttempts(writer: Writer, nowMs: number, rule: AttemptRule): Promise<void> {
  await writer.run(
    build.deleteFrom('sign_in_limits').where('last_attempt_at', '<', nowMs - rule.forgottenAfterMs),
  );
  await writer.run(sql`DELETE FROM sign_in_limits WHERE name_key IN (
    SELECT name_key FROM sign_in_limits ORDER BY failures DESC, last_attempt_at DESC OFFSET ${rule.rememberedNames})`);
}

async function storeRecoveryCodes(
  writer: Writer,
  { dispatcherId, codeHashes, nowMs }: { dispatcherId: string; codeHashes: string[]; nowMs: number },
): Promise<void> {
  await writer.run(build.deleteFrom('recovery_codes').where('dispatcher_id', '=', dispatcherId));
  if (codeHashes.length === 0) return;
  await writer.run(
    build.insertInto('recovery_codes').values(
      codeHashes.map((codeHash) => ({
        code_hash: codeHash,
        dispatcher_id: dispatcherId,
        created_at: nowMs,
      })),
    ),
  );
}
