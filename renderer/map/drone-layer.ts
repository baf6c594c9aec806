import type { Map as LeafletMap } from 'leaflet';
import { type FleetMotion, MOTION_FLAG } from '../../preload/contract/fleet.ts';
import type { UnitSystem } from '../state/settings.ts';
import { CanvasOverlay, type OverlayFrame } from './canvas-overlay.ts';
import { type Box, declutter, freePlace, type LabelCandidate } from './declutter.ts';
import { type DroneLook, DroneSprites, headingIndex, SPRITE_PX } from './drone-sprites.ts';
import { type DroneTrack, FleetTracks, placeAt, staleForMs } from './fleet-tracks.ts';
import type { MapColours } from './map-colours.ts';
import { droneFigures, droneLabel, type MapTexts } from './map-texts.ts';
import { worldSizePx } from './mercator.ts';

export interface MotionSource {
  subscribe(listener: () => void): () => void;
  current(): FleetMotion | null;
}

interface DroneLabel {
  lines: string[];
  boxed: boolean;
  dimmed: boolean;
  /** From the drone's place to the label's top left corner. */
  dx: number;
  dy: number;
}

export interface DroneLayerOptions {
  texts: MapTexts;
  /** What drone labels must not cover: the labels of zones, bases and destinations. */
  reserved: () => readonly Box[];
  /** Called when the trails should be painted anew, before labels are placed. */
  onTrails: () => void;
}

const APPLY_EVERY_MS = 100;
/** Sprites sit on whole pixels: thirty drawings a second move even a fast one pixel by pixel. */
const DRAW_EVERY_MS = 30;
const TRAILS_AND_LABELS_EVERY_MS = 500;
const CLICK_RADIUS_PX = 22;
const MAX_LABELS = 150;
const BOX_OFFSET = { dx: 18, dy: 14 };

/** The moving drones: sprites drawn when one moved by a pixel, labels chosen and trails painted twice a second. */
export class DroneLayer {
  readonly tracks = new FleetTracks();
  readonly #options: DroneLayerOptions;
  readonly #sprites: CanvasOverlay;
  #atlas: DroneSprites | null = null;
  #colours: MapColours;
  #source: MotionSource | null = null;
  #unsubscribe: () => void = () => {};
  #timer: ReturnType<typeof setInterval> | null = null;
  #frameRequest: number | null = null;
  #waiting = false;
  #appliedAtMs = 0;
  #drawnAtMs = 0;
  #selectedKey: string | null = null;
  #units: UnitSystem = 'metric';
  #showTrails = true;
  #showLabels = true;
  #labels = new Map<string, DroneLabel>();
  /** What the last drawing looked like, to skip an equal one, and where it put ink, to wipe only that. */
  #drawn: readonly number[] | null = null;
  #ink: Box[] = [];

  constructor(colours: MapColours, options: DroneLayerOptions) {
    this.#colours = colours;
    this.#options = options;
    this.#sprites = new CanvasOverlay('drones', (frame) => this.#paintAfresh(frame));
  }

  addTo(map: LeafletMap): void {
    this.#sprites.addTo(map);
    this.#timer = setInterval(() => this.refresh(), TRAILS_AND_LABELS_EVERY_MS);
  }

