import { sql } from 'kysely';
import { z } from 'zod';
import { goldenOutcome, modelType, modelVerification } from '../../preload/contract/models.ts';
import { build, type ReadImplementation, type WriteImplementation } from '../transactions.ts';
import type { ModelReads, ModelWrites } from './query-map-models.ts';

/** What the column `verification` holds. */
const stored = z.object({
  latest: modelVerification,
  recorded: z.object({ outcomes: z.array(goldenOutcome), latencyMs: z.number() }).nullable(),
});

const BYTES_A_MEGABYTE = 1024 * 1024;

export const modelReads: ReadImplementation<ModelReads> = {
  async modelRecords(reader) {
    const rows = await reader.all(
      build
        .selectFrom('ai_model_versions')
        .select(['model_version_id', 'model_type', 'version', 'model_sha256', 'verification'])
        .where('model_type', 'in', [...modelType.options])
        .orderBy(sql`verified_at DESC NULLS LAST, created_at DESC`),
    );
    return rows.map((row) => {
      const held = row.verification === null ? null : stored.parse(row.verification);
      return {
        modelVersionId: row.model_version_id,
        modelType: modelType.parse(row.model_type),
        version: row.version,
        sha256: row.model_sha256,
        verification: held?.latest ?? null,
        recorded: held?.recorded ?? null,
      };
    });
  },

  async deployedModels(reader) {
    return reader.all(sql<{
      droneId: string;
      modelVersionId: string;
      version: string;
      sha256: string | null;
    }>`
      SELECT DISTINCT ON (drone_id, model_type) drone_id AS "droneId", model_version_id AS "modelVersionId", version,
        model_sha256 AS sha256
      FROM model_deployments JOIN ai_model_versions USING (model_version_id)
      ORDER BY drone_id, model_type, model_deployments.deployed_at DESC`);
  },
};

export const modelWrites: WriteImplementation<ModelWrites> = {
  async recordModelVerification(writer, { verification, recorded }) {
    const { modelVersionId, modelType: type, version, sha256, sizeBytes, latencyMs, fault } = verification;
    const verified = fault === null;
    await writer.run(sql`
      INSERT INTO ai_model_versions (model_version_id, model_type, version, model_size_mb, latency_ms, model_sha256,
        verified_at, verification)
      VALUES (${modelVersionId}, ${type}, ${version}, ${verified ? Math.ceil(sizeBytes / BYTES_A_MEGABYTE) : null},
        ${verified && latencyMs !== null ? Math.round(latencyMs) : null}, ${verified ? sha256 : null},
        ${new Date(verification.verifiedAtMs).toISOString()}, ${JSON.stringify({ latest: verification, recorded })}::jsonb)
      ON CONFLICT (model_version_id) DO UPDATE SET
        model_size_mb = coalesce(excluded.model_size_mb, ai_model_versions.model_size_mb),
        latency_ms = coalesce(excluded.latency_ms, ai_model_versions.latency_ms),
        model_sha256 = coalesce(excluded.model_sha256, ai_model_versions.model_sha256),
        verified_at = excluded.verified_at,
        verification = excluded.verification`);
  },

  async recordModelDeployment(writer, { deploymentId, droneId, modelVersionId, atMs, dispatcherId }) {
    const at = new Date(atMs).toISOString();
    await writer.run(sql`
      INSERT INTO model_deployments (deployment_id, drone_id, model_version_id, deployed_at, deployed_by)
      VALUES (${deploymentId}, ${droneId}, ${modelVersionId}, ${at}, ${dispatcherId})`);
    await writer.run(sql`
      UPDATE ai_model_versions SET deployed_at = ${at}, active = TRUE,
        deployed_to_drones = (SELECT count(DISTINCT drone_id) FROM model_deployments
          WHERE model_deployments.model_version_id = ${modelVersionId})
      WHERE model_version_id = ${modelVersionId}`);
  },
};
