import { LatLngBounds, Map as LeafletMap, type LeafletMouseEvent } from 'leaflet';
import type { Zone } from '../../preload/contract/airspace.ts';
import type { BaseStation } from '../../preload/contract/fleet.ts';
import type { Position } from '../../preload/contract/geo.ts';
import type { UnitSystem } from '../state/settings.ts';
import { coordinates } from '../ui/formatting.ts';
import { BaseLayers } from './base-layers.ts';
import { CanvasOverlay, type OverlayFrame } from './canvas-overlay.ts';
import type { Box } from './declutter.ts';
import { DroneLayer, type MotionSource } from './drone-layer.ts';
import { GRID_FROM_ZOOM, paintGrid } from './grid-lines.ts';
import { type MapColours, readColours } from './map-colours.ts';
import { lengthText, type MapTexts, scaleBar } from './map-texts.ts';
import { metresPerPixel } from './mercator.ts';
import { type MapRoute, paintPlan } from './plan-marks.ts';
import { aircraftAt, paintTraffic, type TrafficMark } from './traffic-marks.ts';
import { paintVehiclePlan, type VehiclePlanMarks } from './vehicle-plan-marks.ts';
import { ZoneLayer } from './zone-layer.ts';
import type { ZoneShape } from './zone-shapes.ts';

/** What the line at the map's lower edge says. */
export interface MapReadout {
  scale: string;
  scaleWidthPx: number;
  coordinates: string;
  /** The pack that shows streets here, or that there is none; null where the base map is enough. */
  streets: string | null;
  attribution: string;
  /** Says that no-fly zones are switched off; null while they are shown. */
  hidden: string | null;
}

export interface MapHandlers {
  onSelect(key: string | null): void;
  onSelectTraffic(key: string): void;
  onPick(position: Position): void;
  onReadout(readout: MapReadout): void;
}

export interface MapLayersShown {
  zones: boolean;
  trails: boolean;
  labels: boolean;
}

/** Paint order, below the controls. */
const PANES = ['base', 'packs', 'zones', 'ground', 'drones'] as const;
const FIRST_PANE_Z = 210;
const SCALE_BAR_PX = 96;
const FOCUS_ZOOM = 15;
/** A route smaller than this share of the map is shown larger. */
const LEAST_ROUTE_SHARE = 0.25;
const FIT_MAX_ZOOM = 15;
const FALLBACK_VIEW = { center: [39.5, -98.35], zoom: 4 } as const;

/** The Leaflet map and its layers; knows nothing of React. */
export class MapView {
  readonly #map: LeafletMap;
  readonly #root: HTMLElement;
  readonly #handlers: MapHandlers;
  readonly #texts: MapTexts;
  #colours: MapColours;
  readonly #base: BaseLayers;
  readonly #zones: ZoneLayer;
  readonly #ground: CanvasOverlay;
  readonly #drones: DroneLayer;
  readonly #resize: ResizeObserver;
  readonly #abort = new AbortController();
  #groundRequest: number | null = null;
  #reserved: Box[] = [];
  #baseStations: readonly BaseStation[] = [];
  #routes: readonly MapRoute[] = [];
  #pin: Position | null = null;
  #traffic: readonly TrafficMark[] = [];
  #vehiclePlan: VehiclePlanMarks = { rally: [], fence: [] };
  #units: UnitSystem = 'metric';
  #shown: MapLayersShown = { zones: true, trails: true, labels: true };
  #picking = false;
  #fitted = false;
  #pointer: Position | null = null;

