import { type ExpressionBuilder, sql } from 'kysely';
import { Refusal } from '../../preload/contract/errors.ts';
import type { Account } from '../../preload/contract/people.ts';
import { permission, role } from '../../preload/contract/permissions.ts';
import type { Schema } from '../schema.ts';
import { build, type ReadImplementation, type WriteImplementation, type Writer } from '../transactions.ts';
import { noted } from './audit.ts';
import type { AuditRecord, PeopleReads, PeopleWrites } from './query-map-people.ts';
import { endSessions, removeSecondFactor, setPassword } from './sign-ins.ts';

/** More accounts than any station has. */
const MOST_ACCOUNTS = 5_000;

export const peopleReads: ReadImplementation<Pick<PeopleReads, 'hasPeople' | 'accounts'>> = {
  async hasPeople(reader) {
    return (await reader.first(build.selectFrom('dispatchers').select('dispatcher_id').limit(1))) !== null;
  },

  async accounts(reader, { nowMs }) {
    const rows = await reader.all(
      accountsAt(nowMs).orderBy('last_name').orderBy('first_name').limit(MOST_ACCOUNTS),
    );
    return rows.map(accountOf);
  },
};

export const peopleWrites: WriteImplementation<
  Pick<
    PeopleWrites,
    'createFirstAdministrator' | 'createAccount' | 'updateAccount' | 'resetPassword' | 'resetSecondFactor'
  >
> = {
  async createFirstAdministrator(writer, input) {
    if (await peopleReads.hasPeople(writer, {}))
      throw new Refusal(
        'FORBIDDEN',
        'This station already has accounts. An administrator adds further ones.',
      );
    const [firstName = '', ...lastNames] = input.displayName.trim().split(/\s+/);
    await writer.run(
      build.insertInto('dispatchers').values({
        dispatcher_id: input.dispatcherId,
        first_name: firstName,
        last_name: lastNames.join(' '),
        email: emailOrPlaceholder(null, input.dispatcherId),
        password_hash: input.passwordHash,
        role: 'ADMIN',
        created_at: input.nowMs,
      }),
    );
  },

  async createAccount(writer, input) {
    await writer.run(
      build.insertInto('dispatchers').values({
        dispatcher_id: input.dispatcherId,
        first_name: input.firstName,
        last_name: input.lastName,
        email: emailOrPlaceholder(input.email, input.dispatcherId),
        password_hash: input.passwordHash,
        role: input.role,
        permissions: jsonList(input.permissions),
        coverage_states: input.coverageStates,
        must_change_password: true,
        created_at: input.nowMs,
      }),
    );
    await noted(writer, input, 'PERSON_CREATED', {
      role: input.role,
      ...permissionDetail(input.permissions),
    });
    return theAccount(writer, input.dispatcherId, input.nowMs);
  },

  async updateAccount(writer, input) {
    const before = await theAccount(writer, input.dispatcherId, input.nowMs);
    await writer.run(
      build
        .updateTable('dispatchers')
        .set({
          first_name: input.firstName,
          last_name: input.lastName,
          email: emailOrPlaceholder(input.email, input.dispatcherId),
          role: input.role,
          permissions: jsonList(input.permissions),
          coverage_states: input.coverageStates,
          active: input.active,
        })
        .where('dispatcher_id', '=', input.dispatcherId),
    );
    if (before.active && !input.active)
      await endSessions(writer, { ...input, sessionId: null, exceptTokenHash: null });
    const action =
      before.active === input.active
        ? 'PERSON_CHANGED'
        : input.active
          ? 'PERSON_ACTIVATED'
          : 'PERSON_DEACTIVATED';
    await noted(writer, input, action, { role: input.role, ...permissionDetail(input.permissions) });
    return theAccount(writer, input.dispatcherId, input.nowMs);
  },

  async resetPassword(writer, input) {
    await setPassword(writer, input, true);
    await endSessions(writer, { ...input, sessionId: null, exceptTokenHash: null });
    await noted(writer, input, 'PASSWORD_RESET', {});
    return theAccount(writer, input.dispatcherId, input.nowMs);
  },

  async resetSecondFactor(writer, input) {
    await removeSecondFactor(writer, input);
    await endSessions(writer, { ...input, sessionId: null, exceptTokenHash: null });
    await noted(writer, input, 'SECOND_FACTOR_RESET', {});
    return theAccount(writer, input.dispatcherId, input.nowMs);
  },
};

function accountsAt(nowMs: number) {
  return build
    .selectFrom('dispatchers')
    .select((columns) => [
      'dispatcher_id',
      'first_name',
      'last_name',
      'email',
      'role',
      'permissions',
      'coverage_states',
      'active',
      'mfa_enabled',
      'must_change_password',
      'last_login_at',
      openSessionsAt(columns, nowMs).as('open_sessions'),
    ]);
}

function openSessionsAt(columns: ExpressionBuilder<Schema, 'dispatchers'>, nowMs: number) {
  return columns
    .selectFrom('sessions')
    .select((sessions) => sessions.fn.countAll<number>().as('count'))
    .whereRef('sessions.dispatcher_id', '=', 'dispatchers.dispatcher_id')
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', nowMs);
}

async function theAccount(writer: Writer, dispatcherId: string, nowMs: number): Promise<Account> {
  const row = await writer.first(accountsAt(nowMs).where('dispatcher_id', '=', dispatcherId));
  if (row === null) throw new Refusal('NOT_FOUND', `There is no account ${dispatcherId}.`);
  return accountOf(row);
}

type AccountRow = Awaited<ReturnType<ReturnType<typeof accountsAt>['executeTakeFirstOrThrow']>>;

function accountOf(row: AccountRow): Account {
  return {
    dispatcherId: row.dispatcher_id,
    firstName: row.first_name,
    lastName: row.last_name,
    email: row.email === emailOrPlaceholder(null, row.dispatcher_id) ? null : row.email,
    role: role.parse(row.role),
    permissions: permissionList(row.permissions),
    coverageStates: row.coverage_states ?? [],
    active: row.active,
    secondFactor: row.mfa_enabled,
    mustChangePassword: row.must_change_password,
    lastSignInAtMs: row.last_login_at,
    openSessions: row.open_sessions ?? 0,
  };
}

/** Words of another version are left out: they grant nothing here. */
function permissionList(stored: unknown): Account['permissions'] {
  if (!Array.isArray(stored)) return null;
  return permission.options.filter((known) => stored.includes(known));
}

function permissionDetail(permissions: Account['permissions']): AuditRecord['detail'] {
  return { permissions: permissions === null ? 'as the role' : permissions.join(' ') };
}

/** An array would become an array of SQL; null must not become the JSON null. */
function jsonList(list: readonly string[] | null) {
  return list === null ? null : sql<string>`${JSON.stringify(list)}::jsonb`;
}

/** The column is unique and never empty, and not everybody has an address. */
function emailOrPlaceholder(email: string | null, dispatcherId: string): string {
  return email ?? `${dispatcherId}@unknown.invalid`;
}
