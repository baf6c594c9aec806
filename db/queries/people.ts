import { sql } from 'kysely';
import { Refusal } from '../../preload/contract/errors.ts';
import { role } from '../../preload/contract/session.ts';
import { build, type ReadImplementation, type WriteImplementation } from '../transactions.ts';
import type { ReadQueries, WriteQueries } from './query-map.ts';

export const peopleReads: ReadImplementation<
  Pick<ReadQueries, 'credentials' | 'personBySession' | 'hasPeople'>
> = {
  async credentials(reader, { dispatcherId }) {
    return reader.first(
      build
        .selectFrom('dispatchers')
        .select(['dispatcher_id as dispatcherId', 'password_hash as passwordHash', 'active'])
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
    const permissions: unknown[] = Array.isArray(row.permissions) ? row.permissions : [];
    return {
      dispatcherId: row.dispatcher_id,
      displayName: `${row.first_name} ${row.last_name}`.trim(),
      role: role.parse(row.role),
      permissions: permissions.filter((permission) => typeof permission === 'string'),
    };
  },

  async hasPeople(reader) {
    return (await reader.first(build.selectFrom('dispatchers').select('dispatcher_id').limit(1))) !== null;
  },
};

export const peopleWrites: WriteImplementation<
  Pick<
    WriteQueries,
    'createFirstAdministrator' | 'createSession' | 'revokeSession' | 'recordSignIn' | 'appendAudit'
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
        // Nobody was asked for an address, and the column is unique.
        email: `${input.dispatcherId}@unknown.invalid`,
        password_hash: input.passwordHash,
        role: 'ADMIN',
        created_at: input.nowMs,
      }),
    );
  },

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

  async recordSignIn(writer, { dispatcherId, nowMs }) {
    await writer.run(
      build
        .updateTable('dispatchers')
        .set({ last_login_at: nowMs })
        .where('dispatcher_id', '=', dispatcherId),
    );
  },

  async appendAudit(writer, input) {
    await writer.run(
      build.insertInto('audit_log').values({
        at: input.atMs,
        dispatcher_id: input.dispatcherId,
        action: input.action,
        subject: input.subject,
        detail: input.detail,
      }),
    );
  },
};
