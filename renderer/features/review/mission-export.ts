import type { MissionReview, TrackPoint } from '../../../preload/contract/review.ts';

/**
 * A mission as a file. What was said at the scene and who called stay out: the one must be gone after seven days, the
 * other is nobody's business. Everything else is what the page shows.
 */
const COLUMNS = [
  ...[
    'time_utc',
    'seconds_since_launch',
    'record',
    'type',
    'source',
    'sentence',
    'latitude_deg',
    'longitude_deg',
  ],
  ...['altitude_amsl_m', 'ground_speed_mps', 'heading_deg', 'battery_percent'],
];

type Cell = string | number | null;

/** Events and telemetry in the order of their times, one line each; RFC 4180, UTF-8. */
export function missionCsv(mission: MissionReview, track: readonly TrackPoint[]): string {
  const seconds = (atMs: number): number => (atMs - mission.launchedAtMs) / 1_000;
  const events = mission.events.map((event): [atMs: number, cells: Cell[]] => [
    event.atMs,
    [
      ...[instant(event.atMs), seconds(event.atMs), 'EVENT', event.type, event.source, event.sentence],
      ...[null, null, null, null, null, null],
    ],
  ]);
  const fixes = track.map((fix): [atMs: number, cells: Cell[]] => [
    fix.atMs,
    [
      ...[instant(fix.atMs), seconds(fix.atMs), 'TELEMETRY', null, null, null, fix.latitudeDeg],
      ...[fix.longitudeDeg, fix.altitudeAmslM, fix.groundSpeedMps, fix.headingDeg, fix.batteryPercent],
    ],
  ]);
  const rows = [...events, ...fixes].sort(([one], [other]) => one - other).map(([, cells]) => cells);
  return [COLUMNS, ...rows].map((cells) => `${cells.map(csvCell).join(',')}\r\n`).join('');
}

/** RFC 7946: the flown path with heights above the sea, the planned route, the destination, each event in its place. */
export function missionGeoJson(mission: MissionReview, track: readonly TrackPoint[]): string {
  const flown =
    track.length > 1
      ? track.map((fix) => [fix.longitudeDeg, fix.latitudeDeg, fix.altitudeAmslM])
      : mission.flownPath.map((place) => [place.longitudeDeg, place.latitudeDeg]);
  const planned = mission.plannedRoute.map((place) => [place.longitudeDeg, place.latitudeDeg]);
  const { longitudeDeg, latitudeDeg } = mission.destination;
  const features = [
    feature({ type: 'Point', coordinates: [longitudeDeg, latitudeDeg] }, { kind: 'destination' }),
    ...(flown.length > 1
      ? [
          feature(
            { type: 'LineString', coordinates: flown },
            { kind: 'flown', times: track.map((fix) => instant(fix.atMs)) },
          ),
        ]
      : []),
    ...(planned.length > 1
      ? [feature({ type: 'LineString', coordinates: planned }, { kind: 'planned' })]
      : []),
    ...eventFeatures(mission, track),
  ];
  return `${JSON.stringify({ type: 'FeatureCollection', mission: summary(mission), features }, null, 1)}\n`;
}

function eventFeatures(mission: MissionReview, track: readonly TrackPoint[]) {
  return mission.events.map((event) => {
    const place = placeAt(event.atMs, track);
    const geometry =
      place === null
        ? null
        : { type: 'Point', coordinates: [place.longitudeDeg, place.latitudeDeg, place.altitudeAmslM] };
    const { type, sentence, source, secondsSinceLaunch } = event;
    return feature(geometry, {
      ...{ kind: 'event', type, time: instant(event.atMs), secondsSinceLaunch, source, sentence },
    });
  });
}

function summary(mission: MissionReview) {
  const { missionId, droneId, baseStationId, status, destinationAddress, estimatedEtaS, actualEtaS } =
    mission;
  const { aedDeployed, bystanderUsedAed, shockDelivered, patientOutcome, abortReason } = mission;
  return {
    ...{ missionId, droneId, baseStationId, status, destinationAddress, estimatedEtaS, actualEtaS },
    ...{ aedDeployed, bystanderUsedAed, shockDelivered, patientOutcome, abortReason },
    launchedAt: instant(mission.launchedAtMs),
  };
}

/** How far in time a fix may be from what happened there. */
const NEAR_MS = 5_000;

function placeAt(atMs: number, track: readonly TrackPoint[]): TrackPoint | null {
  let nearest: TrackPoint | null = null;
  for (const fix of track)
    if (nearest === null || Math.abs(fix.atMs - atMs) < Math.abs(nearest.atMs - atMs)) nearest = fix;
  return nearest !== null && Math.abs(nearest.atMs - atMs) <= NEAR_MS ? nearest : null;
}

function feature(geometry: object | null, properties: Record<string, unknown>) {
  return { type: 'Feature', geometry, properties };
}

function instant(atMs: number): string {
  return new Date(atMs).toISOString();
}

function csvCell(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  // A spreadsheet would run what begins like a formula.
  const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
