import type { Alert } from '../../preload/contract/alerts.ts';
import { Refusal } from '../../preload/contract/errors.ts';
import type { Services } from './api/services.ts';
import type { MissionControl } from './dispatch/mission-control.ts';
import type { MissionCoverage } from './dispatch/mission-coverage.ts';
import type { createMissionArchive } from './records/mission-archive.ts';
import type { RemoteFlights } from './remote-flights.ts';
import { joined } from './station-wiring.ts';

/** The calls about missions, each for whoever may see the mission. */
export function coveredMissions(
  missions: MissionControl,
  archive: ReturnType<typeof createMissionArchive>,
  coverage: MissionCoverage,
  remote: RemoteFlights,
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
  /** A mission of another station is looked at here, and commanded there. */
  async function commanded<Result>(
    missionId: string,
    person: { dispatcherId: string },
    act: () => Promise<Result>,
  ): Promise<Result> {
    return covered(missionId, person, () => {
      const stationId = remote.stationOfMission(missionId);
      if (stationId === null) return act();
      throw new Refusal(
        'FORBIDDEN',
        `The station ${stationId} flies this mission, and only it can command the drone. Nothing was sent. Call that station.`,
      );
    });
  }
  return {
    async watched({ dispatcherId }) {
      const visible = await coverage.visibleTo(dispatcherId);
      return [...missions.active(), ...remote.missions()].filter(({ missionId }) => visible.has(missionId));
    },
    subscribe: joined(
      (changed) => missions.subscribe(changed),
      (changed) => remote.subscribe(changed),
    ),
    get: (missionId, person) => covered(missionId, person, () => missions.get(missionId)),
    recent: (limit, { dispatcherId }) => archive.recent(limit, dispatcherId),
    timeline: (missionId, { dispatcherId }) => archive.timeline(missionId, dispatcherId),
    report: (missionId, { dispatcherId }) => archive.report(missionId, dispatcherId),
    abort: (missionId, reason, person) =>
      commanded(missionId, person, () => missions.abort(missionId, reason, person)),
    hold: (missionId, person) => commanded(missionId, person, () => missions.hold(missionId, person)),
    resume: (missionId, person) => commanded(missionId, person, () => missions.resume(missionId, person)),
    landHere: (missionId, reason, person) =>
      commanded(missionId, person, () => missions.landHere(missionId, reason, person)),
    releaseAgain: (missionId, person) =>
      commanded(missionId, person, () => missions.releaseAgain(missionId, person)),
    confirmDelivery: (missionId, note, person) =>
      commanded(missionId, person, () => missions.confirmDelivery(missionId, note, person)),
    returnNow: (missionId, person) =>
      commanded(missionId, person, () => missions.returnNow(missionId, person)),
    stayOnScene: (missionId, person) =>
      commanded(missionId, person, () => missions.stayOnScene(missionId, person)),
    recordOutcome: (missionId, outcome, person) => missions.recordOutcome(missionId, outcome, person),
  };
}

/** What feeds tell of missions without asking the database: those followed here or elsewhere, and those that an alert names. */
export function liveMissions(
  missions: MissionControl,
  alerts: readonly Alert[],
  remote: RemoteFlights,
): string[] {
  const followed = [...missions.active(), ...remote.missions()].map(({ missionId }) => missionId);
  return [...new Set([...followed, ...alerts.flatMap(({ missionId }) => missionId ?? [])])];
}

/** An alert about a mission is for whoever may see the mission; all others are for everybody. */
export function visibleAlerts(alerts: readonly Alert[], visible: ReadonlySet<string>): Alert[] {
  return alerts.filter(({ missionId }) => missionId === null || visible.has(missionId));
}
