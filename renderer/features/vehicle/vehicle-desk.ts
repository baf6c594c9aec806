import { createContext, useContext } from 'react';
import type { Position } from '../../../preload/contract/geo.ts';
import type { StationClient } from '../../client/connection.ts';
import { createStore, type Readable } from '../../state/store.ts';
import { createParameterChanges, type ParameterChanges, type ParameterDiff } from './parameter-changes.ts';
import type { RallyDraft } from './rally-draft.ts';

/** A place that a drone should fly to, while it is being chosen. */
export interface GuidedPlace {
  readonly systemId: number;
  /** Null: not chosen yet. */
  readonly position: Position | null;
}

/** What is done with single vehicles: it survives a look at another workspace (U5). */
export interface VehicleDesk {
  /** Whether the tools of the selected drone are shown. */
  readonly open: Readable<boolean>;
  readonly place: Readable<GuidedPlace | null>;
  /** Key of the aircraft whose card is open. */
  readonly aircraft: Readable<string | null>;
  /** System id of the vehicle whose fence and rally points the map shows. */
  readonly planShown: Readable<number | null>;
  /** Rally points while they are edited, of one vehicle at a time. */
  readonly rally: Readable<RallyDraft | null>;
  readonly changes: ParameterChanges;
  readonly files: Readable<ReadonlyMap<number, ComparedFile>>;
  setOpen(open: boolean): void;
  /** True once after they were closed: the focus goes back to where it came from. */
  takeReturn(): boolean;
  choosePlace(place: GuidedPlace | null): void;
  chooseAircraft(key: string | null): void;
  showPlan(systemId: number | null): void;
  editRally(draft: RallyDraft | null): void;
  keepFile(systemId: number, file: ComparedFile | null): void;
}

/** A parameter file beside what the vehicle holds. */
export interface ComparedFile {
  readonly name: string;
  readonly diff: ParameterDiff;
}

export function createVehicleDesk(client: StationClient): VehicleDesk {
  const open = createStore(false);
  const place = createStore<GuidedPlace | null>(null);
  const aircraft = createStore<string | null>(null);
  const planShown = createStore<number | null>(null);
  const rally = createStore<RallyDraft | null>(null);
  const files = createStore<ReadonlyMap<number, ComparedFile>>(new Map());
  let returning = false;
  return {
    open,
    place,
    aircraft,
    planShown,
    rally,
    files,
    changes: createParameterChanges((change) => client.vehicleTools.setParameter(change)),
    setOpen(next) {
      returning = !next;
      open.set(next);
    },
    takeReturn() {
      const wasReturning = returning;
      returning = false;
      return wasReturning;
    },
    choosePlace: place.set,
    chooseAircraft: aircraft.set,
    showPlan: planShown.set,
    editRally: rally.set,
    keepFile(systemId, file) {
      const kept = new Map(files.get());
      if (file === null) kept.delete(systemId);
      else kept.set(systemId, file);
      files.set(kept);
    },
  };
}

export const VehicleDeskContext = createContext<VehicleDesk | null>(null);

export function useVehicleDesk(): VehicleDesk {
  const desk = useContext(VehicleDeskContext);
  if (desk === null) throw new Error('VehicleDeskContext is missing around this component.');
  return desk;
}
