import type { BaseStation } from '../../preload/contract/fleet.ts';
import type { Position } from '../../preload/contract/geo.ts';
import type { UnitSystem } from '../state/settings.ts';
import type { OverlayFrame } from './canvas-overlay.ts';
import { drawHaloText, measure } from './canvas-text.ts';
import { type Box, declutter, type LabelCandidate } from './declutter.ts';
import type { MapColours } from './map-colours.ts';
import { type MapTexts, zoneLabel } from './map-texts.ts';
import { worldX, worldY } from './mercator.ts';
import type { ZoneShape } from './zone-shapes.ts';

export interface MapRoute {
  id: string;
  planned: readonly Position[];
  flown: readonly Position[];
  destination: Position | null;
  label: string | null;
  emphasised: boolean;
}

export interface PlanContent {
  baseStations: readonly BaseStation[];
  routes: readonly MapRoute[];
  pin: Position | null;
  zones: Iterable<ZoneShape>;
  show: { zones: boolean; labels: boolean };
}

interface Words {
  text: string;
  font: string;
  colour: string;
}

const BASE_PX = 18;
const DESTINATION_RADIUS_PX = 15;
const LABEL_HEIGHT_PX = 17;
/** A zone smaller than this on the screen keeps its name to itself. */
const LABELLED_ZONE_PX = 26;
const MAX_LABELS = 80;
/** Clear of the line of text at the map's lower edge. */
const LOWEST_LABEL_PX = 78;

/** Routes, bases, destinations and the names of zones. Returns the boxes that other labels should leave free. */
export function paintPlan(
  frame: OverlayFrame,
  content: PlanContent,
  colours: MapColours,
  texts: MapTexts,
  units: UnitSystem,
): Box[] {
  const emphasisedLast = [...content.routes].sort((a, b) => Number(a.emphasised) - Number(b.emphasised));
  for (const route of emphasisedLast) paintRoute(frame, route, colours);

  const marks: Box[] = [];
  const labels: LabelCandidate<Words>[] = [];
  const semibold = `600 12px ${colours.fontFamily}`;
  for (const station of content.baseStations) {
    const place = project(frame, station.position);
    paintBase(frame.context, place, station.operational, colours);
    marks.push(centred(place, BASE_PX));
    const words = { text: station.baseStationId, font: semibold, colour: colours.text };
    labels.push({ box: boxAt(words, place.x + 15, place.y), priority: 2, label: words });
  }
  for (const { position, label } of destinations(content)) {
    const place = project(frame, position);
    paintDestination(frame.context, place, colours);
    marks.push(centred(place, DESTINATION_RADIUS_PX * 2));
    const words = { text: label ?? '', font: semibold, colour: colours.text };
    if (label !== null) labels.push({ box: boxAt(words, place.x + 22, place.y), priority: 3, label: words });
  }
  if (content.show.zones) labels.push(...zoneLabels(frame, content.zones, colours, texts, units));
  const shown = content.show.labels ? declutter(labels, marks, MAX_LABELS) : [];
  frame.context.textBaseline = 'middle';
  for (const { box, label } of shown) {
    frame.context.font = label.font;
    drawHaloText(frame.context, label.text, box.x, box.y + box.height / 2, label.colour, colours.land);
  }
  return [...marks, ...shown.map(({ box }) => box)];
}

/** The pin is where a person is about to send a drone; a route that ends there says it already. */
function destinations({ routes, pin }: PlanContent): { position: Position; label: string | null }[] {
  const ends = routes.flatMap(({ destination, label }) =>
    destination === null ? [] : [{ position: destination, label }],
  );
  const pinned = ends.some(
    ({ position }) => position.latitudeDeg === pin?.latitudeDeg && position.longitudeDeg === pin.longitudeDeg,
  );
  return pin === null || pinned ? ends : [...ends, { position: pin, label: null }];
}

