import {
  DomUtil,
  type LatLng,
  Layer,
  type LeafletEventHandlerFn,
  type Map as LeafletMap,
  type ZoomAnimEvent,
} from 'leaflet';
import { contextOf } from './canvas-text.ts';
import { worldSizePx } from './mercator.ts';

/** How to draw on an overlay: CSS pixels, the origin at the overlay's top left corner. */
export interface OverlayFrame {
  context: CanvasRenderingContext2D;
  map: LeafletMap;
  zoom: number;
  widthPx: number;
  heightPx: number;
  /** The part of the overlay that can be seen when it was placed. */
  view: { x: number; y: number; width: number; height: number };
  devicePixelRatio: number;
  /** Pixels of a place in the unit square of `mercator.ts`. */
  toX: (x: number) => number;
  toY: (y: number) => number;
}

/** Share of the view that is drawn beyond each edge, so that a short pan redraws nothing. */
const PADDING = 0.15;

/** A canvas over the map that moves with it, and is placed and painted anew after each move. */
export class CanvasOverlay extends Layer {
  readonly #paint: (frame: OverlayFrame) => void;
  readonly #pane: string;
  readonly #canvas = document.createElement('canvas');
  #frame: OverlayFrame | null = null;
  #corner: LatLng | null = null;

  constructor(pane: string, paint: (frame: OverlayFrame) => void) {
    super();
    this.#pane = pane;
    this.#paint = paint;
    this.#canvas.className = 'leaflet-zoom-animated';
    this.#canvas.setAttribute('aria-hidden', 'true');
  }

  override onAdd(map: LeafletMap): this {
    map.getPane(this.#pane)?.append(this.#canvas);
    this.#place(map);
    return this;
  }

  override onRemove(): this {
    this.#canvas.remove();
    this.#frame = null;
    return this;
  }

  override getEvents(): Record<string, LeafletEventHandlerFn> {
    return {
      moveend: () => this.#placeAnew(),
      viewreset: () => this.#placeAnew(),
      resize: () => this.#placeAnew(),
      move: () => this.#placeWhenOutside(),
      zoom: () => this.#follow(this.#frame?.map.getCenter(), this.#frame?.map.getZoom()),
      zoomanim: (event) => {
        const { center, zoom } = event as ZoomAnimEvent;
        this.#follow(center, zoom);
      },
    };
  }

  /** How to draw between placements; null while not on a map. */
  frame(): OverlayFrame | null {
    return this.#frame;
  }

  /** Wipes and paints. */
  redraw(): this {
    const frame = this.#frame;
    if (frame !== null) {
      frame.context.clearRect(0, 0, frame.widthPx, frame.heightPx);
      this.#paint(frame);
    }
    return this;
  }

  #placeAnew(): void {
    if (this.#frame !== null) this.#place(this.#frame.map);
  }

  /** A long drag leaves the padding before it ends. */
  #placeWhenOutside(): void {
    const frame = this.#frame;
    if (frame === null || frame.zoom !== frame.map.getZoom()) return;
    const offset = DomUtil.getPosition(this.#canvas).add(DomUtil.getPosition(frame.map.getPanes().mapPane));
    const beyondX = offset.x > 0 || offset.x + frame.widthPx < frame.view.width;
    const beyondY = offset.y > 0 || offset.y + frame.heightPx < frame.view.height;
    if (beyondX || beyondY) this.#place(frame.map);
  }

  #place(map: LeafletMap): void {
    const size = map.getSize();
    const padding = size.multiplyBy(PADDING).round();
    const corner = map.containerPointToLayerPoint(padding.multiplyBy(-1)).round();
    const { x: widthPx, y: heightPx } = size.add(padding.multiplyBy(2));
    const ratio = window.devicePixelRatio || 1;
    const canvas = this.#canvas;
    DomUtil.setPosition(canvas, corner);
    const [deviceWidth, deviceHeight] = [Math.round(widthPx * ratio), Math.round(heightPx * ratio)];
    if (canvas.width !== deviceWidth || canvas.height !== deviceHeight) {
      canvas.width = deviceWidth;
      canvas.height = deviceHeight;
      canvas.style.width = `${widthPx}px`;
      canvas.style.height = `${heightPx}px`;
    }
    const context = contextOf(canvas);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const zoom = map.getZoom();
    const world = worldSizePx(zoom);
    const origin = map.getPixelOrigin().add(corner);
    this.#corner = map.layerPointToLatLng(corner);
    this.#frame = {
      context,
      map,
      zoom,
      widthPx,
      heightPx,
      view: { x: padding.x, y: padding.y, width: size.x, height: size.y },
      devicePixelRatio: ratio,
      toX: (x) => x * world - origin.x,
      toY: (y) => y * world - origin.y,
    };
    this.redraw();
  }

  /** Scales what is drawn along with a zoom that is under way. */
  #follow(center: LatLng | undefined, zoom: number | undefined): void {
    const frame = this.#frame;
    if (frame === null || this.#corner === null || center === undefined || zoom === undefined) return;
    const { map } = frame;
    const newOrigin = map
      .project(center, zoom)
      .subtract(map.getSize().divideBy(2))
      .add(DomUtil.getPosition(map.getPanes().mapPane))
      .round();
    const offset = map.project(this.#corner, zoom).subtract(newOrigin);
    DomUtil.setTransform(this.#canvas, offset, map.getZoomScale(zoom, frame.zoom));
  }
}
