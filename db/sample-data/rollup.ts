import { type SampleFix, sampleFlight } from './flight.ts';
import type { SampleMission } from './sample-mission.ts';

const MINUTE_MS = 60_000;

/** The minutes of a flight whose telemetry is no longer kept, as the database would have added them up. */
export function* minuteRollup(mission: SampleMission): Generator<(string | number)[]> {
  let minute: { startMs: number; fixes: SampleFix[] } | null = null;
  for (const fix of sampleFlight(mission)) {
    const startMs = fix.atMs - (fix.atMs % MINUTE_MS);
    if (minute !== null && minute.startMs !== startMs) {
      yield rollupRow(mission, minute.startMs, minute.fixes);
      minute = null;
    }
    minute ??= { startMs, fixes: [] };
    minute.fixes.push(fix);
  }
  if (minute !== null) yield rollupRow(mission, minute.startMs, minute.fixes);
}

function rollupRow(
  mission: SampleMission,
  startMs: number,
  fixes: readonly SampleFix[],
): (string | number)[] {
  // Telemetry keeps two decimals: what is added up is what would have been kept.
  const sum = (value: (fix: SampleFix) => number): string =>
    fixes.reduce((total, fix) => total + Number(value(fix).toFixed(2)), 0).toFixed(2);
  const batteries = fixes.map((fix) => fix.batteryPercent);
  return [
    ...[new Date(startMs).toISOString(), mission.missionId, mission.drone.droneId],
    ...[sum((fix) => fix.speedMps), fixes.length, sum((fix) => fix.altitudeAmslM), fixes.length],
    ...[Math.min(...batteries), Math.max(...batteries)],
  ];
}
