import { Button } from 'react-aria-components';
import { useStation } from '../../state/station.ts';
import { useSelected, useStore } from '../../state/store.ts';
import { localTime } from '../../ui/formatting.ts';
import { useVehicleDesk } from './vehicle-desk.ts';
import { useVehiclePlan } from './vehicle-plan.ts';

/** Says over the map whose fence and rally points it shows, and how old they are. */
export function PlanBanner() {
  const desk = useVehicleDesk();
  const systemId = useStore(desk.planShown);
  const editing = useSelected(desk.rally, (rally) => rally !== null && rally.systemId === systemId);
  const name = useSelected(
    useStation().fleet,
    (entries) => entries.find((entry) => entry.systemId === systemId)?.key ?? `system ${systemId}`,
  );
  const fence = useVehiclePlan(systemId, 'FENCE').data;
  const rally = useVehiclePlan(systemId, 'RALLY').data;
  if (systemId === null) return null;
  const parts = [
    ...(fence === undefined ? [] : [`fence read at ${localTime(fence.readAtMs)}`]),
    ...(editing ? ['rally points as edited here'] : []),
    ...(editing || rally === undefined ? [] : [`rally points read at ${localTime(rally.readAtMs)}`]),
  ];
  return (
    <p className="map-card plan-banner">
      <span>
        <b>On board {name}</b> <span className="dim">· {parts.join(', ')}</span>
      </span>
      {!editing && (
        <Button className="button" onPress={() => desk.showPlan(null)}>
          Hide them
        </Button>
      )}
    </p>
  );
}
