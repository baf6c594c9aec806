import { useEffect, useState } from 'react';
import { Button } from 'react-aria-components';
import type { FleetDetail } from '../../../preload/contract/fleet.ts';
import type { Position } from '../../../preload/contract/geo.ts';
import type { Person } from '../../../preload/contract/session.ts';
import type { GuidedAction, GuidedActionName } from '../../../preload/contract/vehicle-tools.ts';
import type { StationClient } from '../../client/connection.ts';
import { useAction } from '../../client/use-action.ts';
import { useStation } from '../../state/station.ts';
import { useStore } from '../../state/store.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { Field } from '../../ui/field.tsx';
import { altitude, coordinates, localTime } from '../../ui/formatting.ts';
import { HoldButton } from '../../ui/hold-button.tsx';
import { guidedBlock } from './guided-block.ts';
import { useVehicleDesk } from './vehicle-desk.ts';
import { useToolsStatus } from './vehicle-feeds.ts';
import { ACTION_WORDS, LIFE_WORDS, typedNumber } from './vehicle-words.ts';
import './guided-actions.css';

type Vehicle = NonNullable<FleetDetail['vehicle']>;

const FEET_PER_METRE = 1 / 0.3048;
/** 14 CFR 107.51: 400 feet. */
const [LOWEST_M, HIGHEST_M] = [2, 120];

interface GuidedActionsProps {
  vehicle: Vehicle;
  person: Person;
  onMission: boolean;
}

/** Flies a drone that is in the air without a mission. What is not allowed now is there, with the reason. */
export function GuidedActions({ vehicle, person, onMission }: GuidedActionsProps) {
  const { client } = useStation().connection;
  const { systemId } = vehicle;
  const desk = useVehicleDesk();
  const place = useStore(desk.place);
  const blocked = guidedBlock(vehicle, { onMission, person });
  const action = useAction((name: SimpleAction) => send(client, systemId, name));
  const choosing = place?.systemId === systemId && blocked === null;
  // A place is chosen for this flight, and as long as this is in sight.
  useEffect(() => () => desk.choosePlace(null), [desk]);
  const off = blocked !== null;
  return (
    <section className="guided" aria-label="Fly by hand">
      <h3>Fly by hand</h3>
      {off && <p className="muted">{blocked}</p>}
      {!onMission && <GuidedLife systemId={systemId} />}
      <FailureNote failure={action.failure} />
      {choosing ? (
        <GoTo vehicle={vehicle} position={place.position} />
      ) : (
        <>
          <div className="action-grid">
            <Button
              className="button"
              isDisabled={off}
              onPress={() => desk.choosePlace({ systemId, position: null })}
            >
              Fly to a place…
            </Button>
            <Button className="button" isDisabled={off || action.busy} onPress={() => action.run('HOLD')}>
              {ACTION_WORDS.HOLD}
            </Button>
          </div>
          {!off && <ChangeAltitude vehicle={vehicle} />}
          <div className="action-grid">
            <HoldButton
              disabled={off}
              disabledHint="not now"
              busy={action.busy}
              onConfirm={() => action.run('RETURN_HOME')}
            >
              {ACTION_WORDS.RETURN_HOME}
            </HoldButton>
            <HoldButton
              disabled={off}
              disabledHint="not now"
              busy={action.busy}
              onConfirm={() => action.run('LAND_HERE')}
            >
              {ACTION_WORDS.LAND_HERE}
            </HoldButton>
          </div>
        </>
      )}
    </section>
  );
}

type SimpleAction = Exclude<GuidedActionName, 'GO_TO' | 'CHANGE_ALTITUDE'>;

function send(client: StationClient, systemId: number, name: SimpleAction): Promise<unknown> {
  switch (name) {
    case 'HOLD':
      return client.vehicleTools.hold({ systemId });
    case 'RETURN_HOME':
      return client.vehicleTools.returnHome({ systemId });
    case 'LAND_HERE':
      return client.vehicleTools.landHere({ systemId });
  }
}

