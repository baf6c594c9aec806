import { type Coords, GridLayer, type Map as LeafletMap } from 'leaflet';
import type { Zone } from '../../preload/contract/airspace.ts';
import { contextOf } from './canvas-text.ts';
import type { MapColours } from './map-colours.ts';
import { ringOf, type ZoneShape, ZoneShapes } from './zone-shapes.ts';

const TILE_PX = 512;
/** Lines of the hatch lie on a cell that divides the tile, so that they go on across tiles. */
const HATCH_CELL_PX = 32;
const HATCH_LINES = 3;
/** Outlines reach this far over the edge of a tile. */
const EDGE_PX = 2;
const MIN_SEEN_PX = 2;
/** How long repainting may hold the page at a time. */
const SLICE_MS = 8;

/** No-fly zones, painted tile by tile. A change repaints only the tiles it touches, a slice a frame. */
export class ZoneLayer extends GridLayer {
  readonly shapes = new ZoneShapes();
  readonly #tiles = new Map<string, { canvas: HTMLCanvasElement; coords: Coords }>();
  readonly #toRepaint = new Set<string>();
  #frameRequest: number | null = null;
  #colours: MapColours;
  #hatch: HTMLCanvasElement | null = null;

  constructor(colours: MapColours) {
    super({ pane: 'zones', tileSize: TILE_PX, updateWhenZooming: false, noWrap: true });
    this.#colours = colours;
    this.on('tileunload', (event) => this.#forget(event.coords));
  }

  override onRemove(map: LeafletMap): this {
    if (this.#frameRequest !== null) cancelAnimationFrame(this.#frameRequest);
    this.#frameRequest = null;
    this.#tiles.clear();
    this.#toRepaint.clear();
    return super.onRemove(map);
  }

  setZones(zones: readonly Zone[]): void {
    const changed = this.shapes.replace(zones);
    for (const [key, { coords }] of this.#tiles)
      if (changed.some((shape) => onTile(shape, coords))) this.#toRepaint.add(key);
    this.#requestRepaint();
  }

  setColours(colours: MapColours): void {
    this.#colours = colours;
    this.#hatch = null;
    for (const key of this.#tiles.keys()) this.#toRepaint.add(key);
    this.#requestRepaint();
  }

  override createTile(coords: Coords): HTMLCanvasElement {
    const canvas = document.createElement('canvas');
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(TILE_PX * ratio);
    canvas.height = Math.round(TILE_PX * ratio);
    this.#tiles.set(tileKey(coords), { canvas, coords });
    this.#paint(canvas, coords);
    return canvas;
  }

  #forget(coords: Coords): void {
    this.#tiles.delete(tileKey(coords));
    this.#toRepaint.delete(tileKey(coords));
  }

  #requestRepaint(): void {
    if (this.#toRepaint.size > 0) this.#frameRequest ??= requestAnimationFrame(() => this.#repaintSlice());
  }

  #repaintSlice(): void {
    this.#frameRequest = null;
    const untilMs = performance.now() + SLICE_MS;
    for (const key of this.#toRepaint) {
      const tile = this.#tiles.get(key);
      this.#toRepaint.delete(key);
      if (tile !== undefined) this.#paint(tile.canvas, tile.coords);
      if (performance.now() >= untilMs) break;
    }
    this.#requestRepaint();
  }

  #paint(canvas: HTMLCanvasElement, coords: Coords): void {
    const context = contextOf(canvas);
    const scale = canvas.width / TILE_PX;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, TILE_PX, TILE_PX);
    const inForce = new Path2D();
    const notInForce = new Path2D();
    for (const shape of this.shapes.all())
      if (onTile(shape, coords)) trace(shape.zone.inForce ? inForce : notInForce, shape, coords);

    context.lineJoin = 'round';
    context.strokeStyle = this.#colours.zone;
    context.lineWidth = 1.2;
    context.globalAlpha = 0.6;
    context.setLineDash([5, 5]);
    context.stroke(notInForce);
    context.setLineDash([]);
    context.globalAlpha = 1;
    context.fillStyle = this.#colours.zoneFill;
    context.fill(inForce);
    this.#hatch ??= drawHatch(this.#colours.zone, scale);
    const pattern = context.createPattern(this.#hatch, 'repeat');
    if (pattern !== null) {
      pattern.setTransform(new DOMMatrix([1 / scale, 0, 0, 1 / scale, 0, 0]));
      context.fillStyle = pattern;
      context.fill(inForce);
    }
    context.lineWidth = 1.6;
    context.stroke(inForce);
  }
}

const tileKey = (coords: Coords): string => `${coords.z}/${coords.x}/${coords.y}`;

/** Pixels across the world of a layer whose tiles are `TILE_PX` wide: Leaflet numbers such tiles more coarsely. */
const worldPx = (coords: Coords): number => 256 * 2 ** coords.z;

function onTile(shape: ZoneShape, coords: Coords): boolean {
  const world = worldPx(coords);
  const [left, top] = [coords.x * TILE_PX - EDGE_PX, coords.y * TILE_PX - EDGE_PX];
  const size = TILE_PX + 2 * EDGE_PX;
  return (
    shape.east * world >= left &&
    shape.west * world <= left + size &&
    shape.south * world >= top &&
    shape.north * world <= top + size
  );
}

function trace(path: Path2D, shape: ZoneShape, coords: Coords): void {
  const world = worldPx(coords);
  const [left, top] = [coords.x * TILE_PX, coords.y * TILE_PX];
  const widthPx = (shape.east - shape.west) * world;
  const heightPx = (shape.south - shape.north) * world;
  if (widthPx < MIN_SEEN_PX && heightPx < MIN_SEEN_PX) {
    path.rect(shape.west * world - left, shape.north * world - top, MIN_SEEN_PX, MIN_SEEN_PX);
    return;
  }
  const ring = ringOf(shape);
  let lastX = Number.NaN;
  let lastY = Number.NaN;
  for (let index = 0; index < ring.length; index += 2) {
    const x = (ring[index] ?? 0) * world - left;
    const y = (ring[index + 1] ?? 0) * world - top;
    if (index === 0) path.moveTo(x, y);
    else if (Math.abs(x - lastX) < 0.7 && Math.abs(y - lastY) < 0.7) continue;
    else path.lineTo(x, y);
    lastX = x;
    lastY = y;
  }
  path.closePath();
}

function drawHatch(colour: string, scale: number): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(HATCH_CELL_PX * scale);
  canvas.height = canvas.width;
  const context = contextOf(canvas);
  context.scale(scale, scale);
  context.strokeStyle = colour;
  context.globalAlpha = 0.42;
  context.lineWidth = 1.2;
  context.beginPath();
  for (let line = -HATCH_LINES; line < 2 * HATCH_LINES; line++) {
    const x = (line / HATCH_LINES) * HATCH_CELL_PX;
    context.moveTo(x - 4, HATCH_CELL_PX + 4);
    context.lineTo(x + HATCH_CELL_PX + 4, -4);
  }
  context.stroke();
  return canvas;
}
