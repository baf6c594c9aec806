import { useEffect, useRef, useState } from 'react';
import { Button } from 'react-aria-components';
import type { Person } from '../../../preload/contract/session.ts';
import { useAction } from '../../client/use-action.ts';
import { useStation } from '../../state/station.ts';
import { useSelected, useStore } from '../../state/store.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { Field } from '../../ui/field.tsx';
import { coordinates } from '../../ui/formatting.ts';
import { HoldButton } from '../../ui/hold-button.tsx';
import { ScrollArea } from '../../ui/scroll-area.tsx';
import { MissionsInFlight } from '../frame/missions-in-flight.tsx';
import { StandingLine } from './plan-standing.tsx';
import {
  altitudeLimits,
  altitudeM,
  altitudeUnit,
  MOST_RALLY_POINTS,
  type RallyDraft,
  type RallyPoint,
  toSend,
  withAltitude,
  without,
} from './rally-draft.ts';
import { useVehicleDesk } from './vehicle-desk.ts';
import './traffic-panel.css';
import { useToolsStatus } from './vehicle-feeds.ts';
import { useVehiclePlan } from './vehicle-plan.ts';

/** Rally points beside the map on which they are placed. Nothing is sent before it is asked for. */
export function RallyPane({ draft, name, person }: { draft: RallyDraft; name: string; person: Person }) {
  const { systemId, points, placing } = draft;
  const desk = useVehicleDesk();
  const { units } = useStore(useStation().settings);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    desk.takeReturn();
    heading.current?.focus();
  }, [desk]);
  const standing = useToolsStatus(systemId)?.plans.find(({ kind }) => kind === 'RALLY') ?? null;
  return (
    <>
      <header className="section rally-head">
        <h1 ref={heading} tabIndex={-1}>
          Rally points of {name}
        </h1>
        <p className="muted">Where it may return to instead of its home. Altitudes are above its home.</p>
        <StandingLine standing={standing} />
      </header>
      <ScrollArea label="Rally points">
        <ol className="rally-points">
          {points.map(({ id }, index) => (
            <RallyRow key={id} {...{ draft, index, units }} />
          ))}
        </ol>
        {points.length === 0 && placing === null && (
          <p className="section muted">There is none. Add one, then click the map where it should be.</p>
        )}
      </ScrollArea>
      <div className="side-actions">
        <p role="status" className="rally-hint">
          {placing !== null &&
            `Click the map where point ${placing + 1} should be, or move the map and press Enter on it.`}
        </p>
        {placing === null ? (
          <Button
            className="button"
            isDisabled={points.length >= MOST_RALLY_POINTS}
            onPress={() => desk.editRally({ ...draft, placing: points.length })}
          >
            Add a point on the map…
          </Button>
        ) : (
          <Button className="button" onPress={() => desk.editRally({ ...draft, placing: null })}>
            Do not place it
          </Button>
        )}
        <SendRally draft={draft} person={person} />
        <MissionsInFlight />
      </div>
    </>
  );
}

interface RallyRowProps {
  draft: RallyDraft;
  index: number;
  units: Parameters<typeof altitudeM>[1];
}

function RallyRow({ draft, index, units }: RallyRowProps) {
  const desk = useVehicleDesk();
  const point = draft.points[index];
  if (point === undefined) return null;
  const chosen = draft.placing === index;
  return (
    <li className="rally-point" data-chosen={chosen}>
      <p>
        <b>{index + 1}</b> <span className="muted">{coordinates(point.position)}</span>
      </p>
      <Field
        label={`Altitude of point ${index + 1} above home, ${altitudeUnit(units)}`}
        value={point.typed}
        onChange={(typed) => desk.editRally(withAltitude(draft, index, typed))}
        inputMode="decimal"
        maxLength={6}
        error={altitudeM(point, units) === null ? `From ${altitudeLimits(units)}.` : null}
      />
      <Button
        className="button"
        aria-label={`Move point ${index + 1}…`}
        onPress={() => desk.editRally({ ...draft, placing: index })}
      >
        Move…
      </Button>
      <Button
        className="button"
        aria-label={`Remove point ${index + 1}`}
        onPress={() => desk.editRally(without(draft, index))}
      >
        Remove
      </Button>
    </li>
  );
}

function SendRally({ draft, person }: { draft: RallyDraft; person: Person }) {
  const station = useStation();
  const { client } = station.connection;
  const desk = useVehicleDesk();
  const { units } = useStore(station.settings);
  const { systemId } = draft;
  const held = useVehiclePlan(systemId, 'RALLY');
  const [sent, setSent] = useState<RallyDraft | null>(null);
  const send = useAction(
    (points: RallyPoint[]) => client.vehicleTools.uploadRallyPoints({ systemId, points }),
    () => {
      setSent(draft);
      void held.refetch();
    },
  );
  const isReplay = useSelected(station.detail, (detail) => detail.detail?.vehicle?.isReplay === true);
  const points = toSend(draft, units);
  const mayFly = person.permissions.includes('fly_missions') && !isReplay;
  const leave = (): void => desk.editRally(null);
  return (
    <>
      <FailureNote failure={send.failure} />
      <p role="status" className="rally-hint">
        {sent === draft && 'Sent, read back, and the same.'}
      </p>
      <div className="action-grid">
        <HoldButton
          busy={send.busy}
          disabled={points === null || !mayFly || draft.placing !== null}
          disabledHint={isReplay ? 'this is a recording' : mayFly ? 'not complete' : 'not with your role'}
          onConfirm={() => {
            if (points !== null) send.run(points);
          }}
        >
          Send to the drone
        </HoldButton>
        <Button className="button" onPress={leave}>
          {sent === draft ? 'Done' : 'Discard the changes'}
        </Button>
      </div>
    </>
  );
}
