import type {
  BaselineSummary,
  Checklist,
  ChecklistItem,
  DoorDrive,
  MaintenanceDue,
  SignedHealthCheck,
} from '../../preload/contract/health.ts';

/** The part of the query map about the drones' health: checklists, signed checks, what is approved for the fleet. */
export interface HealthReads {
  /** The newest version of each model's. */
  checklists(input: Record<string, never>): Checklist[];
  /** The one in force for a model: its own, or the one for all. */
  checklistFor(input: { model: string }): Checklist;
  /** Newest first. */
  healthChecks(input: { droneId: string; limit: number }): SignedHealthCheck[];
  healthCheckPhotos(input: { healthCheckId: string }): {
    photoId: string;
    itemId: string;
    mediaType: string;
    takenAtMs: number;
    base64: string;
  }[];
  /** Every registered drone, the most urgent first. */
  maintenanceDue(input: { nowMs: number }): MaintenanceDue[];
  baselines(input: Record<string, never>): BaselineSummary[];
  /** What is in force for a model; null: nothing was approved. */
  baselineOf(input: { model: string }): { firmware: string; parameters: Record<string, number> } | null;
  /** Whether a model that a drone reports is in the list, by its version and the first 16 hexadecimal digits. */
  reportedModel(input: {
    version: string;
    hashStart: string | null;
  }): 'ACTIVE' | 'NOT_ACTIVE' | 'OTHER_HASH' | 'NOT_LISTED';
}

export interface HealthWrites {
  /** The next version. Refuses with CONFLICT unless `version` is the newest. */
  saveChecklist(input: {
    model: string;
    version: number;
    items: ChecklistItem[];
    door: DoorDrive;
    byDispatcherId: string;
    nowMs: number;
  }): Checklist;
  /**
   * One durable transaction: the check with its photos, the drone's status and maintenance dates, the audit. Refuses
   * with DRONE_BUSY while the drone has an unfinished mission, and READY with INVALID_INPUT while its maintenance is
   * overdue and no later date is given.
   */
  recordHealthCheck(
    input: Omit<SignedHealthCheck, 'flightHours'> & {
      photos: { photoId: string; itemId: string; mediaType: string; takenAtMs: number; base64: string }[];
      nextDue: string | null;
    },
  ): SignedHealthCheck;
  approveBaseline(input: {
    model: string;
    droneId: string;
    firmware: string;
    parameters: Record<string, number>;
    byDispatcherId: string;
    nowMs: number;
  }): BaselineSummary;
}
