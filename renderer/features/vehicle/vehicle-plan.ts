import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { PlanKind, VehiclePlanItem } from '../../../preload/contract/vehicle-tools.ts';
import type { FenceMark, RallyMark, VehiclePlanMarks } from '../../map/vehicle-plan-marks.ts';
import type { UnitSystem } from '../../state/settings.ts';
import { useStation } from '../../state/station.ts';
import { useSelected, useStore } from '../../state/store.ts';
import { altitude, inWords } from '../../ui/formatting.ts';
import { datumText } from './plan-words.ts';
import { altitudeUnit, type RallyDraft } from './rally-draft.ts';
import { useVehicleDesk } from './vehicle-desk.ts';

/** MAV_CMD. */
const FENCE = {
  INSIDE_CORNER: 5_001,
  OUTSIDE_CORNER: 5_002,
  INSIDE_CIRCLE: 5_003,
  OUTSIDE_CIRCLE: 5_004,
} as const;
const RALLY_POINT = 5_100;

/** What the vehicle held when it was read last: read when somebody asks, and kept while the page is open. */
export function useVehiclePlan(systemId: number | null, kind: PlanKind) {
  const station = useStation();
  return useQuery({
    queryKey: ['vehicle', systemId, 'plan', kind],
    queryFn: async () => {
      const { items } = await station.connection.client.vehicleTools.plan({ systemId: systemId ?? 0, kind });
      return { items, readAtMs: station.nowMs() };
    },
    enabled: false,
    retry: false,
    gcTime: Number.POSITIVE_INFINITY,
  });
}

/** Fence and rally points for the map: those of the vehicle that they are shown of, edited or as it holds them. */
export function useVehiclePlanMarks(): VehiclePlanMarks | null {
  const desk = useVehicleDesk();
  const { units } = useStore(useStation().settings);
  const shown = useStore(desk.planShown);
  const draft = useSelected(desk.rally, (rally) => (rally?.systemId === shown ? rally : null));
  const fence = useVehiclePlan(shown, 'FENCE').data?.items;
  const rally = useVehiclePlan(shown, 'RALLY').data?.items;
  return useMemo(() => {
    if (shown === null) return null;
    return {
      fence: fenceMarks(fence ?? []),
      rally: draft === null ? rallyMarks(rally ?? [], units) : draftMarks(draft, units),
    };
  }, [shown, fence, rally, draft, units]);
}

/** A corner says how many its polygon has. */
export function fenceMarks(items: readonly VehiclePlanItem[]): FenceMark[] {
  const marks: FenceMark[] = [];
  for (let at = 0; at < items.length; ) {
    const item = items[at];
    if (item === undefined) break;
    const { command, latitudeDeg, longitudeDeg } = item;
    const first = item.parameters[0] ?? 0;
    const isCorner = command === FENCE.INSIDE_CORNER || command === FENCE.OUTSIDE_CORNER;
    const corners = isCorner ? Math.max(1, Math.round(first)) : 1;
    if (isCorner)
      marks.push({
        staysOut: command === FENCE.OUTSIDE_CORNER,
        ring: items.slice(at, at + corners).map((corner) => ({
          latitudeDeg: corner.latitudeDeg,
          longitudeDeg: corner.longitudeDeg,
        })),
      });
    else if (command === FENCE.INSIDE_CIRCLE || command === FENCE.OUTSIDE_CIRCLE)
      marks.push({
        staysOut: command === FENCE.OUTSIDE_CIRCLE,
        centre: { latitudeDeg, longitudeDeg },
        radiusM: first,
      });
    at += corners;
  }
  return marks;
}

function rallyMarks(items: readonly VehiclePlanItem[], units: UnitSystem): RallyMark[] {
  return items
    .filter(({ command }) => command === RALLY_POINT)
    .map(({ latitudeDeg, longitudeDeg, altitudeM, frame }, index) => ({
      position: { latitudeDeg, longitudeDeg },
      label: `${index + 1} · ${inWords(altitude(altitudeM, units))} ${datumText(frame) ?? ''}`.trim(),
      chosen: false,
    }));
}

function draftMarks({ points, placing }: RallyDraft, units: UnitSystem): RallyMark[] {
  return points.map(({ position, typed }, index) => ({
    position,
    label: `${index + 1} · ${typed} ${altitudeUnit(units)} above home`,
    chosen: index === placing,
  }));
}
