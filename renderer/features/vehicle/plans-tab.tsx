import { Button } from 'react-aria-components';
import type { VehiclePlanItem } from '../../../preload/contract/vehicle-tools.ts';
import { failureOf } from '../../client/failure.ts';
import { useAction } from '../../client/use-action.ts';
import { useStation } from '../../state/station.ts';
import { useStore } from '../../state/store.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { altitude, coordinates, inWords, localTime, NONE } from '../../ui/formatting.ts';
import { HoldButton } from '../../ui/hold-button.tsx';
import { ScrollArea } from '../../ui/scroll-area.tsx';
import { StandingLine } from './plan-standing.tsx';
import { commandText, datumText } from './plan-words.ts';
import { draftOf } from './rally-draft.ts';
import type { ToolTabProps } from './tool-tab.ts';
import { useVehicleDesk } from './vehicle-desk.ts';
import { useVehiclePlan } from './vehicle-plan.ts';

const PLANS = [
  { kind: 'MISSION', title: 'Mission' },
  { kind: 'FENCE', title: 'Fence' },
  { kind: 'RALLY', title: 'Rally points' },
] as const;

/** MAV_CMD: return point to exclusion circle. */
const [FENCE_FIRST, FENCE_LAST] = [5_000, 5_004];

/** What the vehicle itself holds, whoever put it there. */
export function PlansTab(props: ToolTabProps) {
  if (props.isReplay)
    return <p className="muted">This is a recording: the drone of it cannot be asked what it holds.</p>;
  return PLANS.map((plan) => <PlanSection key={plan.kind} {...props} {...plan} />);
}

type PlanSectionProps = ToolTabProps & (typeof PLANS)[number];

function PlanSection({ systemId, status, person, kind, title }: PlanSectionProps) {
  const { client } = useStation().connection;
  const query = useVehiclePlan(systemId, kind);
  const read = (): void => void query.refetch();
  const clear = useAction(() => client.vehicleTools.clearPlan({ systemId, kind }), read);
  const standing = status?.plans.find((plan) => plan.kind === kind) ?? null;
  const mayFly = person.permissions.includes('fly_missions');
  const name = title.toLowerCase();
  return (
    <section className="system-section" aria-label={title}>
      <div className="tool-row">
        <h3>{title}</h3>
        <span className="muted">
          {query.isSuccess &&
            `${query.data.items.length === 0 ? 'empty' : `${query.data.items.length} items`}, read at ${localTime(query.data.readAtMs)}`}
        </span>
        <span className="grow" />
        <Button className="button" isDisabled={query.isFetching} onPress={read}>
          {query.isFetching ? 'Reading…' : `Read the ${name}`}
        </Button>
        {kind !== 'MISSION' && <ShowOnMap systemId={systemId} ready={query.isSuccess} name={name} />}
        {kind === 'FENCE' && mayFly && <SendFence systemId={systemId} onSent={read} />}
        {kind === 'RALLY' && mayFly && <EditRally systemId={systemId} items={query.data?.items ?? null} />}
        {mayFly && (
          <HoldButton busy={clear.busy} onConfirm={() => clear.run(undefined)}>
            Clear the {name}
          </HoldButton>
        )}
      </div>
      <StandingLine standing={standing} />
      <FailureNote failure={clear.failure ?? (query.error === null ? null : failureOf(query.error))} />
      {query.isSuccess && query.data.items.length > 0 && (
        <ScrollArea label={title}>
          <PlanTable title={title} items={query.data.items} />
        </ScrollArea>
      )}
    </section>
  );
}

function ShowOnMap({ systemId, ready, name }: { systemId: number; ready: boolean; name: string }) {
  const desk = useVehicleDesk();
  return (
    <Button
      className="button"
      isDisabled={!ready}
      aria-label={`Show the ${name} on the map`}
      onPress={() => {
        desk.showPlan(systemId);
        desk.setOpen(false);
      }}
    >
      On the map
    </Button>
  );
}

/** The station's own no-fly zones, as far as a fence can hold them. */
function SendFence({ systemId, onSent }: { systemId: number; onSent(): void }) {
  const { client } = useStation().connection;
  const send = useAction(() => client.vehicleTools.uploadFence({ systemId }), onSent);
  return (
    <>
      <HoldButton busy={send.busy} onConfirm={() => send.run(undefined)}>
        Send the no-fly zones
      </HoldButton>
      <FailureNote failure={send.failure} />
    </>
  );
}

function EditRally({ systemId, items }: { systemId: number; items: readonly VehiclePlanItem[] | null }) {
  const station = useStation();
  const desk = useVehicleDesk();
  return (
    <Button
      className="button"
      isDisabled={items === null}
      onPress={() => {
        const homeAmslM = station.detail.get().detail?.vehicle?.home?.altitudeAmslM ?? null;
        const { units } = station.settings.get();
        const draft = desk.rally.get();
        if (draft?.systemId !== systemId) desk.editRally(draftOf(systemId, items ?? [], homeAmslM, units));
        desk.showPlan(systemId);
        desk.setOpen(false);
      }}
    >
      Edit on the map…
    </Button>
  );
}

function PlanTable({ title, items }: { title: string; items: readonly VehiclePlanItem[] }) {
  const { units } = useStore(useStation().settings);
  return (
    <table className="table figures" aria-label={title}>
      <thead>
        <tr>
          <th scope="col" className="number narrow">
            Item
          </th>
          <th scope="col">What</th>
          <th scope="col">Where</th>
          <th scope="col">Altitude</th>
          <th scope="col">Parameters</th>
        </tr>
      </thead>
      <tbody>
        {items.map((item) => {
          // A fence knows no heights.
          const datum =
            item.command >= FENCE_FIRST && item.command <= FENCE_LAST ? null : datumText(item.frame);
          const placed = item.latitudeDeg !== 0 || item.longitudeDeg !== 0;
          return (
            <tr key={item.sequence}>
              <td className="number">{item.sequence}</td>
              <th scope="row">{commandText(item.command)}</th>
              <td className="nowrap">{placed ? coordinates(item) : NONE}</td>
              <td className="nowrap">
                {datum === null ? NONE : `${inWords(altitude(item.altitudeM, units))} ${datum}`}
              </td>
              <td className="dim">{item.parameters.map((value) => value ?? NONE).join(' · ')}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
