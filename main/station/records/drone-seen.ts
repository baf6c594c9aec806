import type { WriteQueries } from '../../../db/queries/query-map.ts';
import type { VehicleState } from '../../../preload/contract/vehicle.ts';
import type { AircraftDirectory } from '../ports/aircraft.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Store } from '../store/store.ts';

const EVERY_MS = 10_000;
/** F10. */
const FRESH_MS = 3_000;
/** Noise of a receiver that stands still is not a change of place. */
const PLACE_DECIMALS = 5;

type SeenDrone = Parameters<WriteQueries['recordDroneSeen']>[0]['drones'][number];

export interface DroneSeenOptions {
  registered(): readonly { droneId: string; systemId: number | null }[];
  aircraft: AircraftDirectory;
  record: Store['write']['recordDroneSeen'];
  clock: Clock;
  log: Log;
}

/** Keeps what was last heard of each registered drone, for the days when it is silent. */
export function createDroneSeen(options: DroneSeenOptions): { close(): Promise<void> } {
  const { clock, log } = options;
  const written = new Map<string, string>();
  let writing: Promise<void> = Promise.resolve();
  let isWriting = false;

  async function writeChanges(): Promise<void> {
    const changed: { drone: SeenDrone; key: string }[] = [];
    for (const { droneId, systemId } of options.registered()) {
      const vehicle = systemId === null ? undefined : options.aircraft.find(systemId)?.state();
      if (vehicle === undefined || vehicle.contact !== 'LIVE') continue;
      const drone = seen(droneId, vehicle, clock.nowMs());
      const key = JSON.stringify(drone);
      if (written.get(droneId) !== key) changed.push({ drone, key });
    }
    if (changed.length === 0) return;
    try {
      await options.record({ drones: changed.map(({ drone }) => drone) });
      for (const { drone, key } of changed) written.set(drone.droneId, key);
    } catch (error) {
      // The next round compares again and writes what is then true.
      log.warn('drone-seen-failed', { drones: changed.length, reason: String(error) });
    }
  }

  const stop = clock.every(EVERY_MS, () => {
    if (isWriting) return;
    isWriting = true;
    writing = writeChanges().finally(() => {
      isWriting = false;
    });
  });
  return {
    async close(): Promise<void> {
      stop();
      await writing;
    },
  };
}

function seen(droneId: string, vehicle: VehicleState, nowMs: number): SeenDrone {
  const fresh = <Part extends { receivedAtMs: number }>(part: Part | null): Part | null =>
    part !== null && nowMs - part.receivedAtMs <= FRESH_MS ? part : null;
  const place = fresh(vehicle.position);
  const rounded = (valueDeg: number): number => Number(valueDeg.toFixed(PLACE_DECIMALS));
  return {
    droneId,
    batteryPercent: fresh(vehicle.battery)?.remainingPercent ?? null,
    position:
      place === null
        ? null
        : { latitudeDeg: rounded(place.latitudeDeg), longitudeDeg: rounded(place.longitudeDeg) },
    altitudeAmslM: place === null ? null : Math.round(place.altitudeAmslM),
    firmware: vehicle.firmware,
    modelVersion: vehicle.inference?.modelVersion ?? null,
  };
}
