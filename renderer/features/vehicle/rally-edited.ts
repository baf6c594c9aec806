import { useStation } from '../../state/station.ts';
import { useSelected, useStore } from '../../state/store.ts';
import type { RallyDraft } from './rally-draft.ts';
import { useVehicleDesk } from './vehicle-desk.ts';

/** The rally points that are edited now, beside the map: of the selected drone, in Operate. */
export function useRallyEdited(): RallyDraft | null {
  const station = useStation();
  const draft = useStore(useVehicleDesk().rally);
  const operating = useSelected(station.view, (view) => view.workspace === 'operate');
  const systemId = useSelected(station.detail, (detail) => detail.detail?.vehicle?.systemId ?? null);
  return operating && draft !== null && draft.systemId === systemId ? draft : null;
}