/** The last action's life (U3). Accepted is not arrived; unknown is said to be unknown (F7). */
function GuidedLife({ systemId }: { systemId: number }) {
  const life = useToolsStatus(systemId)?.guided ?? null;
  return (
    <div role="status" className="command-life">
      {life !== null && (
        <p>
          <span className="dim">{localTime(life.atMs)}</span>
          <span>
            <b>
              {ACTION_WORDS[life.action]}: {lifeText(life)}
            </b>
            {life.sentence !== null && <span className="command-sentence">{life.sentence}</span>}
          </span>
        </p>
      )}
    </div>
  );
}

function lifeText({ state, percent }: GuidedAction): string {
  return state === 'WORKING' && percent !== null ? `${LIFE_WORDS[state]}, ${percent} %` : LIFE_WORDS[state];
}

/** An altitude above home in the person's units. */
function useAltitudeField(vehicle: Vehicle) {
  const { units } = useStore(useStation().settings);
  const perMetre = units === 'aviation' ? FEET_PER_METRE : 1;
  const [typed, setTyped] = useState(() => {
    const nowM = vehicle.position?.altitudeRelativeHomeM ?? LOWEST_M;
    return String(Math.round(Math.min(HIGHEST_M, Math.max(LOWEST_M, nowM)) * perMetre));
  });
  const value = typedNumber(typed);
  const metres = value === null ? null : value / perMetre;
  const usable = metres !== null && metres >= LOWEST_M && metres <= HIGHEST_M;
  const unit = units === 'aviation' ? 'ft' : 'm';
  const limits = `${Math.ceil(LOWEST_M * perMetre)} to ${Math.floor(HIGHEST_M * perMetre)} ${unit}`;
  return { typed, setTyped, unit, metres: usable ? metres : null, error: usable ? null : `From ${limits}.` };
}

function AltitudeField({ unit, typed, setTyped, error }: ReturnType<typeof useAltitudeField>) {
  return (
    <Field
      label={`Altitude above home, ${unit}`}
      value={typed}
      onChange={setTyped}
      inputMode="decimal"
      maxLength={6}
      error={error}
    />
  );
}

function ChangeAltitude({ vehicle }: { vehicle: Vehicle }) {
  const { client } = useStation().connection;
  const { systemId } = vehicle;
  const field = useAltitudeField(vehicle);
  const change = useAction((altitudeRelativeHomeM: number) =>
    client.vehicleTools.changeAltitude({ systemId, altitudeRelativeHomeM }),
  );
  return (
    <>
      <div className="guided-altitude">
        <AltitudeField {...field} />
        <HoldButton
          busy={change.busy}
          disabled={field.metres === null}
          disabledHint="type an altitude"
          onConfirm={() => {
            if (field.metres !== null) change.run(field.metres);
          }}
        >
          {ACTION_WORDS.CHANGE_ALTITUDE}
        </HoldButton>
      </div>
      <FailureNote failure={change.failure} />
    </>
  );
}

function GoTo({ vehicle, position }: { vehicle: Vehicle; position: Position | null }) {
  const { client } = useStation().connection;
  const { systemId } = vehicle;
  const desk = useVehicleDesk();
  const { units } = useStore(useStation().settings);
  const field = useAltitudeField(vehicle);
  const fly = useAction(
    (to: { position: Position; altitudeRelativeHomeM: number }) =>
      client.vehicleTools.goTo({ systemId, ...to }),
    () => desk.choosePlace(null),
  );
  const now = altitude(vehicle.position?.altitudeRelativeHomeM, units);
  return (
    <>
      <p role="status">
        {position === null ? (
          'Click the map where it should fly, or move the map and press Enter on it.'
        ) : (
          <>
            To <b>{coordinates(position)}</b>
            <span className="muted"> · straight, now at {`${now.value} ${now.unit}`} above home</span>
          </>
        )}
      </p>
      <div className="guided-altitude">
        <AltitudeField {...field} />
        <HoldButton
          busy={fly.busy}
          disabled={position === null || field.metres === null}
          disabledHint={position === null ? 'choose a place' : 'type an altitude'}
          onConfirm={() => {
            if (position !== null && field.metres !== null)
              fly.run({ position, altitudeRelativeHomeM: field.metres });
          }}
        >
          {ACTION_WORDS.GO_TO}
        </HoldButton>
      </div>
      <FailureNote failure={fly.failure} />
      <Button className="button" onPress={() => desk.choosePlace(null)}>
        Do not fly there
      </Button>
    </>
  );
}
