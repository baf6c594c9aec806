import { useEffect, useRef, useState } from 'react';
import { Button } from 'react-aria-components';
import type { TrafficAircraft } from '../../../preload/contract/vehicle-tools.ts';
import { useStation } from '../../state/station.ts';
import { useStore } from '../../state/store.ts';
import { age, distance, heading, inWords, NONE, speed } from '../../ui/formatting.ts';
import {
  aircraftKey,
  aircraftName,
  altitudeWords,
  approachWords,
  byDistance,
  heightWords,
  isStale,
  SOURCE_WORDS,
} from './traffic-words.ts';
import { useVehicleDesk } from './vehicle-desk.ts';
import './traffic-panel.css';

/** The aircraft that our drones hear: how many over the map, each of them on demand, one in detail. */
export function TrafficPanel({ aircraft }: { aircraft: readonly TrafficAircraft[] }) {
  const desk = useVehicleDesk();
  const chosenKey = useStore(desk.aircraft);
  const [open, setOpen] = useState(false);
  const chosen = aircraft.find((plane) => aircraftKey(plane) === chosenKey) ?? null;
  if (aircraft.length === 0 && chosenKey === null) return null;
  return (
    <section className="traffic-panel" aria-label="Aircraft of others">
      <Button className="map-card traffic-count" aria-expanded={open} onPress={() => setOpen(!open)}>
        <b>{aircraft.length}</b> {aircraft.length === 1 ? 'aircraft' : 'aircraft of others'}
      </Button>
      {open && <TrafficList aircraft={byDistance(aircraft)} onChosen={() => setOpen(false)} />}
      {chosenKey !== null && (
        <TrafficCard key={chosenKey} aircraft={chosen} onClose={() => desk.chooseAircraft(null)} />
      )}
    </section>
  );
}

interface TrafficListProps {
  aircraft: readonly TrafficAircraft[];
  onChosen(): void;
}

function TrafficList({ aircraft, onChosen }: TrafficListProps) {
  const { view, settings } = useStation();
  const { units } = useStore(settings);
  const desk = useVehicleDesk();
  const chosen = useStore(desk.aircraft);
  return (
    <ul className="map-card traffic-list" aria-label="Aircraft, nearest first">
      {aircraft.map((plane) => {
        const key = aircraftKey(plane);
        const [nearest] = plane.nearby;
        return (
          <li key={key}>
            <Button
              className="traffic-row"
              aria-pressed={key === chosen}
              onPress={() => {
                desk.chooseAircraft(key);
                view.focusOn(plane);
                onChosen();
              }}
            >
              <b>{aircraftName(plane)}</b>
              <span className="muted">
                {altitudeWords(plane, units)}
                {nearest !== undefined && ` · ${inWords(distance(nearest.distanceM, units))}`}
              </span>
            </Button>
          </li>
        );
      })}
    </ul>
  );
}

interface TrafficCardProps {
  /** Null: it was not heard for a minute. */
  aircraft: TrafficAircraft | null;
  onClose(): void;
}

function TrafficCard({ aircraft, onClose }: TrafficCardProps) {
  const close = useRef<HTMLButtonElement>(null);
  useEffect(() => close.current?.focus(), []);
  return (
    <section
      className="map-card traffic-card"
      aria-label="Aircraft"
      data-stale={aircraft === null || isStale(aircraft)}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose();
      }}
    >
      <header>
        <h3>{aircraft === null ? 'Out of hearing' : aircraftName(aircraft)}</h3>
        <Button ref={close} className="button" onPress={onClose}>
          Close
        </Button>
      </header>
      {aircraft === null ? <p>It was not heard for a minute.</p> : <TrafficFacts aircraft={aircraft} />}
    </section>
  );
}

function TrafficFacts({ aircraft }: { aircraft: TrafficAircraft }) {
  const { settings, fleet } = useStation();
  const { units } = useStore(settings);
  const entries = useStore(fleet);
  const nameOf = (systemId: number): string =>
    entries.find((entry) => entry.systemId === systemId)?.key ?? `system ${systemId}`;
  const track = aircraft.headingDeg === null ? NONE : `${heading(aircraft.headingDeg)}°`;
  return (
    <>
      <dl className="traffic-facts">
        <Fact name="Known by">
          {SOURCE_WORDS[aircraft.source]} {aircraft.aircraftId}
        </Fact>
        <Fact name="Altitude">{altitudeWords(aircraft, units)}</Fact>
        <Fact name="Speed">
          {inWords(speed(aircraft.groundSpeedMps, units))}, track {track}
        </Fact>
        <Fact name="Heard">
          {age(aircraft.ageMs / 1_000)} ago, by {nameOf(aircraft.heardBySystemId)}
        </Fact>
      </dl>
      {aircraft.nearby.length > 0 && (
        <ul className="traffic-nearby" aria-label="Our drones near it">
          {aircraft.nearby.map((near) => (
            <li key={near.systemId}>
              <b>{nameOf(near.systemId)}</b> {inWords(distance(near.distanceM, units))},{' '}
              {heightWords(near, units)}
              <span className="muted">{approachWords(near, units)}</span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
