import { type LatLngBoundsExpression, type Layer, type Map as LeafletMap, TileLayer } from 'leaflet';
import {
  CenteredTextSymbolizer,
  type Feature,
  type LabelRule,
  LineLabelSymbolizer,
  LineSymbolizer,
  leafletLayer,
  type PaintRule,
  PolygonSymbolizer,
} from 'protomaps-leaflet';
import { z } from 'zod';
import { type TilePackDescription, tilePackDescription } from '../../preload/contract/tiles.ts';
import type { MapColours } from './map-colours.ts';

export const BASE_PACK_ID = 'base';
const BASE_MAX_ZOOM = 8;

type VectorLayer = ReturnType<typeof leafletLayer>;

/** The map under everything: the one that ships, and the packs people brought, drawn over it where they reach. */
export class BaseLayers {
  readonly #map: LeafletMap;
  #colours: MapColours;
  readonly #base: VectorLayer;
  readonly #vectorPacks: VectorLayer[] = [];
  readonly #layers: Layer[] = [];
  #packs: TilePackDescription[] = [];

  constructor(map: LeafletMap, colours: MapColours) {
    this.#map = map;
    this.#colours = colours;
    this.#base = leafletLayer({
      url: tileUrl(BASE_PACK_ID),
      maxDataZoom: BASE_MAX_ZOOM,
      paintRules: baseRules(colours),
      labelRules: [],
      backgroundColor: colours.water,
      attribution: '',
      pane: 'base',
      noWrap: true,
    });
    this.#base.addTo(map);
  }

  /** Reads the list of packs and shows each. Without the list the base map alone is shown. */
  async addPacks(signal: AbortSignal): Promise<void> {
    const response = await fetch('/tiles/packs.json', { signal });
    if (!response.ok) throw new Error(`The list of map packs was answered with ${response.status}.`);
    const packs = z.array(tilePackDescription).parse(await response.json());
    this.#packs = packs.filter((pack) => pack.packId !== BASE_PACK_ID);
    for (const pack of this.#packs) this.#add(pack);
  }

  #add(pack: TilePackDescription): void {
    const [west, south, east, north] = pack.bounds;
    const bounds: LatLngBoundsExpression = [
      [south, west],
      [north, east],
    ];
    if (pack.format === 'RASTER') {
      const { minZoom, maxZoom: maxNativeZoom } = pack;
      const layer = new TileLayer(tileUrl(pack.packId), { bounds, minZoom, maxNativeZoom, pane: 'packs' });
      this.#layers.push(layer.addTo(this.#map));
      return;
    }
    const background = packBackground(pack, this.#colours);
    const layer = leafletLayer({
      url: tileUrl(pack.packId),
      maxDataZoom: pack.maxZoom,
      minZoom: pack.minZoom,
      bounds,
      paintRules: packRules(this.#colours),
      labelRules: packLabels(this.#colours),
      ...(background === undefined ? {} : { backgroundColor: background }),
      attribution: '',
      pane: 'packs',
    });
    layer.addTo(this.#map);
    this.#vectorPacks.push(layer);
  }

  setColours(colours: MapColours): void {
    this.#colours = colours;
    this.#base.paintRules = baseRules(colours);
    this.#base.backgroundColor = colours.water;
    this.#base.rerenderTiles();
    const vectorPacks = this.#packs.filter((pack) => pack.format === 'VECTOR');
    for (const [index, layer] of this.#vectorPacks.entries()) {
      const pack = vectorPacks[index];
      layer.paintRules = packRules(colours);
      layer.labelRules = packLabels(colours);
      layer.backgroundColor = pack === undefined ? undefined : packBackground(pack, colours);
      layer.clearLayout();
      layer.rerenderTiles();
    }
  }

  /** The pack that shows streets at the middle of the view, or null. */
  covering(): TilePackDescription | null {
    const { lat, lng } = this.#map.getCenter().wrap();
    const zoom = this.#map.getZoom();
    const covers = ({ bounds: [west, south, east, north], minZoom }: TilePackDescription): boolean =>
      zoom >= minZoom && lng >= west && lng <= east && lat >= south && lat <= north;
    return this.#packs.find(covers) ?? null;
  }

  remove(): void {
    for (const layer of [...this.#layers, ...this.#vectorPacks, this.#base]) layer.remove();
  }
}

const tileUrl = (packId: string): string => `/tiles/${packId}/{z}/{x}/{y}`;

/** Packs of the OpenMapTiles schema draw no land: their background is the land. */
const packBackground = (pack: TilePackDescription, colours: MapColours): string | undefined =>
  pack.vectorLayers.includes('transportation') ? colours.land : undefined;

const fill = (dataLayer: string, colour: string): PaintRule => ({
  dataLayer,
  symbolizer: new PolygonSymbolizer({ fill: colour }),
});

const line = (dataLayer: string, color: string, width: number, dash?: number[]): PaintRule => ({
  dataLayer,
  symbolizer: new LineSymbolizer({ color, width, ...(dash === undefined ? {} : { dash }) }),
});

function baseRules(colours: MapColours): PaintRule[] {
  return [
    fill('land', colours.land),
    fill('lake', colours.water),
    fill('shore', colours.land),
    line('coast', colours.coast, 1),
    { ...line('state', colours.border, 1, [4, 4]), minzoom: 4 },
    line('border', colours.border, 1.2),
  ];
}

const MAJOR_ROADS = new Set(['highway', 'major_road', 'motorway', 'trunk', 'primary', 'secondary']);
const isMajor = ({ props }: Feature): boolean => MAJOR_ROADS.has(String(props.kind ?? props.class));

/** Both common schemas at once: Protomaps (earth, roads, buildings) and OpenMapTiles (transportation, building). */
function packRules(colours: MapColours): PaintRule[] {
  const roads = (dataLayer: string): PaintRule[] => [
    {
      ...line(dataLayer, colours.minorRoad, 1),
      minzoom: 12,
      filter: (_, feature) => !isMajor(feature),
    },
    { ...line(dataLayer, colours.majorRoad, 2), filter: (_, feature) => isMajor(feature) },
  ];
  return [
    fill('earth', colours.land),
    {
      ...fill('water', colours.water),
      filter: (_, feature) => feature.geomType === 3,
    },
    { ...fill('buildings', colours.building), minzoom: 14 },
    { ...fill('building', colours.building), minzoom: 14 },
    ...roads('roads'),
    ...roads('transportation'),
  ];
}

function packLabels(colours: MapColours): LabelRule[] {
  const text = { labelProps: ['name:en', 'name'], stroke: colours.land, width: 3 };
  const street = (dataLayer: string): LabelRule => ({
    dataLayer,
    minzoom: 14,
    symbolizer: new LineLabelSymbolizer({
      ...text,
      fill: colours.textMuted,
      font: `11px ${colours.fontFamily}`,
    }),
  });
  const place = (dataLayer: string): LabelRule => ({
    dataLayer,
    symbolizer: new CenteredTextSymbolizer({
      ...text,
      fill: colours.textMuted,
      font: `500 12px ${colours.fontFamily}`,
    }),
  });
  return [place('places'), place('place'), street('roads'), street('transportation_name')];
}
