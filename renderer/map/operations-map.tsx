import 'leaflet/dist/leaflet.css';
import './operations-map.css';
import { useEffect, useRef, useState } from 'react';
import type { Zone } from '../../preload/contract/airspace.ts';
import type { BaseStation } from '../../preload/contract/fleet.ts';
import type { Position } from '../../preload/contract/geo.ts';
import type { UnitSystem } from '../state/settings.ts';
import type { MotionSource } from './drone-layer.ts';
import { MapControls } from './map-controls.tsx';
import { MapListing } from './map-listing.tsx';
import { englishMapTexts, type MapTexts } from './map-texts.ts';
import { type MapHandlers, type MapReadout, MapView } from './map-view.ts';
import type { MapRoute } from './plan-marks.ts';
import type { TrafficMark } from './traffic-marks.ts';
import type { VehiclePlanMarks } from './vehicle-plan-marks.ts';

interface OperationsMapProps {
  baseStations: BaseStation[];
  zones: readonly Zone[];
  motion: MotionSource;
  selectedKey: string | null;
  onSelect(key: string | null): void;
  routes: readonly MapRoute[];
  pin: Position | null;
  traffic?: readonly TrafficMark[];
  onSelectTraffic?: (key: string) => void;
  /** Fence and rally points of one vehicle; null: of none. */
  vehiclePlan?: VehiclePlanMarks | null;
  /** A new value shows the vehicle's plan whole. */
  fitVehiclePlan?: string | null;
  /** Given: a click on the map, or Enter at its middle, picks a place. */
  onPick?: (position: Position) => void;
  /** A new object asks the map to go there. */
  focus?: Position | null;
  /** A new value shows the route of this id whole, unless it is in sight and large enough already. */
  fit?: { routeId: string; key: string } | null;
  theme: string;
  units?: UnitSystem;
  texts?: MapTexts;
}

/** The one map of every workspace. React makes and feeds it; what moves is drawn outside React. */
export function OperationsMap(props: OperationsMapProps) {
  const { selectedKey, onPick, focus, theme } = props;
  const { units = 'metric', texts = englishMapTexts } = props;
  const root = useRef<HTMLElement>(null);
  const canvas = useRef<HTMLDivElement>(null);
  const readout = useRef<HTMLDivElement>(null);
  const handlers = useRef<Omit<MapHandlers, 'onReadout'>>(NO_HANDLERS);
  const [view, setView] = useState<MapView | null>(null);

  useEffect(() => {
    const { onSelect, onSelectTraffic = NO_HANDLERS.onSelectTraffic } = props;
    handlers.current = { onSelect, onSelectTraffic, onPick: (position) => props.onPick?.(position) };
  });

  useEffect(() => {
    if (root.current === null || canvas.current === null) return;
    const made = new MapView(
      root.current,
      canvas.current,
      {
        onSelect: (key) => handlers.current.onSelect(key),
        onSelectTraffic: (key) => handlers.current.onSelectTraffic(key),
        onPick: (position) => handlers.current.onPick(position),
        onReadout: (content) => writeReadout(readout.current, content),
      },
      texts,
    );
    setView(made);
    return () => {
      setView(null);
      made.destroy();
    };
  }, [texts]);

  useContent(view, props);
  useEffect(() => view?.setSelected(selectedKey), [view, selectedKey]);
  const picking = onPick !== undefined;
  useEffect(() => view?.setPicking(picking), [view, picking]);
  useEffect(() => {
    if (focus) view?.focusOn(focus);
  }, [view, focus]);
  const { routeId, key: fitKey } = props.fit ?? {};
  // After the routes: the key says that this one is among them. Its later changes do not move the map again.
  useEffect(() => {
    if (routeId !== undefined && fitKey !== undefined) view?.fitRoute(routeId);
  }, [view, routeId, fitKey]);

  const { fitVehiclePlan } = props;
  useEffect(() => {
    if (fitVehiclePlan) view?.fitVehiclePlan();
  }, [view, fitVehiclePlan]);

  return (
    <section className="operations-map" data-theme={theme} ref={root} aria-label={texts.map}>
      <div className="map-canvas" ref={canvas} role="application" aria-label={texts.map} />
      {picking && <PickingMarks texts={texts} />}
      <MapControls view={view} texts={texts} />
      <div className="map-readout" ref={readout}>
        <strong data-part="hidden" />
        <span data-part="scale" />
        <span className="map-scale-bar" aria-hidden="true">
          <i />
        </span>
        <span data-part="coordinates" />
        <span data-part="streets" />
        <span data-part="attribution" />
      </div>
      <MapListing
        view={view}
        texts={texts}
        units={units}
        selectedKey={selectedKey}
        onSelect={props.onSelect}
        onSelectTraffic={(key) => props.onSelectTraffic?.(key)}
      />
    </section>
  );
}

/** Shown to who picks a place by keyboard: the middle of the map, and how. */
function PickingMarks({ texts }: { texts: MapTexts }) {
  return (
    <>
      <svg className="map-cross" viewBox="-14 -14 28 28" aria-hidden="true">
        <path d="M-13 0H-4M4 0H13M0-13V-4M0 4V13" />
      </svg>
      <p className="map-pick-hint">{texts.pickHint}</p>
    </>
  );
}

const NO_TRAFFIC: readonly TrafficMark[] = [];
const NO_PLAN: VehiclePlanMarks = { rally: [], fence: [] };
const NO_HANDLERS = { onSelect: () => {}, onSelectTraffic: () => {}, onPick: () => {} };

/** Hands each part of what the map shows on when that part changes. */
function useContent(view: MapView | null, props: OperationsMapProps): void {
  const { baseStations, zones, motion, routes, pin, theme } = props;
  const { units = 'metric', traffic = NO_TRAFFIC } = props;
  useEffect(() => view?.setMotion(motion), [view, motion]);
  useEffect(() => view?.setTheme(theme), [view, theme]);
  useEffect(() => view?.setUnits(units), [view, units]);
  useEffect(() => view?.setBaseStations(baseStations), [view, baseStations]);
  useEffect(() => view?.setZones(zones), [view, zones]);
  useEffect(() => view?.setRoutes(routes), [view, routes]);
  useEffect(() => view?.setPin(pin), [view, pin]);
  useEffect(() => view?.setTraffic(traffic), [view, traffic]);
  const vehiclePlan = props.vehiclePlan ?? NO_PLAN;
  useEffect(() => view?.setVehiclePlan(vehiclePlan), [view, vehiclePlan]);
}

/** Written past React: it changes with every movement of the pointer. */
function writeReadout(element: HTMLElement | null, readout: MapReadout): void {
  if (element === null) return;
  const parts: Readonly<Record<string, string>> = {
    scale: readout.scale,
    coordinates: readout.coordinates,
    streets: readout.streets ?? '',
    attribution: readout.attribution,
    hidden: readout.hidden ?? '',
  };
  for (const part of element.querySelectorAll<HTMLElement>('[data-part]')) {
    const text = parts[part.dataset.part ?? ''] ?? '';
    if (part.textContent !== text) part.textContent = text;
  }
  const bar = element.querySelector<HTMLElement>('.map-scale-bar i');
  if (bar !== null) bar.style.width = `${readout.scaleWidthPx}px`;
}