  remove(): void {
    this.#unsubscribe();
    if (this.#timer !== null) clearInterval(this.#timer);
    if (this.#frameRequest !== null) cancelAnimationFrame(this.#frameRequest);
    this.#frameRequest = null;
    this.#sprites.remove();
  }

  setSource(source: MotionSource): void {
    this.#unsubscribe();
    this.#source = source;
    this.#unsubscribe = source.subscribe(() => this.#wake());
    this.#wake();
  }

  setColours(colours: MapColours): void {
    this.#colours = colours;
    this.#atlas = null;
    this.refresh();
  }

  setSelected(key: string | null): void {
    this.#selectedKey = key;
    this.refresh();
  }

  setUnits(units: UnitSystem): void {
    this.#units = units;
    this.refresh();
  }

  show(layers: { trails: boolean; labels: boolean }): void {
    this.#showTrails = layers.trails;
    this.#showLabels = layers.labels;
    this.refresh();
  }

  /** The key of the drone nearest to a point of the map's container, if near enough for a gloved finger. */
  at(point: { x: number; y: number }): string | null {
    const frame = this.#sprites.frame();
    if (frame === null) return null;
    const corner = frame.map.getPixelBounds().getTopLeft();
    const world = worldSizePx(frame.zoom);
    const nowMs = performance.now();
    let nearest: string | null = null;
    let nearestPx = CLICK_RADIUS_PX;
    for (const track of this.tracks.all()) {
      const place = placeAt(track, nowMs);
      const distancePx = Math.hypot(
        place.x * world - corner.x - point.x,
        place.y * world - corner.y - point.y,
      );
      if (distancePx < nearestPx) {
        nearest = track.key;
        nearestPx = distancePx;
      }
    }
    return nearest;
  }

  /** Trails and labels anew, then the sprites. */
  refresh(): void {
    if (this.#sprites.frame() === null) return;
    this.#options.onTrails();
    this.#sprites.redraw();
  }

  #wake(): void {
    this.#waiting = true;
    this.#requestFrame();
  }

  #requestFrame(): void {
    this.#frameRequest ??= requestAnimationFrame((nowMs) => this.#onFrame(nowMs));
  }

  #onFrame(nowMs: number): void {
    this.#frameRequest = null;
    if (this.#waiting && nowMs - this.#appliedAtMs >= APPLY_EVERY_MS) this.#apply(nowMs);
    const frame = this.#sprites.frame();
    if (frame !== null && nowMs - this.#drawnAtMs >= DRAW_EVERY_MS) {
      this.#drawnAtMs = nowMs;
      this.#paintSprites(frame, nowMs);
    }
    if (this.#waiting || this.tracks.gliding(nowMs)) this.#requestFrame();
  }

  #apply(nowMs: number): void {
    const motion = this.#source?.current() ?? null;
    this.#waiting = false;
    if (motion === null) return;
    this.#appliedAtMs = nowMs;
    this.tracks.apply(motion, nowMs);
  }

  #paintAfresh(frame: OverlayFrame): void {
    const nowMs = performance.now();
    this.#labels = this.#chooseLabels(frame, nowMs);
    this.#ink = [];
    this.#drawn = null;
    this.#paintSprites(frame, nowMs);
  }

  #paintSprites(frame: OverlayFrame, nowMs: number): void {
    this.#atlas ??= new DroneSprites(this.#colours, frame.devicePixelRatio);
    const placed = this.#visible(frame, nowMs);
    const drawing = placed.flatMap(({ x, y, heading, look }) => [x, y, heading, LOOK_NUMBERS[look]]);
    if (this.#drawn !== null && sameNumbers(drawing, this.#drawn)) return;
    this.#drawn = drawing;
    const { context } = frame;
    for (const box of this.#ink) context.clearRect(box.x - 1, box.y - 1, box.width + 2, box.height + 2);
    this.#ink = [];
    // The selected drone last: nothing covers it.
    placed.sort(
      (a, b) => Number(a.track.key === this.#selectedKey) - Number(b.track.key === this.#selectedKey),
    );
    for (const { track, x, y, heading, look } of placed) {
      this.#atlas.draw(context, look, heading, x, y);
      const half = SPRITE_PX / 2;
      this.#ink.push({ x: x - half, y: y - half, width: SPRITE_PX + 1, height: SPRITE_PX + 1 });
      const label = this.#labels.get(track.key);
      if (label !== undefined)
        this.#ink.push(
          this.#atlas.drawLabel(context, label.lines, label.boxed, label.dimmed, x + label.dx, y + label.dy),
        );
    }
  }

  #visible(frame: OverlayFrame, nowMs: number) {
    const ratio = frame.devicePixelRatio;
    const placed: { track: DroneTrack; x: number; y: number; heading: number; look: DroneLook }[] = [];
    for (const track of this.tracks.all()) {
      const place = placeAt(track, nowMs);
      const x = Math.round(frame.toX(place.x) * ratio) / ratio;
      const y = Math.round(frame.toY(place.y) * ratio) / ratio;
      if (x < -SPRITE_PX || y < -SPRITE_PX || x > frame.widthPx + SPRITE_PX || y > frame.heightPx + SPRITE_PX)
        continue;
      placed.push({ track, x, y, heading: headingIndex(place.headingDeg), look: lookOf(track, nowMs) });
    }
    return placed;
  }

