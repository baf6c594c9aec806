import { describe, expect, test } from 'vitest';
import type { MissionReview, TrackPoint } from '../../../preload/contract/review.ts';
import { missionCsv, missionGeoJson } from '../../../renderer/features/review/mission-export.ts';
import { EMPTY_FORM, filterOf, spanOf } from '../../../renderer/features/review/review-filter.ts';
import { bytes, resultWords, sinceLaunch } from '../../../renderer/features/review/review-words.ts';

const NOW_MS = Date.UTC(2026, 10, 1, 12);
const DAY_MS = 86_400_000;

const mission: MissionReview = {
  ...{ missionId: '01a18ca4-7824-70b0-9b8d-e7bc7df04110', droneId: 'Alpha-3', baseStationId: 'BOS-1' },
  ...{ status: 'COMPLETED', destinationAddress: '61 Salem St', launchedAtMs: NOW_MS, actualEtaS: 92 },
  ...{ destination: { latitudeDeg: 42.36, longitudeDeg: -71.05 }, aedDeployed: true, remoteStationId: null },
  ...{ baseStationName: 'Fire Station 10', dispatcherName: 'Operator 12', emergencyType: 'cardiac_arrest' },
  ...{ calledAtMs: NOW_MS - 60_000, arrivedAtMs: NOW_MS + 92_000, aedDeployedAtMs: null },
  ...{ completedAtMs: null, abortedAtMs: null, abortReason: null, estimatedEtaS: 90, overrideReason: null },
  ...{ bystanderUsedAed: null, shockDelivered: null, ambulanceArrivedAtMs: null, patientOutcome: null },
  weather: null,
  events: [
    {
      ...{
        eventId: 'one',
        type: 'OVERRIDE',
        atMs: NOW_MS + 1_500,
        secondsSinceLaunch: 1.5,
        source: 'DISPATCHER',
      },
      ...{ sentence: '=HYPERLINK("x"), he said', data: null },
    },
  ],
  transcript: [
    {
      ...{ atMs: NOW_MS, speaker: 'BYSTANDER', text: 'Her name is Ada.', language: 'en' },
      ...{ confidence: 0.9, conversationState: null },
    },
  ],
  plannedRoute: [
    { latitudeDeg: 42.35, longitudeDeg: -71.06 },
    { latitudeDeg: 42.36, longitudeDeg: -71.05 },
  ],
  flownPath: [
    { latitudeDeg: 42.35, longitudeDeg: -71.06 },
    { latitudeDeg: 42.36, longitudeDeg: -71.05 },
  ],
};
const track: TrackPoint[] = [0, 2_000].map((ms) => ({
  ...{ atMs: NOW_MS + ms, latitudeDeg: 42.35, longitudeDeg: -71.06, altitudeAmslM: 14 },
  ...{ groundSpeedMps: null, headingDeg: 40, batteryPercent: 97 },
}));

describe('export', () => {
  test('as CSV has one line an event and a fix in the order of time; nothing in it is a formula', () => {
    expect(missionCsv(mission, track).split('\r\n')).toEqual([
      'time_utc,seconds_since_launch,record,type,source,sentence,latitude_deg,longitude_deg,altitude_amsl_m,ground_speed_mps,heading_deg,battery_percent',
      '2026-11-01T12:00:00.000Z,0,TELEMETRY,,,,42.35,-71.06,14,,40,97',
      `2026-11-01T12:00:01.500Z,1.5,EVENT,OVERRIDE,DISPATCHER,"'=HYPERLINK(""x""), he said",,,,,,`,
      '2026-11-01T12:00:02.000Z,2,TELEMETRY,,,,42.35,-71.06,14,,40,97',
      '',
    ]);
  });

  test('as GeoJSON has longitude first, heights where there are any, and each event in its place', () => {
    const { type, features } = JSON.parse(missionGeoJson(mission, track));
    expect(type).toBe('FeatureCollection');
    expect(
      features.map((feature: { geometry: unknown; properties: { kind: string } }) => [
        feature.properties.kind,
        feature.geometry,
      ]),
    ).toEqual([
      ['destination', { type: 'Point', coordinates: [-71.05, 42.36] }],
      ['flown', { type: 'LineString', coordinates: track.map(() => [-71.06, 42.35, 14]) }],
      [
        'planned',
        {
          type: 'LineString',
          coordinates: [
            [-71.06, 42.35],
            [-71.05, 42.36],
          ],
        },
      ],
      ['event', { type: 'Point', coordinates: [-71.06, 42.35, 14] }],
    ]);
  });

  test('without telemetry draws the path that was kept, and places no event', () => {
    const { features } = JSON.parse(missionGeoJson(mission, []));
    expect(features[1].geometry.coordinates).toEqual([
      [-71.06, 42.35],
      [-71.05, 42.36],
    ]);
    expect(features.at(-1).geometry).toBeNull();
  });

  test('leaves out what was said', () => {
    for (const file of [missionCsv(mission, track), missionGeoJson(mission, track)])
      expect(file).not.toContain('Ada');
  });
});

describe('the filter', () => {
  test('counts back from now, to a moment ahead', () => {
    const { fromMs, untilMs } = spanOf({ ...EMPTY_FORM, period: 'week' }, NOW_MS);
    expect(fromMs).toBe(NOW_MS - 7 * DAY_MS);
    expect(untilMs).toBeGreaterThan(NOW_MS);
  });

  test('takes both days in, and leaves an end open where a date is missing', () => {
    const form = { ...EMPTY_FORM, period: 'dates' as const, fromDay: '2026-05-01', untilDay: '2026-05-02' };
    const span = spanOf(form, NOW_MS);
    expect(span).toEqual({
      fromMs: new Date(2026, 4, 1).getTime(),
      untilMs: new Date(2026, 4, 3).getTime(),
    });
    expect(spanOf({ ...form, fromDay: '', untilDay: '' }, NOW_MS).fromMs).toBe(0);
  });

  test('asks for no drone when none was typed', () => {
    expect(filterOf({ ...EMPTY_FORM, droneId: '  ' }, NOW_MS).droneId).toBeNull();
    expect(filterOf({ ...EMPTY_FORM, droneId: ' Alpha-3 ' }, NOW_MS).droneId).toBe('Alpha-3');
  });
});

describe('words', () => {
  test('count from the launch', () => {
    expect([61.4, 0, -2.4, -0.2].map(sinceLaunch)).toEqual(['T+1:01', 'T+0:00', 'T−0:02', 'T+0:00']);
  });

  test('say what stands out', () => {
    expect(resultWords(mission)).toBe('1:32 to scene');
    expect(resultWords({ ...mission, aedDeployed: false })).toBe('1:32 · AED not taken');
    expect(resultWords({ ...mission, status: 'ABORTED', actualEtaS: null })).toBe('did not arrive');
  });

  test('tell sizes', () => {
    expect([0, 999, 1_000, 34_100_000].map(bytes)).toEqual(['0 B', '999 B', '1.0 kB', '34.1 MB']);
  });
});
