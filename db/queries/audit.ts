import { sql } from 'kysely';
import type { AuditEntry } from '../../preload/contract/people.ts';
import { build, type ReadImplementation, type WriteImplementation, type Writer } from '../transactions.ts';
import type { AuditRecord, PeopleReads, PeopleWrites } from './query-map-people.ts';

/** More people than any station has. */
const MOST_PEOPLE = 5_000;

const displayName = sql<string>`trim(first_name || ' ' || last_name)`;

export const auditReads: ReadImplementation<Pick<PeopleReads, 'auditEntries' | 'auditChoices'>> = {
  async auditEntries(reader, { dispatcherId, action, fromMs, untilMs, before, limit }) {
    let entries = build
      .selectFrom('audit_log')
      .leftJoin('dispatchers', 'dispatchers.dispatcher_id', 'audit_log.dispatcher_id')
      .select([
        'recorded_order as order',
        'at as atMs',
        'audit_log.dispatcher_id as dispatcherId',
        displayName.as('displayName'),
        'action',
        'subject',
        sql<AuditEntry['detail']>`detail`.as('detail'),
      ]);
    if (dispatcherId !== null) entries = entries.where('audit_log.dispatcher_id', '=', dispatcherId);
    if (action !== null) entries = entries.where('action', '=', action);
    if (fromMs !== null) entries = entries.where('at', '>=', fromMs);
    if (untilMs !== null) entries = entries.where('at', '<', untilMs);
    if (before !== null) entries = entries.where('recorded_order', '<', before);
    return reader.all(entries.orderBy('recorded_order', 'desc').limit(limit));
  },

  async auditChoices(reader) {
    const people = build
      .selectFrom('dispatchers')
      .select(['dispatcher_id as dispatcherId', displayName.as('displayName')])
      .orderBy('last_name')
      .limit(MOST_PEOPLE);
    // One step through the index an action, however long the log has grown.
    const actions = sql<{ action: string }>`
      WITH RECURSIVE known AS (
        (SELECT action FROM audit_log ORDER BY action LIMIT 1)
        UNION ALL
        SELECT (SELECT action FROM audit_log WHERE action > known.action ORDER BY action LIMIT 1)
        FROM known WHERE known.action IS NOT NULL)
      SELECT action FROM known WHERE action IS NOT NULL`;
    return {
      people: await reader.all(people),
      actions: (await reader.all(actions)).map(({ action }) => action),
    };
  },
};

export const auditWrites: WriteImplementation<Pick<PeopleWrites, 'appendAudit'>> = { appendAudit };

export async function appendAudit(writer: Writer, input: AuditRecord): Promise<void> {
  await appendAudits(writer, [input]);
}

export async function appendAudits(writer: Writer, inputs: readonly AuditRecord[]): Promise<void> {
  const column = <Value>(value: (input: AuditRecord) => Value): Value[] => inputs.map(value);
  await writer.run(sql`
    INSERT INTO audit_log (at, dispatcher_id, action, subject, detail)
    SELECT to_timestamp(at_ms / 1000), dispatcher_id, action, subject, detail FROM unnest(
      ${column(({ atMs }) => atMs)}::float8[], ${column(({ dispatcherId }) => dispatcherId)}::text[],
      ${column(({ action }) => action)}::text[], ${column(({ subject }) => subject)}::text[],
      ${column(({ detail }) => detail)}::jsonb[]
    ) AS added (at_ms, dispatcher_id, action, subject, detail)`);
}

/** What was done to a person's account, in the same transaction as the change. */
export function noted(
  writer: Writer,
  { byDispatcherId, dispatcherId, nowMs }: { byDispatcherId: string; dispatcherId: string; nowMs: number },
  action: string,
  detail: AuditRecord['detail'],
): Promise<void> {
  return appendAudit(writer, {
    atMs: nowMs,
    dispatcherId: byDispatcherId,
    action,
    subject: dispatcherId,
    detail,
  });
}
