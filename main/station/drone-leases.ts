import { Refusal } from '../../preload/contract/errors.ts';
import type { Clock } from './ports/clock.ts';
import type { Log } from './ports/log.ts';
import type { RemoteFlights } from './remote-flights.ts';
import type { CentralLink } from './sync/central-link.ts';

export interface DroneLeases {
  /**
   * Asks the centre for the drone before it is launched; 100 ms at most. Without an answer the station that hears the
   * drone has it (S14). Refuses with NO_GO when another station holds it.
   */
  take(droneId: string, decisionId: string): Promise<void>;
  /** The launch did not happen. */
  giveBack(droneId: string): void;
  close(): void;
}

const RENEW_EVERY_MS = 30_000;

/** Holds at the centre every drone that this station flies, for as long as it flies it. */
export function createDroneLeases(parts: {
  link(): Pick<CentralLink, 'holdDrone'> | null;
  flights(): readonly { droneId: string; missionId: string }[];
  remote: RemoteFlights;
  /** Rings when a mission began or ended. */
  subscribe(changed: () => void): () => void;
  clock: Clock;
  log: Log;
}): DroneLeases {
  const { link, flights, remote, subscribe, clock, log } = parts;
  let held = new Map<string, string>();

  function hold(droneId: string, missionId: string | null): void {
    link()
      ?.holdDrone(droneId, missionId)
      .then(
        (answer) => remote.heldBy(droneId, answer.state === 'TAKEN' ? answer.byStationId : null),
        (error: unknown) =>
          log.warn('lease-failed', { droneId, error: error instanceof Error ? error.name : 'unknown' }),
      );
  }

  function follow(): void {
    const now = new Map(flights().map(({ droneId, missionId }) => [droneId, missionId]));
    for (const [droneId, missionId] of now) if (held.get(droneId) !== missionId) hold(droneId, missionId);
    for (const droneId of held.keys()) if (!now.has(droneId)) hold(droneId, null);
    held = now;
  }

  const stops = [
    subscribe(follow),
    clock.every(RENEW_EVERY_MS, () => {
      for (const [droneId, missionId] of held) hold(droneId, missionId);
    }),
  ];
  follow();
  return {
    async take(droneId, decisionId) {
      const answer = await link()?.holdDrone(droneId, decisionId);
      if (answer?.state !== 'TAKEN') return remote.heldBy(droneId, null);
      remote.heldBy(droneId, answer.byStationId);
      throw new Refusal(
        'NO_GO',
        `${droneId} may not launch. The station ${answer.byStationId} holds it at this moment. Choose another drone, or call that station.`,
      );
    },
    giveBack(droneId) {
      if (!held.has(droneId)) hold(droneId, null);
    },
    close() {
      for (const stop of stops) stop();
    },
  };
}
