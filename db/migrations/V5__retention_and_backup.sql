-- What was removed because its time was over, so that nobody wonders where it went.

CREATE TABLE retention_runs (
    at TIMESTAMPTZ NOT NULL,
    table_name VARCHAR(50) NOT NULL,
    -- Everything before this instant was to be removed.
    removed_before TIMESTAMPTZ NOT NULL,
    removed INTEGER NOT NULL,
    -- Of these, what had not been sent to the central server: the limit of the law came first.
    removed_unsent INTEGER NOT NULL DEFAULT 0,
    -- Rows from this instant on are old enough but were kept: they still wait to be sent.
    waiting_since TIMESTAMPTZ,
    PRIMARY KEY (at, table_name),
    CONSTRAINT retention_runs_table_name_known CHECK (table_name IN ('voice_transcripts', 'telemetry')),
    CONSTRAINT retention_runs_removed_range CHECK (removed >= 0),
    CONSTRAINT retention_runs_removed_unsent_range CHECK (removed_unsent BETWEEN 0 AND removed)
);
