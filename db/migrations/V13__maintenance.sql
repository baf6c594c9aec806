-- What technicians check by hand, what a health check found and who signed it, and what the fleet's drones should be
-- set to.

-- A checklist is never changed: a change is the next version. The newest one of a model is in force; that of the model
-- '' is for every model that has none of its own.
CREATE TABLE checklists (
    model VARCHAR(100) NOT NULL,
    version INTEGER NOT NULL CONSTRAINT checklists_version_range CHECK (version >= 1),
    -- [{"itemId", "title", "instruction", "evidence": "NONE" | "NOTE" | "PHOTO", "required"}]
    items JSONB NOT NULL CONSTRAINT checklists_items_form CHECK (jsonb_typeof(items) = 'array'),
    created_at TIMESTAMPTZ NOT NULL,
    created_by VARCHAR(100),
    PRIMARY KEY (model, version)
);
INSERT INTO checklists (model, version, items, created_at) VALUES ('', 1, '[
    {"itemId": "props", "title": "Propellers", "evidence": "NONE", "required": true,
     "instruction": "Each blade without nicks or cracks, tight, and on the right motor."},
    {"itemId": "frame", "title": "Frame and arms", "evidence": "NONE", "required": true,
     "instruction": "No cracks, no play when an arm is moved, landing gear straight."},
    {"itemId": "battery", "title": "Battery seated", "evidence": "NONE", "required": true,
     "instruction": "Not swollen, latched, connector clean and pushed home."},
    {"itemId": "pads", "title": "AED and pads", "evidence": "NOTE", "required": true,
     "instruction": "Status indicator ready, pads sealed. Write down the expiry date on the pads."},
    {"itemId": "cameras", "title": "Cameras and lamps", "evidence": "NONE", "required": true,
     "instruction": "Lenses clean, lamps light."},
    {"itemId": "surroundings", "title": "Launch pad", "evidence": "NONE", "required": false,
     "instruction": "Roof opens, nothing loose within 5 m."}]', '2026-01-01T00:00:00Z');

CREATE TABLE health_checks (
    health_check_id UUID PRIMARY KEY,
    drone_id VARCHAR(50) NOT NULL CONSTRAINT health_checks_drone_exists REFERENCES drones (drone_id),
    checklist_model VARCHAR(100) NOT NULL,
    checklist_version INTEGER NOT NULL,
    started_at TIMESTAMPTZ NOT NULL,
    signed_at TIMESTAMPTZ NOT NULL,
    -- No foreign key: a check outlives the account of whoever signed it.
    signed_by VARCHAR(100) NOT NULL,
    -- As it was typed to sign.
    signed_name VARCHAR(200) NOT NULL CONSTRAINT health_checks_signed_name_given CHECK (btrim(signed_name) <> ''),
    decision VARCHAR(20) NOT NULL
        CONSTRAINT health_checks_decision_known CHECK (decision IN ('READY', 'MAINTENANCE', 'OFFLINE')),
    note TEXT,
    firmware VARCHAR(100),
    flight_hours DECIMAL(10, 2),
    -- As the contract's healthItem and manualResult.
    automatic JSONB NOT NULL CONSTRAINT health_checks_automatic_form CHECK (jsonb_typeof(automatic) = 'array'),
    manual JSONB NOT NULL CONSTRAINT health_checks_manual_form CHECK (jsonb_typeof(manual) = 'array'),
    -- Why it was released although needed items could not be tested.
    untested_reason TEXT,
    CONSTRAINT health_checks_checklist_exists
        FOREIGN KEY (checklist_model, checklist_version) REFERENCES checklists (model, version),
    CONSTRAINT health_checks_times_in_order CHECK (started_at <= signed_at)
);
CREATE INDEX idx_health_checks_drone ON health_checks (drone_id, signed_at DESC);

CREATE TABLE health_check_photos (
    photo_id UUID PRIMARY KEY,
    health_check_id UUID NOT NULL
        CONSTRAINT health_check_photos_check_exists REFERENCES health_checks (health_check_id),
    item_id VARCHAR(100) NOT NULL,
    media_type VARCHAR(50) NOT NULL
        CONSTRAINT health_check_photos_media_type_known CHECK (media_type IN ('image/jpeg', 'image/png', 'image/webp')),
    taken_at TIMESTAMPTZ NOT NULL,
    picture BYTEA NOT NULL CONSTRAINT health_check_photos_size CHECK (octet_length(picture) <= 2000000)
);
CREATE INDEX idx_health_check_photos_check ON health_check_photos (health_check_id);

-- What the fleet's technicians approved for a model of drone: the newest is in force.
CREATE TABLE fleet_baselines (
    model VARCHAR(100) NOT NULL,
    approved_at TIMESTAMPTZ NOT NULL,
    approved_by VARCHAR(100) NOT NULL,
    -- The drone that it was read from.
    drone_id VARCHAR(50) NOT NULL,
    firmware VARCHAR(100) NOT NULL,
    -- {"NAME": value}
    parameters JSONB NOT NULL CONSTRAINT fleet_baselines_parameters_form CHECK (jsonb_typeof(parameters) = 'object'),
    PRIMARY KEY (model, approved_at)
);