  #chooseLabels(frame: OverlayFrame, nowMs: number): Map<string, DroneLabel> {
    this.#atlas ??= new DroneSprites(this.#colours, frame.devicePixelRatio);
    const candidates: LabelCandidate<{ key: string; label: DroneLabel }>[] = [];
    for (const { track, x, y } of this.#visible(frame, nowMs)) {
      const selected = track.key === this.#selectedKey;
      if (!this.#showLabels && !selected) continue;
      const words = this.#labelOf(track, selected, nowMs);
      const size = this.#atlas.labelSize(words.lines, words.boxed, words.dimmed);
      const place = selected
        ? boxPlace({ x, y, ...size }, this.#options.reserved())
        : { dx: -Math.round(size.width / 2), dy: SPRITE_PX / 2 };
      const label = { ...words, ...place };
      const box = { x: x + place.dx, y: y + place.dy, ...size };
      const priority = selected ? 3 : label.dimmed ? 2 : (track.flags & MOTION_FLAG.ON_MISSION) !== 0 ? 1 : 0;
      candidates.push({ box, priority, label: { key: track.key, label } });
    }
    const chosen = new Map<string, DroneLabel>();
    const selected = candidates.filter((candidate) => candidate.priority === 3);
    const reserved = [...this.#options.reserved(), ...selected.map((candidate) => candidate.box)];
    const others = candidates.filter((candidate) => candidate.priority < 3);
    for (const { label } of [...selected, ...declutter(others, reserved, MAX_LABELS)])
      chosen.set(label.key, label.label);
    return chosen;
  }

  #labelOf(track: DroneTrack, selected: boolean, nowMs: number): Omit<DroneLabel, 'dx' | 'dy'> {
    const stale = staleForMs(track, nowMs);
    const { texts } = this.#options;
    const dimmed = stale !== null;
    const name = (track.flags & MOTION_FLAG.REMOTE) !== 0 ? texts.remoteName(track.key) : track.key;
    if (!selected) return { lines: [droneLabel(name, stale, texts)], boxed: false, dimmed };
    const lines = [name, droneFigures(track, stale, texts, this.#units)];
    return { lines, boxed: true, dimmed };
  }

  /** One stroke a drone. */
  paintTrails(frame: OverlayFrame): void {
    if (!this.#showTrails) return;
    const { context } = frame;
    context.lineWidth = 1.5;
    context.lineJoin = 'round';
    context.strokeStyle = this.#colours.accent;
    for (const track of this.tracks.all()) {
      context.globalAlpha = track.key === this.#selectedKey ? 0.8 : 0.4;
      context.beginPath();
      for (let index = 0; index < track.trail.length; index += 2)
        context.lineTo(frame.toX(track.trail[index] ?? 0), frame.toY(track.trail[index + 1] ?? 0));
      context.stroke();
    }
    context.globalAlpha = 1;
  }
}

/** Right below the drone, else the first of the other three corners where the box covers no mark of the plan. */
function boxPlace({ x, y, width, height }: Box, reserved: readonly Box[]): { dx: number; dy: number } {
  const { dx, dy } = BOX_OFFSET;
  const at = (placeDx: number, placeDy: number) => ({
    ...{ x: x + placeDx, y: y + placeDy, width, height },
    ...{ dx: placeDx, dy: placeDy },
  });
  const [left, above] = [-dx - width, -dy - height];
  const place = freePlace([at(dx, dy), at(left, dy), at(dx, above), at(left, above)], reserved);
  return { dx: place.dx, dy: place.dy };
}

const LOOK_NUMBERS: Readonly<Record<DroneLook, number>> = {
  CURRENT: 0,
  STALE: 1,
  UNREGISTERED: 2,
  REMOTE: 3,
};

const sameNumbers = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((value, index) => value === b[index]);

function lookOf(track: DroneTrack, nowMs: number): DroneLook {
  if (staleForMs(track, nowMs) !== null) return 'STALE';
  if ((track.flags & MOTION_FLAG.REMOTE) !== 0) return 'REMOTE';
  return (track.flags & MOTION_FLAG.UNREGISTERED) !== 0 ? 'UNREGISTERED' : 'CURRENT';
}
