import type {
  BaselineSummary,
  Checklist,
  MaintenanceDue,
  SignedHealthCheck,
} from '../../../preload/contract/health.ts';
import type { Clock } from '../ports/clock.ts';
import type { Store } from '../store/store.ts';

export interface HealthRecords {
  due(): Promise<MaintenanceDue[]>;
  history(asked: { droneId: string; limit: number }): Promise<SignedHealthCheck[]>;
  photos(
    healthCheckId: string,
  ): Promise<{ photoId: string; itemId: string; mediaType: string; takenAtMs: number; base64: string }[]>;
  checklists(): Promise<Checklist[]>;
  baselines(): Promise<BaselineSummary[]>;
}

/** What was signed and approved, for whoever signed in. */
export function createHealthRecords({
  store: { read },
  clock,
}: {
  store: Store;
  clock: Clock;
}): HealthRecords {
  return {
    due: () => read.maintenanceDue({ nowMs: clock.nowMs() }),
    history: (asked) => read.healthChecks(asked),
    photos: (healthCheckId) => read.healthCheckPhotos({ healthCheckId }),
    checklists: () => read.checklists({}),
    baselines: () => read.baselines({}),
  };
}
