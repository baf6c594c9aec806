import { sql } from 'kysely';
import { Refusal } from '../../preload/contract/errors.ts';
import type {
  BaselineSummary,
  Checklist,
  ChecklistItem,
  DoorDrive,
  HealthItem,
  MaintenanceDue,
  ManualResult,
  SignedHealthCheck,
} from '../../preload/contract/health.ts';
import { build, type Reader, type ReadImplementation, type WriteImplementation } from '../transactions.ts';
import { appendAudit } from './audit.ts';
import { fleetWrites } from './fleet.ts';
import type { HealthReads, HealthWrites } from './query-map-health.ts';

const checklistRows = () =>
  build
    .selectFrom('checklists')
    .select([
      'model',
      'version',
      sql<ChecklistItem[]>`items`.as('items'),
      sql<DoorDrive>`door`.as('door'),
      'created_at as createdAtMs',
      'created_by as createdBy',
    ]);

const healthCheckRows = () =>
  build
    .selectFrom('health_checks')
    .select([
      'health_check_id as healthCheckId',
      'drone_id as droneId',
      'started_at as startedAtMs',
      'signed_at as signedAtMs',
      'signed_by as signedBy',
      'signed_name as signedName',
      sql<SignedHealthCheck['decision']>`decision`.as('decision'),
      'note',
      'firmware',
      sql<number | null>`flight_hours::float8`.as('flightHours'),
      sql<
        SignedHealthCheck['checklist']
      >`jsonb_build_object('model', checklist_model, 'version', checklist_version)`.as('checklist'),
      sql<HealthItem[]>`automatic`.as('automatic'),
      sql<ManualResult[]>`manual`.as('manual'),
      'untested_reason as untestedReason',
    ]);

const baselineRows = () =>
  build
    .selectFrom('fleet_baselines')
    .distinctOn('model')
    .select([
      'model',
      'approved_at as approvedAtMs',
      'approved_by as approvedBy',
      'drone_id as droneId',
      'firmware',
      sql<number>`(SELECT count(*) FROM jsonb_object_keys(parameters))::int`.as('parameters'),
    ])
    .orderBy('model')
    .orderBy('approved_at', 'desc');

export const healthReads: ReadImplementation<HealthReads> = {
  async checklists(reader) {
    return reader.all(checklistRows().distinctOn('model').orderBy('model').orderBy('version', 'desc'));
  },

  async checklistFor(reader, { model }) {
    // The model's own comes before the one for all.
    const found = await reader.first<Checklist>(
      checklistRows()
        .where('model', 'in', [model, ''])
        .orderBy('model', 'desc')
        .orderBy('version', 'desc')
        .limit(1),
    );
    if (found === null) throw new Refusal('NOT_FOUND', 'There is no checklist. Write one under Maintenance.');
    return found;
  },

  async healthChecks(reader, { droneId, limit }) {
    return reader.all(
      healthCheckRows().where('drone_id', '=', droneId).orderBy('signed_at', 'desc').limit(limit),
    );
  },

  async healthCheckPhotos(reader, { healthCheckId }) {
    return reader.all(
      build
        .selectFrom('health_check_photos')
        .select([
          'photo_id as photoId',
          'item_id as itemId',
          'media_type as mediaType',
          'taken_at as takenAtMs',
          sql<string>`translate(encode(picture, 'base64'), E'\n', '')`.as('base64'),
        ])
        .where('health_check_id', '=', healthCheckId)
        .orderBy('taken_at'),
    );
  },

  async maintenanceDue(reader, { nowMs }) {
    // UTC days, as the due date is one.
    return reader.all(sql<MaintenanceDue>`
      SELECT drone_id AS "droneId", model, total_flight_hours::float8 AS "flightHours", signed_at AS "lastCheckAtMs",
        decision AS "lastDecision", next_maintenance_due::text AS "nextDue",
        next_maintenance_due - (to_timestamp(${nowMs}::float8 / 1000) AT TIME ZONE 'UTC')::date AS "daysLeft"
      FROM drones LEFT JOIN LATERAL (
        SELECT signed_at, decision FROM health_checks
        WHERE health_checks.drone_id = drones.drone_id ORDER BY signed_at DESC LIMIT 1
      ) AS newest ON TRUE
      ORDER BY next_maintenance_due NULLS LAST, drone_id`);
  },

  async baselines(reader) {
    return reader.all(baselineRows());
  },

  async baselineOf(reader, { model }) {
    return reader.first(
      build
        .selectFrom('fleet_baselines')
        .select(['firmware', sql<Record<string, number>>`parameters`.as('parameters')])
        .where('model', '=', model)
        .orderBy('approved_at', 'desc')
        .limit(1),
    );
  },

  async reportedModel(reader, { version, hashStart }) {
    const listed = await reader.all(
      build
        .selectFrom('ai_model_versions')
        .select(['active', 'model_sha256 as sha256'])
        .where('version', '=', version),
    );
    if (listed.length === 0) return 'NOT_LISTED';
    const same = listed.filter(
      ({ sha256 }) => sha256 === null || hashStart === null || sha256.startsWith(hashStart),
    );
    if (same.length === 0) return 'OTHER_HASH';
    return same.some(({ active }) => active) ? 'ACTIVE' : 'NOT_ACTIVE';
  },
};

