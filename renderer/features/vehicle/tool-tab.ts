import type { Person } from '../../../preload/contract/session.ts';
import type { VehicleToolsStatus } from '../../../preload/contract/vehicle-tools.ts';

/** What each tab of the vehicle tools is given. */
export interface ToolTabProps {
  readonly systemId: number;
  readonly person: Person;
  /** Null: not heard from the station yet. */
  readonly status: VehicleToolsStatus | null;
}
