import { common } from 'node-mavlink';

/** MAV_SEVERITY, as STATUSTEXT carries it. */
export const SEVERITY = common.MavSeverity;
export type Severity = common.MavSeverity;
