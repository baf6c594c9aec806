import { type KeyboardEvent, useEffect, useState } from 'react';
import { MOTION_FLAG } from '../../preload/contract/fleet.ts';
import type { UnitSystem } from '../state/settings.ts';
import { type DroneTrack, staleForMs } from './fleet-tracks.ts';
import { type MapTexts, zoneLabel } from './map-texts.ts';
import type { MapView } from './map-view.ts';
import type { ZoneShape } from './zone-shapes.ts';

interface ListingProps {
  view: MapView | null;
  texts: MapTexts;
  units: UnitSystem;
  selectedKey: string | null;
  onSelect(key: string | null): void;
  onSelectTraffic(key: string): void;
}

interface Listing {
  drones: { key: string; text: string }[];
  aircraft: { key: string; text: string; selected: boolean }[];
  zones: { shape: ZoneShape; text: string }[];
  moreZones: number;
}

const REFRESH_MS = 2000;
const MAX_ZONES = 50;
const MAX_AIRCRAFT = 50;
const NOTHING: Listing = { drones: [], aircraft: [], zones: [], moreZones: 0 };

/**
 * What the canvases show, as buttons for screen readers and keyboards: out of sight until one has the focus. One tab
 * stop; the arrow keys walk through it.
 */
export function MapListing(props: ListingProps) {
  const { view, texts, units, selectedKey, onSelect, onSelectTraffic } = props;
  const [listing, setListing] = useState(NOTHING);
  useEffect(() => {
    if (view === null) return;
    const refresh = (): void =>
      setListing((before) => {
        const now = read(view, texts, units);
        return sameTexts(before, now) ? before : now;
      });
    refresh();
    const timer = setInterval(refresh, REFRESH_MS);
    return () => clearInterval(timer);
  }, [view, texts, units]);

  let first = true;
  const tabIndex = (): number => {
    const index = first ? 0 : -1;
    first = false;
    return index;
  };
  return (
    <nav className="map-listing" aria-label={texts.dronesAndZones}>
      <ul>
        {listing.drones.map(({ key, text }) => (
          <li key={key}>
            <button
              type="button"
              tabIndex={tabIndex()}
              aria-pressed={key === selectedKey}
              onKeyDown={walk}
              onClick={() => onSelect(key)}
            >
              {text}
            </button>
          </li>
        ))}
        {listing.aircraft.map(({ key, text, selected }) => (
          <li key={key}>
            <button
              type="button"
              tabIndex={tabIndex()}
              aria-pressed={selected}
              onKeyDown={walk}
              onClick={() => onSelectTraffic(key)}
            >
              {text}
            </button>
          </li>
        ))}
        {listing.zones.map(({ shape, text }) => (
          <li key={shape.zone.zoneId}>
            <button
              type="button"
              tabIndex={tabIndex()}
              onKeyDown={walk}
              onClick={() => view?.focusOnZone(shape)}
            >
              {text}
            </button>
          </li>
        ))}
        {listing.moreZones > 0 && <li>{texts.more(listing.moreZones)}</li>}
      </ul>
    </nav>
  );
}

function read(view: MapView, texts: MapTexts, units: UnitSystem): Listing {
  const { shapes, more } = view.zonesInView(MAX_ZONES);
  return {
    drones: [...view.drones().all()].map((track) => ({ key: track.key, text: droneText(track, texts) })),
    aircraft: view
      .traffic()
      .slice(0, MAX_AIRCRAFT)
      .map(({ key, name, selected }) => ({ key, text: texts.aircraft(name), selected })),
    zones: shapes.map((shape) => ({
      shape,
      text: `${texts.zone} ${zoneLabel(shape.zone, Date.now(), texts, units)}`,
    })),
    moreZones: more,
  };
}

/** No numbers that change by the second: a screen reader would never finish. */
function droneText(track: DroneTrack, texts: MapTexts): string {
  const parts = [track.key, (track.flags & MOTION_FLAG.ARMED) !== 0 ? texts.inFlight : texts.onGround];
  if ((track.flags & MOTION_FLAG.REMOTE) !== 0) return `${track.key}, ${texts.remote}`;
  if ((track.flags & MOTION_FLAG.UNREGISTERED) !== 0) parts.push(texts.notRegistered);
  if (staleForMs(track, performance.now()) !== null) parts.push(texts.noContact);
  return parts.join(', ');
}

const textsOf = (listing: Listing): string =>
  JSON.stringify([
    listing.drones,
    listing.aircraft,
    listing.zones.map(({ shape, text }) => [shape.zone.zoneId, text]),
    listing.moreZones,
  ]);

const sameTexts = (a: Listing, b: Listing): boolean => textsOf(a) === textsOf(b);

function walk(event: KeyboardEvent<HTMLButtonElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined) return;
  event.preventDefault();
  const buttons = [...(event.currentTarget.closest('ul')?.querySelectorAll('button') ?? [])];
  buttons[buttons.indexOf(event.currentTarget) + step]?.focus();
}
