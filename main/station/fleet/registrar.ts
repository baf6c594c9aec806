import { Refusal } from '../../../preload/contract/errors.ts';
import type { Position } from '../../../preload/contract/geo.ts';
import type { VehicleState } from '../../../preload/contract/vehicle.ts';
import type { Alerts } from '../ports/alerts.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Store } from '../store/store.ts';
import type { DroneRoster } from './drone-roster.ts';

/** A vehicle that the command line names. */
export interface WantedRegistration {
  droneId: string;
  systemId: number;
  baseStationId: string;
  serialNumber: string;
  basePosition: Position | null;
}

const TRY_AGAIN_MS = 1_000;

/**
 * Registers what the command line names. A base that nobody has entered yet is made at the given position, or where
 * the vehicle first reports its own; until then the registration waits and an advisory says so.
 */
export function createRegistrar(parts: {
  registrations: readonly WantedRegistration[];
  roster: DroneRoster;
  store: Store;
  vehicleOf(systemId: number): VehicleState | null;
  clock: Clock;
  alerts: Alerts;
  log: Log;
}): { close(): void } {
  const { roster, store, vehicleOf, clock, alerts, log } = parts;
  const waiting = new Set(parts.registrations);
  let isWorking = false;

  async function tryAll(): Promise<void> {
    if (isWorking) return;
    isWorking = true;
    try {
      for (const wanted of waiting) if (await register(wanted)) waiting.delete(wanted);
    } finally {
      isWorking = false;
    }
    if (waiting.size === 0) stop();
  }

  /** True when there is nothing more to do: it is registered, or was refused for good. */
  async function register(wanted: WantedRegistration): Promise<boolean> {
    const { droneId, systemId, baseStationId, serialNumber } = wanted;
    const cause = `registration:${droneId}`;
    const told = { cause, subject: droneId, droneId };
    const known = roster.find(droneId);
    if (known?.mavlinkSystemId === systemId && known.baseStationId === baseStationId) return true;
    try {
      if (!roster.baseStations().some((base) => base.baseStationId === baseStationId)) {
        const position = wanted.basePosition ?? vehicleOf(systemId)?.position ?? null;
        if (position === null) {
          const sentence = `${droneId} is registered as soon as system ${systemId} reports where it stands: that becomes ${baseStationId}.`;
          alerts.raise({ ...told, level: 'ADVISORY', sentence });
          return false;
        }
        const { latitudeDeg, longitudeDeg } = position;
        await store.write.ensureBaseStation({ baseStationId, position: { latitudeDeg, longitudeDeg } });
        await roster.refresh();
      }
      const registration = { droneId, systemId, serialNumber, baseStationId, model: undefined };
      await roster.register(registration, null);
      log.info('drone-registered', { droneId, systemId, baseStationId });
      alerts.clear(cause);
      return true;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      log.warn('registration-refused', { droneId, code: error.code });
      alerts.raise({ ...told, level: 'CAUTION', sentence: error.message });
      return error.code !== 'STORAGE_UNAVAILABLE' && error.code !== 'STORAGE_FULL';
    }
  }

  const attempt = (): void =>
    void tryAll().catch((error: unknown) =>
      log.error('registration-failed', { error: error instanceof Error ? error.message : 'unknown' }),
    );
  const stop = clock.every(TRY_AGAIN_MS, attempt);
  attempt();
  return { close: stop };
}
