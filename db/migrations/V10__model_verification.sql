-- Which model file a version is, what came out when it was verified, and which drone was given it.

ALTER TABLE ai_model_versions ADD COLUMN model_sha256 VARCHAR(64)
    CONSTRAINT ai_model_versions_sha256_format CHECK (model_sha256 ~ '^[0-9a-f]{64}$');
ALTER TABLE ai_model_versions ADD COLUMN verified_at TIMESTAMPTZ;
-- The last verification, and what was recorded by the first that succeeded.
ALTER TABLE ai_model_versions ADD COLUMN verification JSONB;

CREATE TABLE model_deployments (
    deployment_id UUID PRIMARY KEY,
    drone_id VARCHAR(50) NOT NULL CONSTRAINT model_deployments_drone_exists REFERENCES drones (drone_id),
    model_version_id UUID NOT NULL
        CONSTRAINT model_deployments_model_exists REFERENCES ai_model_versions (model_version_id),
    deployed_at TIMESTAMPTZ NOT NULL,
    deployed_by VARCHAR(100) NOT NULL
        CONSTRAINT model_deployments_dispatcher_exists REFERENCES dispatchers (dispatcher_id)
);
CREATE INDEX idx_model_deployments_drone ON model_deployments (drone_id, deployed_at DESC);
CREATE INDEX idx_model_deployments_model ON model_deployments (model_version_id);
