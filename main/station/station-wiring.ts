import { Refusal } from '../../preload/contract/errors.ts';
import type { Position } from '../../preload/contract/geo.ts';
import type { EmergencyDesk } from './dispatch/emergency-desk.ts';
import type { MissionControl } from './dispatch/mission-control.ts';
import type { DroneRoster } from './fleet/drone-roster.ts';
import type { Alerts } from './ports/alerts.ts';
import type { Clock } from './ports/clock.ts';
import type { Log } from './ports/log.ts';
import type { Store } from './store/store.ts';

/** One subscription to several sources of change. */
export function joined(
  ...sources: ((changed: () => void) => () => void)[]
): (changed: () => void) => () => void {
  return (changed) => {
    const stops = sources.map((subscribe) => subscribe(changed));
    return () => {
      for (const stop of stops) stop();
    };
  };
}

/** RTL of an autopilot with default settings may fly this low: a zone's ceiling must be below it to be flown over. */
const LOWEST_RETURN_ALTITUDE_M = 15;
const CLEARANCE_M = 10;
const HORIZON_MS = 15 * 60_000;

/** Whether a drone may fly from here to there in a straight line: away from every zone, now and on the way. */
export function straightWays(
  store: Pick<Store, 'read'>,
  clock: Clock,
): (from: Position, to: Position) => Promise<boolean> {
  return async (from, to) => {
    const fromMs = clock.nowMs();
    const nearest = await store.read.nearestZone({
      line: [from, to],
      altitudeAglM: LOWEST_RETURN_ALTITUDE_M,
      fromMs,
      untilMs: fromMs + HORIZON_MS,
    });
    return nearest === null || nearest.clearanceM >= CLEARANCE_M;
  };
}

/** Drones change their status, and emergencies leave the queue, as missions begin and end. */
export function followMissions(
  missions: MissionControl,
  roster: DroneRoster,
  desk: EmergencyDesk,
  log: Log,
): () => void {
  let known = '';
  return missions.subscribe(() => {
    const now = missions
      .active()
      .map(({ missionId, status, phase }) => `${missionId}:${status}:${phase === 'OVER'}`)
      .join();
    if (now === known) return;
    known = now;
    desk.queueChanged();
    roster
      .refresh()
      .catch((error: unknown) =>
        log.warn('roster-refresh-failed', { error: error instanceof Error ? error.name : 'unknown' }),
      );
  });
}

/** Reads again what is held in memory of the tables that other stations changed. */
export function reloader(parts: {
  roster: DroneRoster;
  airspace: { reload(): Promise<void> };
  desk: EmergencyDesk;
  coverage: { outdated(): void };
  log: Log;
}): (tables: ReadonlySet<string>) => void {
  const { roster, airspace, desk, coverage, log } = parts;
  const noted = (work: Promise<void>): void =>
    void work.catch((error: unknown) =>
      log.warn('reload-failed', { error: error instanceof Error ? error.name : 'unknown' }),
    );
  return (tables) => {
    if (tables.has('drones') || tables.has('base_stations')) noted(roster.refresh());
    if (tables.has('no_fly_zones')) noted(airspace.reload());
    if (tables.has('emergencies') || tables.has('missions')) {
      coverage.outdated();
      desk.queueChanged();
    }
  };
}

/** S14: a drone is launched only if no other station holds it, as far as the centre answers. */
export async function launchWithLease<Input extends { decisionId: string; droneId: string }, Output>(
  input: Input,
  leases: { take(droneId: string, decisionId: string): Promise<void>; giveBack(droneId: string): void },
  desk: { launch(input: Input): Promise<Output> },
): Promise<Output> {
  await leases.take(input.droneId, input.decisionId);
  try {
    return await desk.launch(input);
  } catch (error) {
    leases.giveBack(input.droneId);
    throw error;
  }
}

/** As the command line asks: the first person of an empty station. */
export async function makeFirstAdministrator(
  { name, password, log }: { name: string | null; password: string | null; log: Log },
  create: (dispatcherId: string, displayName: string, password: string) => Promise<void>,
): Promise<void> {
  if (name === null) return;
  if (password === null)
    throw new Refusal('INVALID_INPUT', '--create-admin needs the password in SKYRESCUE_ADMIN_PASSWORD.');
  try {
    await create(name, name, password);
  } catch (error) {
    // Given again at a later start: the people who are there stay as they are.
    if (!(error instanceof Refusal) || error.code !== 'FORBIDDEN') throw error;
    log.warn('first-administrator-exists');
  }
}

/** What people must know of the records: that the database stopped and what became of it, or that the disk is full. */
export function alertOfRecords(
  records: {
    onState(listener: (status: { state: string; notice: string | null }) => void): unknown;
    onSpaceLow(listener: (low: boolean) => void): unknown;
  },
  alerts: Alerts,
): void {
  const raise = (cause: string, sentence: string): void =>
    alerts.raise({ cause, level: 'WARNING', subject: 'Station', sentence });
  records.onState(({ state, notice }) => {
    if (state !== 'OPEN') return raise('database-failed', notice ?? state);
    alerts.clear('database-failed');
    alerts.raise({
      cause: 'database-restarted',
      level: 'ADVISORY',
      subject: 'Station',
      sentence: notice ?? state,
    });
  });
  records.onSpaceLow((low) => {
    if (low)
      raise(
        'disk-full',
        'The disk of the records is full. Missions are still recorded in a small reserve of space; positions along the way wait. Free some space on that disk now.',
      );
    else alerts.clear('disk-full');
  });
}
