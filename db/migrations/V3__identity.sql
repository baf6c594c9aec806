-- Second factor, recovery codes, sign-in limits that survive a restart, sessions that can be listed and revoked.

ALTER TABLE dispatchers ADD COLUMN must_change_password BOOLEAN NOT NULL DEFAULT FALSE;
-- RFC 6238 section 5.2: a code counts once. Time steps up to this one are spent.
ALTER TABLE dispatchers ADD COLUMN mfa_last_step BIGINT;
ALTER TABLE dispatchers ADD CONSTRAINT dispatchers_mfa_whole CHECK (mfa_enabled = (mfa_secret IS NOT NULL));
ALTER TABLE dispatchers ADD CONSTRAINT dispatchers_mfa_secret_is_encrypted CHECK (mfa_secret LIKE 'v1.%');
ALTER TABLE dispatchers ADD CONSTRAINT dispatchers_permissions_form
    CHECK (jsonb_typeof(permissions) IN ('array', 'null'));
COMMENT ON COLUMN dispatchers.mfa_secret IS 'AES-256-GCM under the station''s key, which is never in this database.';
COMMENT ON COLUMN dispatchers.permissions IS 'NULL: what the role grants. An array: exactly these; administrators may everything in any case.';

-- Signing in must not end for everybody: an active administrator always remains.
CREATE FUNCTION guard_last_administrator() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM dispatchers WHERE role = 'ADMIN' AND active) THEN
        RAISE EXCEPTION 'The last active administrator must stay.' USING ERRCODE = 'SR004';
    END IF;
    RETURN NULL;
END;
$$;
CREATE TRIGGER dispatchers_last_administrator_changed AFTER UPDATE ON dispatchers FOR EACH ROW
    WHEN (OLD.role = 'ADMIN' AND OLD.active AND NOT (NEW.role = 'ADMIN' AND NEW.active))
    EXECUTE FUNCTION guard_last_administrator();
CREATE TRIGGER dispatchers_last_administrator_deleted AFTER DELETE ON dispatchers FOR EACH ROW
    WHEN (OLD.role = 'ADMIN' AND OLD.active) EXECUTE FUNCTION guard_last_administrator();

CREATE TABLE recovery_codes (
    -- A hash only. The codes are 80 random bits: nobody finds one by trying.
    code_hash VARCHAR(64) PRIMARY KEY,
    dispatcher_id VARCHAR(100) NOT NULL
        CONSTRAINT recovery_codes_dispatcher_exists REFERENCES dispatchers (dispatcher_id),
    created_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ
);
CREATE INDEX idx_recovery_codes_dispatcher ON recovery_codes (dispatcher_id);

CREATE TABLE sign_in_limits (
    -- Keyed hash of the name that was typed: a password that was typed into the wrong field is not kept.
    name_key VARCHAR(64) PRIMARY KEY,
    failures INTEGER NOT NULL CONSTRAINT sign_in_limits_failures_range CHECK (failures >= 0),
    wait_until TIMESTAMPTZ NOT NULL,
    last_attempt_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX idx_sign_in_limits_last_attempt ON sign_in_limits (last_attempt_at);

ALTER TABLE sessions ADD COLUMN session_id UUID NOT NULL DEFAULT gen_random_uuid()
    CONSTRAINT sessions_session_id_unique UNIQUE;
ALTER TABLE sessions ADD COLUMN revoked_by VARCHAR(100);

CREATE UNIQUE INDEX audit_log_recorded_order_unique ON audit_log (recorded_order);
CREATE INDEX idx_audit_log_dispatcher ON audit_log (dispatcher_id, recorded_order DESC);
CREATE INDEX idx_audit_log_action ON audit_log (action, recorded_order DESC);
