import type { Position } from '../../preload/contract/geo.ts';
import type { OverlayFrame } from './canvas-overlay.ts';
import { drawHaloText, measure } from './canvas-text.ts';
import type { Box } from './declutter.ts';
import type { MapColours } from './map-colours.ts';
import { metresPerPixel, worldX, worldY } from './mercator.ts';

/** A place to which a vehicle may return instead of its home. */
export interface RallyMark {
  readonly position: Position;
  /** "2 · 40 m above home" */
  readonly label: string;
  /** It is the one that a click on the map moves. */
  readonly chosen: boolean;
}

/** A part of the fence that the vehicle itself holds. */
export type FenceMark = { readonly staysOut: boolean } & (
  | { readonly ring: readonly Position[] }
  | { readonly centre: Position; readonly radiusM: number }
);

/** What a vehicle holds beside its mission, or shall be given. */
export interface VehiclePlanMarks {
  readonly rally: readonly RallyMark[];
  readonly fence: readonly FenceMark[];
}

const RADIUS_PX = 11;
/** The ring with its outline, which is higher than the words. */
const HEIGHT_PX = 2 * RADIUS_PX + 3;

/** The fence as broken outlines over the zones, rally points as rings with an R. Returns what labels leave free. */
export function paintVehiclePlan(
  frame: OverlayFrame,
  { rally, fence }: VehiclePlanMarks,
  colours: MapColours,
): Box[] {
  for (const part of fence) paintFence(frame, part, colours);
  return rally.map((mark) => paintRally(frame, mark, colours));
}

function paintFence(frame: OverlayFrame, part: FenceMark, colours: MapColours): void {
  const { context } = frame;
  context.beginPath();
  if ('ring' in part) {
    for (const corner of part.ring) {
      const { x, y } = place(frame, corner);
      context.lineTo(x, y);
    }
    context.closePath();
  } else {
    const { x, y } = place(frame, part.centre);
    const radiusPx = part.radiusM / metresPerPixel(part.centre.latitudeDeg, frame.zoom);
    context.arc(x, y, radiusPx, 0, 2 * Math.PI);
  }
  context.lineJoin = 'round';
  context.setLineDash(part.staysOut ? [10, 5] : [2, 5]);
  context.lineWidth = 5;
  context.strokeStyle = colours.land;
  context.stroke();
  context.lineWidth = 2.5;
  context.strokeStyle = part.staysOut ? colours.zone : colours.text;
  context.stroke();
  context.setLineDash([]);
}

function paintRally(frame: OverlayFrame, mark: RallyMark, colours: MapColours): Box {
  const { context } = frame;
  const { x, y } = place(frame, mark.position);
  context.beginPath();
  context.arc(x, y, RADIUS_PX, 0, 2 * Math.PI);
  context.fillStyle = mark.chosen ? colours.accent : colours.land;
  context.fill();
  context.lineWidth = 2.5;
  context.strokeStyle = mark.chosen ? colours.accent : colours.text;
  context.stroke();
  const font = `700 12px ${colours.fontFamily}`;
  context.font = font;
  context.textBaseline = 'middle';
  context.fillStyle = mark.chosen ? colours.accentInk : colours.text;
  context.fillText('R', x - measure('R', font) / 2, y + 0.5);
  const labelFont = `600 12px ${colours.fontFamily}`;
  context.font = labelFont;
  drawHaloText(context, mark.label, x + RADIUS_PX + 5, y, colours.text, colours.land);
  const width = 2 * RADIUS_PX + 5 + measure(mark.label, labelFont);
  return { x: x - RADIUS_PX, y: y - HEIGHT_PX / 2, width, height: HEIGHT_PX };
}

function place(frame: OverlayFrame, { latitudeDeg, longitudeDeg }: Position): { x: number; y: number } {
  return { x: frame.toX(worldX(longitudeDeg)), y: frame.toY(worldY(latitudeDeg)) };
}
