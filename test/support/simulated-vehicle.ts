import type { FleetOptions } from '../../main/simulator/fleet.ts';
import { DEFAULT_FLEET } from '../../main/simulator/fleet-table.ts';
import type { VehicleMemory } from '../../main/station/vehicle/tools/vehicle-memory.ts';
import type { VehicleAircraft } from '../../main/station/vehicle/vehicle-aircraft.ts';
import { simulatedFleet } from './simulated-fleet.ts';

/** The station's vehicles and one drone of the simulator, in memory and on one fake clock. */
export async function simulatedVehicle(
  options: Partial<FleetOptions> = {},
  station: { memory?: VehicleMemory } = {},
) {
  const [site] = DEFAULT_FLEET;
  if (site === undefined) throw new Error('The fleet is empty.');
  const { systemId } = site;
  const { paths, ...simulated } = await simulatedFleet([site], options, station);
  const path = paths.get(systemId);
  if (path === undefined) throw new Error('There is no way to the drone.');
  const tools = () => {
    const found = simulated.vehicles.tools(systemId);
    if (found === null) throw new Error('The drone was not heard.');
    return found;
  };
  const aircraft = (): VehicleAircraft => tools().aircraft;
  const state = () => aircraft().state();
  return { ...simulated, path, tools, aircraft, state };
}
