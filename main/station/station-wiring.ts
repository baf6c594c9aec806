import { Refusal } from '../../preload/contract/errors.ts';
import type { EmergencyDesk } from './dispatch/emergency-desk.ts';
import type { MissionControl } from './dispatch/mission-control.ts';
import type { DroneRoster } from './fleet/drone-roster.ts';
import type { Log } from './ports/log.ts';

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
