import type { Person } from '../../../preload/contract/session.ts';
import type { VehicleToolsStatus } from '../../../preload/contract/vehicle-tools.ts';

/** What each tab of the vehicle tools is given. */
export interface ToolTabProps {
  readonly systemId: number;
  /** Its key in the feeds. */
  readonly vehicle: string;
  /** From a recording: nothing can be sent to it. */
  readonly isReplay: boolean;
  readonly person: Person;
  /** Null: not heard from the station yet. */
  readonly status: VehicleToolsStatus | null;
}
