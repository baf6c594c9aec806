-- How the AED door of a model of drone is moved, beside what is checked by hand on it: each version of a checklist says
-- it, so that a health check tests the door in the way that was in force when it began.
ALTER TABLE checklists
    -- {"kind": "GRIPPER", "gripper"} | {"kind": "SERVO", "output", "openUs", "closedUs"} | {"kind": "NONE"}
    ADD COLUMN door JSONB NOT NULL DEFAULT '{"kind": "GRIPPER", "gripper": 1}'
        CONSTRAINT checklists_door_form CHECK (door ->> 'kind' IN ('GRIPPER', 'SERVO', 'NONE'));
