import type { Map as LeafletMap, Point } from 'leaflet';
import type { Position } from '../../preload/contract/geo.ts';
import type { OverlayFrame } from './canvas-overlay.ts';
import { drawHaloText, measure } from './canvas-text.ts';
import type { Box } from './declutter.ts';
import type { MapColours } from './map-colours.ts';
import { worldX, worldY } from './mercator.ts';

/** An aircraft of others that a receiver hears. */
export interface TrafficMark {
  readonly key: string;
  readonly position: Position;
  /** Null: not known. */
  readonly headingDeg: number | null;
  readonly label: string;
  /** Without numbers that change by the second: for the list that screen readers read. */
  readonly name: string;
  readonly selected: boolean;
  /** Its place is old: drawn broken, as everything that is. */
  readonly stale: boolean;
}

const HALF_PX = 9;
const SELECTED_RADIUS_PX = 16;
const LABEL_HEIGHT_PX = 17;
const REACH_PX = 22;

/** Hollow diamonds with a line ahead, as traffic displays have them: nothing of ours looks like that. */
export function paintTraffic(frame: OverlayFrame, marks: readonly TrafficMark[], colours: MapColours): Box[] {
  return marks.flatMap((mark) => {
    const x = frame.toX(worldX(mark.position.longitudeDeg));
    const y = frame.toY(worldY(mark.position.latitudeDeg));
    if (x < 0 || y < 0 || x > frame.widthPx || y > frame.heightPx) return [];
    paintMark(frame.context, { x, y }, mark, colours);
    const font = `600 12px ${colours.fontFamily}`;
    frame.context.font = font;
    frame.context.textBaseline = 'middle';
    drawHaloText(frame.context, mark.label, x + labelOffset(mark), y, colours.text, colours.land);
    const width = HALF_PX + labelOffset(mark) + measure(mark.label, font);
    return [{ x: x - HALF_PX, y: y - LABEL_HEIGHT_PX / 2, width, height: LABEL_HEIGHT_PX }];
  });
}

const labelOffset = ({ selected }: TrafficMark): number => (selected ? SELECTED_RADIUS_PX : HALF_PX) + 5;

function paintMark(
  context: CanvasRenderingContext2D,
  { x, y }: { x: number; y: number },
  { headingDeg, stale, selected }: TrafficMark,
  colours: MapColours,
): void {
  if (selected) {
    context.beginPath();
    context.arc(x, y, SELECTED_RADIUS_PX, 0, 2 * Math.PI);
    context.fillStyle = colours.land;
    context.fill();
    context.strokeStyle = colours.accent;
    context.lineWidth = 3;
    context.stroke();
  }
  context.beginPath();
  context.moveTo(x, y - HALF_PX);
  context.lineTo(x + HALF_PX, y);
  context.lineTo(x, y + HALF_PX);
  context.lineTo(x - HALF_PX, y);
  context.closePath();
  context.fillStyle = colours.land;
  context.fill();
  context.setLineDash(stale ? [3, 3] : []);
  context.strokeStyle = colours.text;
  context.lineWidth = 2;
  context.stroke();
  if (headingDeg !== null) {
    const angle = (headingDeg * Math.PI) / 180;
    const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
    context.beginPath();
    context.moveTo(x + sine * HALF_PX, y - cosine * HALF_PX);
    context.lineTo(x + sine * 3 * HALF_PX, y - cosine * 3 * HALF_PX);
    context.stroke();
  }
  context.setLineDash([]);
}

/** Key of the nearest within reach of a gloved finger. */
export function aircraftAt(map: LeafletMap, marks: readonly TrafficMark[], point: Point): string | null {
  let nearest: string | null = null;
  let reachPx = REACH_PX;
  for (const { key, position } of marks) {
    const at = map.latLngToContainerPoint([position.latitudeDeg, position.longitudeDeg]);
    const distancePx = at.distanceTo(point);
    if (distancePx > reachPx) continue;
    nearest = key;
    reachPx = distancePx;
  }
  return nearest;
}