export const healthWrites: WriteImplementation<HealthWrites> = {
  async saveChecklist(writer, { model, version, items, door, byDispatcherId, nowMs }) {
    const newest = await writer.first(
      sql<{
        version: number;
      }>`SELECT coalesce(max(version), 0) AS version FROM checklists WHERE model = ${model}`,
    );
    if ((newest?.version ?? 0) !== version)
      throw new Refusal('CONFLICT', 'Somebody else changed this checklist meanwhile. Open it again.');
    const next = { model, version: version + 1, createdAtMs: nowMs, createdBy: byDispatcherId };
    await writer.run(
      build.insertInto('checklists').values({
        model,
        version: next.version,
        items: sql`${JSON.stringify(items)}::jsonb`,
        door: sql`${JSON.stringify(door)}::jsonb`,
        created_at: nowMs,
        created_by: byDispatcherId,
      }),
    );
    await appendAudit(writer, {
      atMs: nowMs,
      dispatcherId: byDispatcherId,
      action: 'CHECKLIST_CHANGED',
      subject: model === '' ? 'all models' : model,
      detail: { version: next.version, items: items.length, door: door.kind },
    });
    return { ...next, items, door };
  },

  async recordHealthCheck(writer, check) {
    if (check.decision === 'READY') await requireNotOverdue(writer, check);
    await fleetWrites.setDroneStatus(writer, { droneId: check.droneId, status: check.decision });
    await writer.run(sql`
      INSERT INTO health_checks (health_check_id, drone_id, checklist_model, checklist_version, started_at, signed_at,
        signed_by, signed_name, decision, note, firmware, flight_hours, automatic, manual, untested_reason)
      SELECT ${check.healthCheckId}, drone_id, ${check.checklist.model}, ${check.checklist.version},
        to_timestamp(${check.startedAtMs}::float8 / 1000), to_timestamp(${check.signedAtMs}::float8 / 1000),
        ${check.signedBy}, ${check.signedName}, ${check.decision}, ${check.note}, ${check.firmware},
        total_flight_hours, ${JSON.stringify(check.automatic)}::jsonb, ${JSON.stringify(check.manual)}::jsonb,
        ${check.untestedReason}
      FROM drones WHERE drone_id = ${check.droneId}`);
    for (const photo of check.photos)
      await writer.run(sql`
        INSERT INTO health_check_photos (photo_id, health_check_id, item_id, media_type, taken_at, picture)
        VALUES (${photo.photoId}, ${check.healthCheckId}, ${photo.itemId}, ${photo.mediaType},
          to_timestamp(${photo.takenAtMs}::float8 / 1000), decode(${photo.base64}, 'base64'))`);
    await writer.run(sql`
      UPDATE drones SET last_maintenance_at = to_timestamp(${check.signedAtMs}::float8 / 1000),
        next_maintenance_due = coalesce(${check.nextDue}::date, next_maintenance_due)
      WHERE drone_id = ${check.droneId}`);
    await appendAudit(writer, {
      atMs: check.signedAtMs,
      dispatcherId: check.signedBy,
      action: 'HEALTH_CHECK_SIGNED',
      subject: check.droneId,
      detail: {
        decision: check.decision,
        signedName: check.signedName,
        failed: check.automatic.filter(({ result }) => result === 'FAIL').length,
        untestedReason: check.untestedReason,
      },
    });
    return storedCheck(writer, check.healthCheckId);
  },

  async approveBaseline(writer, { model, droneId, firmware, parameters, byDispatcherId, nowMs }) {
    await writer.run(
      build.insertInto('fleet_baselines').values({
        model,
        approved_at: nowMs,
        approved_by: byDispatcherId,
        drone_id: droneId,
        firmware,
        parameters,
      }),
    );
    const summary: BaselineSummary = {
      model,
      approvedAtMs: nowMs,
      approvedBy: byDispatcherId,
      droneId,
      firmware,
      parameters: Object.keys(parameters).length,
    };
    await appendAudit(writer, {
      atMs: nowMs,
      dispatcherId: byDispatcherId,
      action: 'BASELINE_APPROVED',
      subject: model,
      detail: { droneId, firmware, parameters: summary.parameters },
    });
    return summary;
  },
};

/** A drone in service has a date that is to come, or none. */
async function requireNotOverdue(
  reader: Reader,
  check: { droneId: string; signedAtMs: number; nextDue: string | null },
): Promise<void> {
  const passed = await reader.first(
    sql<{
      due: string;
    }>`SELECT next_maintenance_due::text AS due FROM drones WHERE drone_id = ${check.droneId}
      AND next_maintenance_due < (to_timestamp(${check.signedAtMs}::float8 / 1000) AT TIME ZONE 'UTC')::date`,
  );
  if (passed !== null && check.nextDue === null)
    throw new Refusal(
      'INVALID_INPUT',
      `The maintenance of ${check.droneId} was due on ${passed.due}. Give the date of the next one.`,
    );
}

async function storedCheck(reader: Reader, healthCheckId: string): Promise<SignedHealthCheck> {
  const stored = await reader.first<SignedHealthCheck>(
    healthCheckRows().where('health_check_id', '=', healthCheckId),
  );
  if (stored === null) throw new Refusal('NOT_FOUND', 'There is no such health check.');
  return stored;
}