function paintRoute({ context, toX, toY }: OverlayFrame, route: MapRoute, colours: MapColours): void {
  const line = (positions: readonly Position[]): void => {
    context.beginPath();
    for (const { latitudeDeg, longitudeDeg } of positions)
      context.lineTo(toX(worldX(longitudeDeg)), toY(worldY(latitudeDeg)));
    context.stroke();
  };
  context.lineJoin = 'round';
  context.lineWidth = route.emphasised ? 2.5 : 1.5;
  context.globalAlpha = route.emphasised ? 1 : 0.55;
  context.strokeStyle = colours.route;
  context.setLineDash([7, 6]);
  line(route.planned);
  context.setLineDash([]);
  context.strokeStyle = colours.flown;
  line(route.flown);
  context.globalAlpha = 1;
}

function paintBase(
  context: CanvasRenderingContext2D,
  { x, y }: { x: number; y: number },
  operational: boolean,
  colours: MapColours,
): void {
  context.beginPath();
  context.roundRect(x - BASE_PX / 2, y - BASE_PX / 2, BASE_PX, BASE_PX, 4);
  context.fillStyle = operational ? colours.base : colours.land;
  context.fill();
  context.strokeStyle = colours.textMuted;
  context.lineWidth = 1;
  context.setLineDash(operational ? [] : [3, 3]);
  context.stroke();
  context.setLineDash([]);
}

function paintDestination(
  context: CanvasRenderingContext2D,
  { x, y }: { x: number; y: number },
  colours: MapColours,
): void {
  context.beginPath();
  context.arc(x, y, DESTINATION_RADIUS_PX, 0, 2 * Math.PI);
  context.fillStyle = colours.land;
  context.globalAlpha = 0.85;
  context.fill();
  context.globalAlpha = 1;
  context.strokeStyle = colours.text;
  context.lineWidth = 2;
  context.stroke();
  context.beginPath();
  context.moveTo(x - 6, y);
  context.lineTo(x + 6, y);
  context.moveTo(x, y - 6);
  context.lineTo(x, y + 6);
  context.lineWidth = 3;
  context.stroke();
}

function zoneLabels(
  frame: OverlayFrame,
  zones: Iterable<ZoneShape>,
  colours: MapColours,
  texts: MapTexts,
  units: UnitSystem,
): LabelCandidate<Words>[] {
  const nowMs = Date.now();
  const candidates: LabelCandidate<Words>[] = [];
  const viewRight = frame.view.x + frame.view.width;
  const viewBottom = frame.view.y + frame.view.height;
  for (const shape of zones) {
    const [left, right] = [frame.toX(shape.west), frame.toX(shape.east)];
    const [top, bottom] = [frame.toY(shape.north), frame.toY(shape.south)];
    const outside = right < frame.view.x || left > viewRight || bottom < frame.view.y || top > viewBottom;
    if (outside || Math.max(right - left, bottom - top) < LABELLED_ZONE_PX) continue;
    const words = {
      text: zoneLabel(shape.zone, nowMs, texts, units),
      font: `600 12px ${colours.fontFamily}`,
      colour: colours.zone,
    };
    const box = boxAt(words, 0, bottom + 12);
    // A zone that reaches beyond the view keeps its name in sight.
    box.x = between((left + right - box.width) / 2, frame.view.x + 6, viewRight - box.width - 6);
    box.y = Math.min(box.y, viewBottom - LOWEST_LABEL_PX);
    const sizeShare = Math.min(1, ((right - left) * (bottom - top)) / (frame.widthPx * frame.heightPx));
    candidates.push({ box, priority: (shape.zone.inForce ? 1 : 0) + sizeShare, label: words });
  }
  return candidates;
}

const project = (frame: OverlayFrame, { latitudeDeg, longitudeDeg }: Position) => ({
  x: frame.toX(worldX(longitudeDeg)),
  y: frame.toY(worldY(latitudeDeg)),
});

const between = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, value));

const centred = ({ x, y }: { x: number; y: number }, size: number): Box => ({
  x: x - size / 2,
  y: y - size / 2,
  width: size,
  height: size,
});

const boxAt = (words: Words, x: number, middleY: number): Box => ({
  x,
  y: middleY - LABEL_HEIGHT_PX / 2,
  width: measure(words.text, words.font) + 2,
  height: LABEL_HEIGHT_PX,
});
