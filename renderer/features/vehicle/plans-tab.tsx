import { useQuery } from '@tanstack/react-query';
import { Button } from 'react-aria-components';
import { failureOf } from '../../client/failure.ts';
import { useAction } from '../../client/use-action.ts';
import { useStation } from '../../state/station.ts';
import { useStore } from '../../state/store.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { altitude, coordinates, inWords, localTime, NONE } from '../../ui/formatting.ts';
import { HoldButton } from '../../ui/hold-button.tsx';
import { commandText, datumText } from './plan-words.ts';
import type { ToolTabProps } from './tool-tab.ts';

const PLANS = [
  { kind: 'MISSION', title: 'Mission' },
  { kind: 'FENCE', title: 'Fence' },
  { kind: 'RALLY', title: 'Rally points' },
] as const;

/** What the vehicle itself holds, whoever put it there. */
export function PlansTab(props: ToolTabProps) {
  return PLANS.map((plan) => <PlanSection key={plan.kind} {...props} {...plan} />);
}

type PlanSectionProps = ToolTabProps & (typeof PLANS)[number];

function PlanSection({ systemId, status, person, kind, title }: PlanSectionProps) {
  const station = useStation();
  const { client } = station.connection;
  const query = useQuery({
    queryKey: ['vehicle', systemId, 'plan', kind],
    queryFn: async () => ({
      ...(await client.vehicleTools.plan({ systemId, kind })),
      readAtMs: station.nowMs(),
    }),
    enabled: false,
  });
  const clear = useAction(
    () => client.vehicleTools.clearPlan({ systemId, kind }),
    () => void query.refetch(),
  );
  const changed = status?.plansChanged.includes(kind) === true;
  return (
    <section className="system-section" aria-label={title}>
      <div className="tool-row">
        <h3>{title}</h3>
        {changed && <span className="chip">Changed by somebody else after this station sent it</span>}
        <span className="grow" />
        {query.isSuccess && (
          <span className="muted">
            {query.data.items.length === 0 ? 'empty' : `${query.data.items.length} items`}, read at{' '}
            {localTime(query.data.readAtMs)}
          </span>
        )}
        <Button className="button" isDisabled={query.isFetching} onPress={() => void query.refetch()}>
          {query.isFetching ? 'Reading …' : `Read the ${title.toLowerCase()}`}
        </Button>
        {person.permissions.includes('fly_missions') && (
          <HoldButton busy={clear.busy} onConfirm={() => clear.run(undefined)}>
            Clear the {title.toLowerCase()}
          </HoldButton>
        )}
      </div>
      <FailureNote failure={clear.failure ?? (query.error === null ? null : failureOf(query.error))} />
      {query.isSuccess && query.data.items.length > 0 && <PlanTable title={title} items={query.data.items} />}
    </section>
  );
}

type Item = Awaited<
  ReturnType<ReturnType<typeof useStation>['connection']['client']['vehicleTools']['plan']>
>['items'][number];

function PlanTable({ title, items }: { title: string; items: readonly Item[] }) {
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
          const datum = datumText(item.frame);
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
