import type { MissionRecord } from '../../db/queries/mission-record.ts';
import type {
  MissionChanges,
  NewMission,
  NewMissionEvent,
  NewTranscriptLine,
  TelemetryRow,
  WriteQueries,
} from '../../db/queries/query-map.ts';
import { isTerminal, mayFollow } from '../../main/station/dispatch/mission-state.ts';
import type { Store } from '../../main/station/store/store.ts';
import { Refusal } from '../../preload/contract/errors.ts';
import type { DroneStatus } from '../../preload/contract/fleet.ts';

type Progress = Parameters<WriteQueries['recordMissionProgress']>[0];

/** The mission records in memory, under the same rules as the database: F5, one unfinished mission a drone. */
export class MemoryMissionStore {
  readonly missions = new Map<string, MissionRecord>();
  readonly events: (NewMissionEvent & { missionId: string })[] = [];
  readonly telemetry: TelemetryRow[] = [];
  readonly transcript: NewTranscriptLine[] = [];
  readonly droneStatus = new Map<string, DroneStatus>();
  /** While set, every write fails with it. */
  failure: Error | null = null;
  writes = 0;
  /** The next mission is stored, and its caller is told that the database did not answer. */
  loseNextAnswer = false;

  /** Only what missions use: anything else would be a mistake of the test. */
  asStore(): Store {
    const read: Partial<Store['read']> = {
      mission: async ({ missionId }) => this.missions.get(missionId) ?? null,
      unfinishedMissions: async () => [...this.missions.values()].filter(({ status }) => !isTerminal(status)),
      recentMissions: async ({ limit }) => [...this.missions.values()].slice(-limit).reverse(),
      droneRecords: async () =>
        [...this.droneStatus].map(([droneId, status]) => ({
          droneId,
          status,
          model: 'SR-1000',
          serialNumber: droneId,
          mavlinkSystemId: 7,
          batteryPercent: null,
          baseStationId: null,
          basePosition: null,
        })),
      missionTranscript: async ({ missionId }) =>
        this.transcript.filter((line) => line.missionId === missionId),
    };
    const write: Partial<Store['write']> = {
      createMission: async (input) => {
        const record = this.#write(() => this.#create(input));
        if (!this.loseNextAnswer) return record;
        this.loseNextAnswer = false;
        throw new Refusal('STORAGE_UNAVAILABLE', 'The database does not answer. Nothing was saved.');
      },
      recordMissionProgress: async (input) => this.#write(() => this.#progress(input)),
      setDroneStatus: async ({ droneId, status }) =>
        this.#write(() => {
          this.droneStatus.set(droneId, status);
          return {
            droneId,
            status,
            model: 'SR-1000',
            serialNumber: droneId,
            mavlinkSystemId: 7,
            batteryPercent: null,
            baseStationId: null,
            basePosition: null,
          };
        }),
      appendTelemetry: async ({ rows }) =>
        this.#write(() => {
          this.telemetry.push(...rows);
          return { inserted: rows.length };
        }),
      appendTranscript: async (line) => this.#write(() => void this.transcript.push(line)),
    };
    const calls = { read: only(read), write: only(write) };
    return { ...calls, as: () => calls };
  }

  eventTypes(missionId: string): string[] {
    return this.events.filter((event) => event.missionId === missionId).map(({ type }) => type);
  }

  #write<Result>(change: () => Result): Result {
    if (this.failure !== null) throw this.failure;
    this.writes += 1;
    return change();
  }

  #create(input: NewMission): MissionRecord {
    const unfinished = [...this.missions.values()].some(
      ({ droneId, status }) => droneId === input.droneId && !isTerminal(status),
    );
    if (unfinished) throw new Refusal('DRONE_BUSY', 'This drone already flies a mission.');
    const record: MissionRecord = {
      missionId: input.missionId,
      emergencyId: input.emergencyId,
      droneId: input.droneId,
      dispatcherId: input.dispatcherId,
      dispatcherName: input.dispatcherName,
      status: 'LAUNCHED',
      destination: input.destination,
      destinationAddress: input.destinationAddress,
      launchedAtMs: input.nowMs,
      arrivedAtMs: null,
      aedDeployedAtMs: null,
      completedAtMs: null,
      abortedAtMs: null,
      estimatedEtaS: input.estimatedEtaS,
      actualEtaS: null,
      abortReason: null,
      aedDeployed: null,
      voiceExchanges: 0,
      plan: input.plan,
      remoteStationId: null,
    };
    this.missions.set(record.missionId, record);
    this.droneStatus.set(record.droneId, 'IN_FLIGHT');
    for (const event of input.events) this.events.push({ ...event, missionId: record.missionId });
    return record;
  }

  #progress({ missionId, events, changes, droneStatusAfter }: Progress): MissionRecord {
    const before = this.missions.get(missionId);
    if (before === undefined) throw new Refusal('NOT_FOUND', 'There is no such mission.');
    const { outcome: _outcome, ...flightChanges } = changes;
    if (isTerminal(before.status) && Object.keys(flightChanges).length > 0)
      throw new Refusal('MISSION_OVER', 'This mission is over.');
    const after = { ...before, ...recordChanges(flightChanges, before) };
    this.missions.set(missionId, after);
    for (const event of events)
      if (!this.events.some(({ eventId }) => eventId === event.eventId))
        this.events.push({ ...event, missionId });
    if (droneStatusAfter !== undefined && isTerminal(after.status))
      this.droneStatus.set(after.droneId, droneStatusAfter);
    return after;
  }
}

function recordChanges(
  changes: Omit<MissionChanges, 'outcome'>,
  before: MissionRecord,
): Partial<MissionRecord> {
  const {
    landingZoneConfidence: _1,
    voiceAiActive: _2,
    languageDetected: _3,
    conversationState: _4,
    ...kept
  } = changes;
  const { status, ...others } = kept;
  return status !== undefined && mayFollow(before.status, status) ? { ...others, status } : others;
}

function only<Calls extends object>(calls: Partial<Calls>): Calls {
  return new Proxy(calls, {
    get(target, name) {
      if (name in target) return Reflect.get(target, name);
      throw new Error(`The memory store has no ${String(name)}.`);
    },
  }) as Calls;
}
