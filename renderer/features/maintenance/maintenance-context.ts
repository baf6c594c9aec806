import { createContext, useContext } from 'react';
import type { ChecklistItem, DoorDrive } from '../../../preload/contract/health.ts';
import { createStore, type Readable } from '../../state/store.ts';

export type MaintenancePart = 'drones' | 'checklists' | 'models';

/** A checklist while it is edited, from the version that it was opened at. */
export interface ChecklistDraft {
  readonly model: string;
  readonly version: number;
  readonly items: readonly DraftItem[];
  readonly door: DoorDrive;
}

/** `key` keeps an item's place on the page; an item without `itemId` is new. */
export type DraftItem = Omit<ChecklistItem, 'itemId'> & {
  readonly key: string;
  readonly itemId: string | null;
};

export interface MaintenanceState {
  readonly part: MaintenancePart;
  /** The check whose report is shown. */
  readonly reportOf: string | null;
  readonly draft: ChecklistDraft | null;
}

/** What is worked on under Maintenance: it survives a look at another workspace (U5). */
export interface Maintenance {
  readonly state: Readable<MaintenanceState>;
  show(part: MaintenancePart): void;
  openReport(healthCheckId: string | null): void;
  edit(draft: ChecklistDraft | null): void;
}

export function createMaintenance(): Maintenance {
  const store = createStore<MaintenanceState>({ part: 'drones', reportOf: null, draft: null });
  const change = (part: Partial<MaintenanceState>): void => store.set({ ...store.get(), ...part });
  return {
    state: store,
    show: (part) => change({ part, reportOf: null }),
    openReport: (reportOf) => change({ reportOf }),
    edit: (draft) => change({ draft }),
  };
}

export const MaintenanceContext = createContext<Maintenance | null>(null);

export function useMaintenance(): Maintenance {
  const maintenance = useContext(MaintenanceContext);
  if (maintenance === null) throw new Error('MaintenanceContext is missing around this component.');
  return maintenance;
}
