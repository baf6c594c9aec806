import type { Alert } from '../../preload/contract/alerts.ts';
import type { Services } from './api/services.ts';
import type { MissionControl } from './dispatch/mission-control.ts';
import type { MissionCoverage } from './dispatch/mission-coverage.ts';
import type { createMissionArchive } from './records/mission-archive.ts';

/** The calls about missions, each for whoever may see the mission. */
export function coveredMissions(
  missions: MissionControl,
  archive: ReturnType<typeof createMissionArchive>,
  coverage: MissionCoverage,
): Services['missions'] {
  /** Only whoever may see the mission acts on it; for all others it does not exist. */
  async function covered<Result>(
    missionId: string,
    { dispatcherId }: { dispatcherId: string },
    act: () => Promise<Result>,
  ): Promise<Result> {
    await coverage.require(missionId, dispatcherId);
    return act();
  }
  return {
    async watched({ dispatcherId }) {
      const visible = await coverage.visibleTo(dispatcherId);
      return missions.active().filter(({ missionId }) => visible.has(missionId));
    },
    subscribe: (changed) => missions.subscribe(changed),
    get: (missionId, person) => covered(missionId, person, () => missions.get(missionId)),
    recent: (limit, { dispatcherId }) => archive.recent(limit, dispatcherId),
    timeline: (missionId, { dispatcherId }) => archive.timeline(missionId, dispatcherId),
    report: (missionId, { dispatcherId }) => archive.report(missionId, dispatcherId),
    abort: (missionId, reason, person) =>
      covered(missionId, person, () => missions.abort(missionId, reason, person)),
    hold: (missionId, person) => covered(missionId, person, () => missions.hold(missionId, person)),
    resume: (missionId, person) => covered(missionId, person, () => missions.resume(missionId, person)),
    landHere: (missionId, reason, person) =>
      covered(missionId, person, () => missions.landHere(missionId, reason, person)),
    releaseAgain: (missionId, person) =>
      covered(missionId, person, () => missions.releaseAgain(missionId, person)),
    confirmDelivery: (missionId, note, person) =>
      covered(missionId, person, () => missions.confirmDelivery(missionId, note, person)),
    returnNow: (missionId, person) => covered(missionId, person, () => missions.returnNow(missionId, person)),
    stayOnScene: (missionId, person) =>
      covered(missionId, person, () => missions.stayOnScene(missionId, person)),
    recordOutcome: (missionId, outcome, person) => missions.recordOutcome(missionId, outcome, person),
  };
}

/** What feeds tell of missions without asking the database: those followed, and those that an alert still names. */
export function liveMissions(missions: MissionControl, alerts: readonly Alert[]): string[] {
  const followed = missions.active().map(({ missionId }) => missionId);
  return [...new Set([...followed, ...alerts.flatMap(({ missionId }) => missionId ?? [])])];
}

/** An alert about a mission is for whoever may see the mission; all others are for everybody. */
export function visibleAlerts(alerts: readonly Alert[], visible: ReadonlySet<string>): Alert[] {
  return alerts.filter(({ missionId }) => missionId === null || visible.has(missionId));
}