  /** `root` carries the theme's tokens, `container` becomes the map. */
  constructor(root: HTMLElement, container: HTMLElement, handlers: MapHandlers, texts: MapTexts) {
    this.#root = root;
    this.#handlers = handlers;
    this.#texts = texts;
    const calm = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.#map = new LeafletMap(container, {
      zoomControl: false,
      attributionControl: false,
      minZoom: 3,
      maxZoom: 20,
      zoomAnimation: !calm,
      fadeAnimation: false,
      inertia: !calm,
      maxBoundsViscosity: 1,
      maxBounds: new LatLngBounds([-85, -200], [85, 200]),
    }).setView([...FALLBACK_VIEW.center], FALLBACK_VIEW.zoom, { animate: false });
    for (const [index, name] of PANES.entries()) {
      const pane = this.#map.createPane(name);
      pane.style.zIndex = String(FIRST_PANE_Z + index * 10);
      pane.style.pointerEvents = 'none';
    }
    this.#colours = readColours(root);
    this.#base = new BaseLayers(this.#map, this.#colours);
    this.#zones = new ZoneLayer(this.#colours).addTo(this.#map);
    this.#drones = new DroneLayer(this.#colours, {
      texts,
      reserved: () => this.#reserved,
      onTrails: () => this.#ground.redraw(),
    });
    this.#ground = new CanvasOverlay('ground', (frame) => this.#paintGround(frame)).addTo(this.#map);
    this.#drones.addTo(this.#map);
    this.#listen(container);
    this.#resize = new ResizeObserver(() => {
      this.#map.invalidateSize({ animate: false, pan: true });
      this.#fitOnce();
    });
    this.#resize.observe(container);
    this.#base.addPacks(this.#abort.signal).then(
      () => {
        this.#tell();
        this.#repaintGround();
      },
      (error: unknown) => {
        // The base map goes on without packs, and the readout says that there is no street map.
        if (!this.#abort.signal.aborted) console.warn('The list of map packs could not be read.', error);
      },
    );
  }

  destroy(): void {
    this.#abort.abort();
    this.#resize.disconnect();
    if (this.#groundRequest !== null) cancelAnimationFrame(this.#groundRequest);
    this.#drones.remove();
    this.#base.remove();
    this.#map.remove();
  }

  /** The theme's name, so that nobody forgets to ask anew when it changes. */
  setTheme(theme: string): void {
    this.#root.dataset.theme = theme;
    this.#colours = readColours(this.#root);
    this.#base.setColours(this.#colours);
    this.#zones.setColours(this.#colours);
    this.#drones.setColours(this.#colours);
  }

  setUnits(units: UnitSystem): void {
    this.#units = units;
    this.#drones.setUnits(units);
  }

  setBaseStations(baseStations: readonly BaseStation[]): void {
    this.#baseStations = baseStations;
    this.#repaintGround();
    this.#fitOnce();
  }

  setZones(zones: readonly Zone[]): void {
    this.#zones.setZones(zones);
    this.#repaintGround();
  }

  setRoutes(routes: readonly MapRoute[]): void {
    this.#routes = routes;
    this.#repaintGround();
  }

  setMotion(source: MotionSource): void {
    this.#drones.setSource(source);
  }

  setSelected(key: string | null): void {
    this.#drones.setSelected(key);
  }

  setPin(pin: Position | null): void {
    this.#pin = pin;
    this.#repaintGround();
  }

  setTraffic(traffic: readonly TrafficMark[]): void {
    this.#traffic = traffic;
    this.#repaintGround();
  }

  setVehiclePlan(plan: VehiclePlanMarks): void {
    this.#vehiclePlan = plan;
    this.#repaintGround();
  }

  traffic(): readonly TrafficMark[] {
    return this.#traffic;
  }

  setPicking(picking: boolean): void {
    this.#picking = picking;
    this.#map.getContainer().classList.toggle('map-picking', picking);
  }

  show(shown: MapLayersShown): void {
    this.#shown = shown;
    if (shown.zones) this.#zones.addTo(this.#map);
    else this.#zones.remove();
    this.#drones.show(shown);
    this.#tell();
  }

  zoomBy(levels: number): void {
    this.#map.setZoom(this.#map.getZoom() + levels);
  }

  focusOn({ latitudeDeg, longitudeDeg }: Position): void {
    this.#map.setView([latitudeDeg, longitudeDeg], Math.max(this.#map.getZoom(), FOCUS_ZOOM));
  }

  focusOnZone({ west, east, north, south }: ZoneShape): void {
    const world = 2 ** this.#map.getZoom() * 256;
    const corner = (x: number, y: number) => this.#map.unproject([x * world, y * world]);
    this.#map.fitBounds(new LatLngBounds(corner(west, south), corner(east, north)).pad(0.5));
  }

  /** Where a vehicle's fence and rally points are. */
  fitVehiclePlan(): void {
    const { rally, fence } = this.#vehiclePlan;
    const places = [
      ...rally.map(({ position }) => position),
      ...fence.flatMap((part) => ('ring' in part ? part.ring : [part.centre])),
    ];
    if (places.length === 0) return;
    this.#map.fitBounds(boundsOf(places), { padding: [72, 72], maxZoom: FIT_MAX_ZOOM });
  }

  /** Every drone, base and destination. */
  fitFleet(animate = true): void {
    const positions: Position[] = [
      ...this.#drones.tracks.all(),
      ...this.#baseStations.map((station) => station.position),
      ...this.#routes.flatMap(({ destination }) => destination ?? []),
    ];
    if (positions.length === 0) return;
    const bounds = boundsOf(positions);
    this.#map.fitBounds(bounds, { padding: [56, 56], maxZoom: FIT_MAX_ZOOM, animate });
  }

  fitRoute(id: string): void {
    const route = this.#routes.find((candidate) => candidate.id === id);
    const places = [...(route?.planned ?? []), ...(route?.destination ? [route.destination] : [])];
    if (places.length < 2) return;
    const bounds = boundsOf(places);
    const view = this.#map.getSize();
    const extent = this.#map
      .latLngToContainerPoint(bounds.getNorthEast())
      .subtract(this.#map.latLngToContainerPoint(bounds.getSouthWest()));
    const share = Math.max(Math.abs(extent.x) / view.x, Math.abs(extent.y) / view.y);
    if (this.#map.getBounds().contains(bounds) && share >= LEAST_ROUTE_SHARE) return;
    this.#map.fitBounds(bounds, {
      paddingTopLeft: [72, 96],
      paddingBottomRight: [96, 96],
      maxZoom: FIT_MAX_ZOOM,
    });
  }

  drones(): DroneLayer['tracks'] {
    return this.#drones.tracks;
  }

  zonesInView(limit: number): { shapes: ZoneShape[]; more: number } {
    const bounds = this.#map.getBounds();
    const inView: ZoneShape[] = [];
    let more = 0;
    for (const shape of this.#zones.shapes.all()) {
      if (
        !shape.zone.corners.some(({ latitudeDeg, longitudeDeg }) =>
          bounds.contains([latitudeDeg, longitudeDeg]),
        )
      )
        continue;
      if (inView.length < limit) inView.push(shape);
      else more++;
    }
    return { shapes: inView, more };
  }

  /** Once a frame, however many things changed. */
  #repaintGround(): void {
    this.#groundRequest ??= requestAnimationFrame(() => {
      this.#groundRequest = null;
      this.#ground.redraw();
    });
  }

  /**
   * Everything that rests or moves slowly on one canvas: without a GPU each further canvas of this size costs more at
   * every frame than painting this one twice a second.
   */
  #paintGround(frame: OverlayFrame): void {
    // Streets say where things are better than a grid does.
    if (this.#base.covering() === null) paintGrid(frame, this.#colours);
    this.#drones.paintTrails(frame);
    const content = {
      baseStations: this.#baseStations,
      routes: this.#routes,
      pin: this.#pin,
      zones: this.#zones.shapes.all(),
      show: this.#shown,
    };
    const plan = paintPlan(frame, content, this.#colours, this.#texts, this.#units);
    this.#reserved = [
      ...plan,
      ...paintVehiclePlan(frame, this.#vehiclePlan, this.#colours),
      ...paintTraffic(frame, this.#traffic, this.#colours),
    ];
  }

  /** The first sight is of the base stations; afterwards the view belongs to the person. */
  #fitOnce(): void {
    const { x, y } = this.#map.getSize();
    if (this.#fitted || this.#baseStations.length === 0 || x === 0 || y === 0) return;
    this.#fitted = true;
    this.fitFleet(false);
  }

  #listen(container: HTMLElement): void {
    this.#map.on('move zoomend', () => this.#tell());
    this.#map.on('mousemove', (event: LeafletMouseEvent) => {
      this.#pointer = positionOf(event.latlng);
      const { containerPoint } = event;
      const over =
        this.#drones.at(containerPoint) ??
        (this.#picking ? null : aircraftAt(this.#map, this.#traffic, containerPoint));
      container.classList.toggle('map-over-drone', over !== null);
      this.#tell();
    });
    this.#map.on('mouseout', () => {
      this.#pointer = null;
      this.#tell();
    });
    this.#map.on('click', (event: LeafletMouseEvent) => {
      const key = this.#drones.at(event.containerPoint);
      if (key !== null) this.#handlers.onSelect(key);
      else if (this.#picking) this.#handlers.onPick(positionOf(event.latlng));
      else {
        const aircraft = aircraftAt(this.#map, this.#traffic, event.containerPoint);
        if (aircraft !== null) this.#handlers.onSelectTraffic(aircraft);
        else this.#handlers.onSelect(null);
      }
    });
    container.addEventListener(
      'keydown',
      (event) => {
        if (event.target !== container || event.key !== 'Enter' || !this.#picking) return;
        event.preventDefault();
        this.#handlers.onPick(positionOf(this.#map.getCenter()));
      },
      { signal: this.#abort.signal },
    );
    this.#tell();
  }

  #tell(): void {
    const center = positionOf(this.#map.getCenter());
    const zoom = this.#map.getZoom();
    const { metres, widthPx } = scaleBar(metresPerPixel(center.latitudeDeg, zoom), SCALE_BAR_PX);
    const pack = this.#base.covering();
    const streets = zoom < GRID_FROM_ZOOM ? null : this.#texts.noStreetMap;
    this.#handlers.onReadout({
      scale: lengthText(metres),
      scaleWidthPx: widthPx,
      coordinates: coordinates(this.#pointer ?? center),
      streets: pack === null ? streets : this.#texts.pack(pack.fileName),
      attribution: pack?.attribution ?? '',
      hidden: this.#shown.zones ? null : this.#texts.zonesHidden,
    });
  }
}

function boundsOf(places: readonly Position[]): LatLngBounds {
  return new LatLngBounds(places.map(({ latitudeDeg, longitudeDeg }) => [latitudeDeg, longitudeDeg]));
}

/** Longitudes of the world's copies come home. */
function positionOf(latlng: { lat: number; lng: number }): Position {
  return { latitudeDeg: latlng.lat, longitudeDeg: ((((latlng.lng + 180) % 360) + 360) % 360) - 180 };
}
