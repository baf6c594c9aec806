import type { Position } from '../../preload/contract/geo.ts';
import type { OverlayFrame } from './canvas-overlay.ts';
import { drawHaloText } from './canvas-text.ts';
import type { MapColours } from './map-colours.ts';
import { metresPerPixel, worldX, worldY } from './mercator.ts';
import { fromUtm, toUtm, utmZone } from './utm.ts';

/** Below this zoom the base map alone is enough. */
export const GRID_FROM_ZOOM = 10;
const SPACINGS_M = [100, 500, 1000, 5000, 10_000] as const;
const MIN_SPACING_PX = 56;
/** Height of the line of text at the map's lower edge, which covers what is under it. */
const READOUT_PX = 50;
/** Short enough that a straight stroke follows the line within a pixel. */
const PIECES = 4;

/** The finest spacing whose lines stand far enough apart to be read. */
export function gridSpacingM(metresPerPx: number): number {
  return SPACINGS_M.find((spacing) => spacing / metresPerPx >= MIN_SPACING_PX) ?? 10_000;
}

/** The multiples of `spacing` from below `low` to above `high`. */
export function gridValues(low: number, high: number, spacing: number): number[] {
  const values: number[] = [];
  for (let value = Math.floor(low / spacing) * spacing; value <= high + spacing; value += spacing)
    values.push(value);
  return values;
}

/** The metric grid (UTM, as on rescue services' paper maps), labelled in kilometres along two edges of the view. */
export function paintGrid(frame: OverlayFrame, colours: MapColours): void {
  if (frame.zoom < GRID_FROM_ZOOM) return;
  const bounds = frame.map.getBounds().pad(0.35);
  const center = frame.map.getCenter().wrap();
  const zone = utmZone(center.lng);
  const spacingM = gridSpacingM(metresPerPixel(center.lat, frame.zoom));
  const corners = [
    bounds.getNorthWest(),
    bounds.getNorthEast(),
    bounds.getSouthWest(),
    bounds.getSouthEast(),
  ].map(({ lat, lng }) => toUtm({ latitudeDeg: lat, longitudeDeg: lng }, zone));
  const eastings = corners.map((corner) => corner.eastingM);
  const northings = corners.map((corner) => corner.northingM);
  const [west, east] = [Math.min(...eastings), Math.max(...eastings)];
  const [south, north] = [Math.min(...northings), Math.max(...northings)];

  const { context } = frame;
  context.strokeStyle = colours.grid;
  context.lineWidth = 1;
  const eastingRowPx = frame.view.y + frame.view.height - READOUT_PX;
  // At the corner the two rows of labels would meet.
  const lowestPx = eastingRowPx - 12;
  const labels: { text: string; x: number; y: number }[] = [];
  for (const eastingM of gridValues(west, east, spacingM)) {
    const line = pieces(south, north).map((northingM) =>
      project(frame, fromUtm({ eastingM, northingM }, zone)),
    );
    stroke(context, line);
    const x = crossing(line, 'y', eastingRowPx);
    if (x !== null) labels.push({ text: `${kilometres(eastingM, spacingM)} E`, x: x + 4, y: eastingRowPx });
  }
  for (const northingM of gridValues(south, north, spacingM)) {
    const line = pieces(west, east).map((eastingM) => project(frame, fromUtm({ eastingM, northingM }, zone)));
    stroke(context, line);
    const x = frame.view.x + 6;
    const y = crossing(line, 'x', x);
    if (y !== null && y < lowestPx)
      labels.push({ text: `${kilometres(northingM, spacingM)} N`, x, y: y - 7 });
  }
  context.font = `10px ${colours.fontFamily}`;
  context.textBaseline = 'middle';
  for (const { text, x, y } of labels) drawHaloText(context, text, x, y, colours.gridText, colours.land);
}

const kilometres = (metres: number, spacingM: number): string =>
  (metres / 1000).toFixed(spacingM < 1000 ? 1 : 0);

const pieces = (from: number, to: number): number[] =>
  Array.from({ length: PIECES + 1 }, (_, index) => from + ((to - from) * index) / PIECES);

const project = (frame: OverlayFrame, { latitudeDeg, longitudeDeg }: Position) => ({
  x: frame.toX(worldX(longitudeDeg)),
  y: frame.toY(worldY(latitudeDeg)),
});

function stroke(context: CanvasRenderingContext2D, line: readonly { x: number; y: number }[]): void {
  context.beginPath();
  for (const { x, y } of line) context.lineTo(x, y);
  context.stroke();
}

/** Where a line has `value` on `axis`: the other coordinate there, or null. */
function crossing(line: readonly { x: number; y: number }[], axis: 'x' | 'y', value: number): number | null {
  const other = axis === 'x' ? 'y' : 'x';
  for (const [index, point] of line.entries()) {
    const next = line[index + 1];
    if (next === undefined || (point[axis] - value) * (next[axis] - value) > 0) continue;
    const share = (value - point[axis]) / (next[axis] - point[axis] || 1);
    return point[other] + (next[other] - point[other]) * share;
  }
  return null;
}
