import { Refusal } from '../../../preload/contract/errors.ts';
import type { BaseStation, DroneRecord, DroneStatus } from '../../../preload/contract/fleet.ts';
import type { Store } from '../store/store.ts';

export interface Registration {
  droneId: string;
  systemId: number;
  serialNumber: string;
  baseStationId: string;
  model: string | undefined;
}

/** The registered drones and the base stations: the database's truth, held in memory for whoever asks often. */
export interface DroneRoster {
  all(): readonly DroneRecord[];
  find(droneId: string): DroneRecord | null;
  bySystemId(systemId: number): DroneRecord | null;
  /** What people call a vehicle: its drone id, or `system 7` while nobody has registered it. */
  nameOf(systemId: number): string;
  baseStations(): readonly BaseStation[];
  /** For a person, or for the station itself: null. */
  register(registration: Registration, dispatcherId: string | null): Promise<DroneRecord>;
  setStatus(droneId: string, status: DroneStatus, dispatcherId: string): Promise<DroneRecord>;
  /** Reads the database again: after missions changed a drone's status. */
  refresh(): Promise<void>;
  subscribe(changed: () => void): () => void;
}

export async function openDroneRoster(store: Store): Promise<DroneRoster> {
  let records: DroneRecord[] = [];
  let bases: BaseStation[] = [];
  let byId = new Map<string, DroneRecord>();
  let bySystem = new Map<number, DroneRecord>();
  const listeners = new Set<() => void>();

  async function refresh(): Promise<void> {
    [records, bases] = await Promise.all([store.read.droneRecords({}), store.read.baseStations({})]);
    byId = new Map(records.map((record) => [record.droneId, record]));
    bySystem = new Map(
      records.flatMap((record) =>
        record.mavlinkSystemId === null ? [] : [[record.mavlinkSystemId, record]],
      ),
    );
    for (const listener of listeners) listener();
  }

  async function register(registration: Registration, dispatcherId: string | null): Promise<DroneRecord> {
    if (!bases.some((base) => base.baseStationId === registration.baseStationId))
      throw new Refusal(
        'NOT_FOUND',
        `There is no base station ${registration.baseStationId}. Choose one of the list.`,
      );
    const holder = bySystem.get(registration.systemId);
    if (holder !== undefined && holder.droneId !== registration.droneId)
      throw new Refusal(
        'CONFLICT',
        `MAVLink system ${registration.systemId} already belongs to ${holder.droneId}. Give one of the two another id.`,
      );
    const { write } = dispatcherId === null ? store : store.as(dispatcherId);
    const record = await write.registerDrone(registration);
    await refresh();
    return record;
  }

  async function setStatus(droneId: string, status: DroneStatus, dispatcherId: string): Promise<DroneRecord> {
    if (!byId.has(droneId)) throw new Refusal('NOT_FOUND', `There is no drone ${droneId}.`);
    const record = await store.as(dispatcherId).write.setDroneStatus({ droneId, status });
    await refresh();
    return record;
  }

  await refresh();
  return {
    all: () => records,
    find: (droneId) => byId.get(droneId) ?? null,
    bySystemId: (systemId) => bySystem.get(systemId) ?? null,
    nameOf: (systemId) => bySystem.get(systemId)?.droneId ?? `system ${systemId}`,
    baseStations: () => bases,
    register,
    setStatus,
    refresh,
    subscribe(changed) {
      listeners.add(changed);
      return () => void listeners.delete(changed);
    },
  };
}
