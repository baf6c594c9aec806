import type { AlertBook } from './alerts/alert-book.ts';
import type { Services } from './api/services.ts';
import { visibleAlerts } from './covered-missions.ts';
import type { MissionControl } from './dispatch/mission-control.ts';
import type { MissionCoverage } from './dispatch/mission-coverage.ts';
import type { DroneRoster } from './fleet/drone-roster.ts';
import { fleetMembers } from './fleet/fleet-view.ts';
import type { RemoteFlights } from './remote-flights.ts';

import { joined } from './station-wiring.ts';
import type { Vehicles } from './vehicle/vehicle-registry.ts';

/** The fleet as each person may see it: this station's, and what others fly. A replay shows itself alone. */
export function createFleetService(parts: {
  roster: DroneRoster;
  vehicles: Vehicles;
  missions: MissionControl;
  alerts: AlertBook;
  coverage: MissionCoverage;
  remote: RemoteFlights;
  isReplay(): boolean;
}): Services['fleet'] {
  const { roster, vehicles, missions, alerts, coverage, remote } = parts;
  return {
    async members(person) {
      const seen = { records: roster.all(), vehicles: vehicles.states() };
      if (parts.isReplay()) return fleetMembers({ ...seen, missions: [], alerts: [], remote: () => null });
      const visible = await coverage.visibleTo(person.dispatcherId);
      // A drone that two stations fly at once is shown with the mission of this one.
      const known = [...remote.missions(), ...missions.active()];
      return fleetMembers({
        ...seen,
        missions: known.filter(({ missionId }) => visible.has(missionId)),
        alerts: visibleAlerts(alerts.list(), visible),
        remote: (droneId) => remote.drone(droneId),
      });
    },
    subscribe: joined(
      (changed) => vehicles.onChange(changed),
      (changed) => roster.subscribe(changed),
      (changed) => alerts.subscribe(changed),
      (changed) => missions.subscribe(changed),
      (changed) => remote.subscribe(changed),
    ),
  };
}
