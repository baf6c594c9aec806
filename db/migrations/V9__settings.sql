-- What the people of this station have set for it, each group under a name of its own: a backup carries it along. It
-- belongs to the one machine, and is never sent anywhere.

CREATE TABLE settings (
    name VARCHAR(100) PRIMARY KEY,
    value JSONB NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT settings_value_object CHECK (jsonb_typeof(value) = 'object')
);
