import type { AlertLevel } from '../../../preload/contract/alerts.ts';

/**
 * Where a capability reports what needs a person's attention. An alert is known by its `cause`: raising the same
 * cause again updates it (repeats collapse), clearing the cause ends it.
 */
export interface Alerts {
  raise(alert: AlertRequest): void;
  clear(cause: string): void;
}

export interface AlertRequest {
  /** Stable key of the cause, for example `link-lost:Alpha-3`. */
  cause: string;
  level: AlertLevel;
  /** What it is about, as people call it: a drone's id, a zone's name, "Station". */
  subject: string;
  /** One sentence that says what is wrong and what to do. */
  sentence: string;
  droneId?: string;
  missionId?: string;
}
