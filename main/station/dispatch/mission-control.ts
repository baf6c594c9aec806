import type { MissionRecord } from '../../../db/queries/mission-record.ts';
import type { MissionChanges, NewMission } from '../../../db/queries/query-map.ts';
import { Refusal } from '../../../preload/contract/errors.ts';
import type { Position } from '../../../preload/contract/geo.ts';
import type { MissionSummary } from '../../../preload/contract/missions.ts';
import { uuidV7 } from '../ports/random.ts';
import { launchedState, recoveredState, summaryOfRecord } from './mission-beginning.ts';
import { aheadOf } from './mission-geometry.ts';
import { MissionJournal } from './mission-journal.ts';
import { type LaunchOrder, type LaunchWorld, newMission } from './mission-order.ts';
import { MissionRun, type MissionWorld } from './mission-run.ts';
import { type ActingPerson, isTerminal, type MissionState, type PersonAct } from './mission-state.ts';

const SAMPLE_EVERY_MS = 250;
const STRAIGHT_HOME_EVERY_MS = 2_000;
/** How long a mission that is over stays in `active`. */
const SHOWN_AFTER_OVER_MS = 600_000;
/** Among how many of the latest missions a restarted station looks for aborted ones whose drone still flies. */
const RECENT_MISSIONS = 100;
/** Clocks of two people differ a little. */
const FUTURE_ALLOWED_MS = 60_000;

export interface MissionControlOptions extends MissionWorld, LaunchWorld {
  /** How long the drone stays after the AED was taken out; 10 s unless told. */
  sceneDwellS?: number;
}

/** A flight that the flight recorder follows. */
export interface ActiveFlight {
  missionId: string;
  droneId: string;
  systemId: number;
  destination: Position;
}

/** What a drone on a mission has left to fly, and where it may still land. */
export interface RouteInFlight {
  missionId: string;
  droneId: string;
  line: Position[];
  landings: Position[];
  cruiseAltitudeRelativeHomeM: number;
  clearanceM: number | null;
}

export interface MissionControl {
  /** Records the mission durably, then sends its first command. Resolves when that command is on its way. */
  launch(order: LaunchOrder): Promise<MissionSummary>;
  /** The command leaves before this returns; the record follows by itself. The same holds for all that follow. */
  abort(missionId: string, reason: string, person: ActingPerson): Promise<MissionSummary>;
  landHere(missionId: string, reason: string, person: ActingPerson): Promise<MissionSummary>;
  hold(missionId: string, person: ActingPerson): Promise<MissionSummary>;
  resume(missionId: string, person: ActingPerson): Promise<MissionSummary>;
  releaseAgain(missionId: string, person: ActingPerson): Promise<MissionSummary>;
  confirmDelivery(missionId: string, note: string | null, person: ActingPerson): Promise<MissionSummary>;
  returnNow(missionId: string, person: ActingPerson): Promise<MissionSummary>;
  stayOnScene(missionId: string, person: ActingPerson): Promise<MissionSummary>;
  /** Resolves when the outcome is durable. */
  recordOutcome(
    missionId: string,
    outcome: NonNullable<MissionChanges['outcome']>,
    person: ActingPerson,
  ): Promise<MissionSummary>;
  /** Somebody at the scene, or the drone, spoke. */
  voiceHeard(
    missionId: string,
    voice: { first: boolean; language: string; conversationState: string | null },
  ): void;
  /** A zone in force lies across what is left of the route. */
  zoneConflict(missionId: string, sentence: string): void;
  /** What every mission that is not over may still fly through. */
  routesInFlight(): RouteInFlight[];
  /** Missions that are not over, and those that ended in the last ten minutes. */
  active(): MissionSummary[];
  flights(): ActiveFlight[];
  get(missionId: string): Promise<MissionSummary>;
  summaryOf(record: MissionRecord): MissionSummary;
  /** Called when any mission's summary or records changed. Returns its unsubscribe. */
  subscribe(changed: (missionId: string) => void): () => void;
  /** At start: takes up the missions that were left unfinished. Sends nothing. Returns how many. */
  recover(): Promise<number>;
  /** Stops following and writes what is left to write. */
  close(): Promise<void>;
}

export function createMissionControl(options: MissionControlOptions): MissionControl {
  return new FlyingMissions(options);
}

class FlyingMissions implements MissionControl {
  readonly #options: MissionControlOptions;
  readonly #runs = new Map<string, MissionRun>();
  readonly #launching = new Set<string>();
  readonly #listeners = new Set<(missionId: string) => void>();
  readonly #withdrawn = new Set<MissionJournal>();
  readonly #stops: (() => void)[];

  constructor(options: MissionControlOptions) {
    this.#options = options;
    const { clock } = options;
    this.#stops = [
      clock.every(SAMPLE_EVERY_MS, () => this.#sampleAll()),
      clock.every(STRAIGHT_HOME_EVERY_MS, () => {
        for (const run of this.#flying()) void run.refreshStraightHome();
      }),
    ];
  }

  async launch(order: LaunchOrder): Promise<MissionSummary> {
    const acceptedAtMachineMs = this.#options.clock.machineMs();
    const { droneId } = order.candidate;
    const isBusy = this.#flying().some(({ state }) => state.droneId === droneId);
    if (isBusy || this.#launching.has(droneId))
      throw new Refusal('DRONE_BUSY', `${droneId} already flies a mission. Choose another drone.`);
    this.#launching.add(droneId);
    try {
      const mission = newMission(order, this.#options);
      const { write } = this.#options.store.as(order.person.dispatcherId);
      const record = await write.createMission(mission).catch((error: unknown) => {
        if (!(error instanceof Refusal) || error.code === 'STORAGE_UNAVAILABLE') this.#withdraw(mission);
        throw error;
      });
      const run = this.#follow(
        launchedState(record, mission.plan, this.#sceneDwellMs(), this.#options.clock.nowMs()),
        acceptedAtMachineMs,
      );
      run.sample();
      run.feed({ kind: 'LAUNCH' });
      return run.summary();
    } finally {
      this.#launching.delete(droneId);
    }
  }

  async abort(missionId: string, reason: string, person: ActingPerson): Promise<MissionSummary> {
    return this.#act(missionId, { kind: 'ABORT', reason }, person);
  }

  async landHere(missionId: string, reason: string, person: ActingPerson): Promise<MissionSummary> {
    return this.#act(missionId, { kind: 'LAND_HERE', reason }, person);
  }

  async hold(missionId: string, person: ActingPerson): Promise<MissionSummary> {
    return this.#act(missionId, { kind: 'HOLD' }, person);
  }

  async resume(missionId: string, person: ActingPerson): Promise<MissionSummary> {
    return this.#act(missionId, { kind: 'RESUME' }, person);
  }

  async releaseAgain(missionId: string, person: ActingPerson): Promise<MissionSummary> {
    return this.#act(missionId, { kind: 'RELEASE_AGAIN' }, person);
  }

  async confirmDelivery(
    missionId: string,
    note: string | null,
    person: ActingPerson,
  ): Promise<MissionSummary> {
    return this.#act(missionId, { kind: 'CONFIRM_DELIVERY', note }, person);
  }

  async returnNow(missionId: string, person: ActingPerson): Promise<MissionSummary> {
    return this.#act(missionId, { kind: 'RETURN_NOW' }, person);
  }

  async stayOnScene(missionId: string, person: ActingPerson): Promise<MissionSummary> {
    return this.#act(missionId, { kind: 'STAY_ON_SCENE' }, person);
  }

  async recordOutcome(
    missionId: string,
    outcome: NonNullable<MissionChanges['outcome']>,
    person: ActingPerson,
  ): Promise<MissionSummary> {
    const { clock, random, store } = this.#options;
    const atMs = clock.nowMs();
    if (outcome.ambulanceArrivedAtMs !== null && outcome.ambulanceArrivedAtMs > atMs + FUTURE_ALLOWED_MS)
      throw new Refusal(
        'INVALID_INPUT',
        'The time at which the ambulance arrived lies in the future. Correct it.',
      );
    const record = await store.as(person.dispatcherId).write.recordMissionProgress({
      missionId,
      events: [
        {
          eventId: uuidV7(atMs, random),
          type: 'OUTCOME_RECORDED',
          atMs,
          source: 'DISPATCHER',
          sentence: `${person.displayName} recorded the outcome.`,
          data: { ...outcome, dispatcherId: person.dispatcherId },
        },
      ],
      changes: { outcome },
    });
    this.#tell(missionId);
    return this.summaryOf(record);
  }

  voiceHeard(
    missionId: string,
    voice: { first: boolean; language: string; conversationState: string | null },
  ): void {
    this.#runs.get(missionId)?.feed({ kind: 'VOICE', ...voice });
  }

  zoneConflict(missionId: string, sentence: string): void {
    this.#runs.get(missionId)?.feed({ kind: 'ZONE_CONFLICT', sentence });
  }

  routesInFlight(): RouteInFlight[] {
    return this.#flying().map(({ state }) => routeInFlight(state));
  }

  active(): MissionSummary[] {
    return [...this.#runs.values()].map((run) => run.summary());
  }

  flights(): ActiveFlight[] {
    return this.#flying().map(({ state }) => ({
      missionId: state.missionId,
      droneId: state.droneId,
      systemId: state.plan.systemId,
      destination: state.plan.destination,
    }));
  }

  async get(missionId: string): Promise<MissionSummary> {
    const run = this.#runs.get(missionId);
    if (run !== undefined) return run.summary();
    const record = await this.#options.store.read.mission({ missionId });
    if (record === null) throw new Refusal('NOT_FOUND', 'There is no mission with this id.');
    return summaryOfRecord(record);
  }

  summaryOf(record: MissionRecord): MissionSummary {
    return this.#runs.get(record.missionId)?.summary() ?? summaryOfRecord(record);
  }

  subscribe(changed: (missionId: string) => void): () => void {
    this.#listeners.add(changed);
    return () => void this.#listeners.delete(changed);
  }

  async recover(): Promise<number> {
    const { clock, log } = this.#options;
    const records = await leftFlying(this.#options);
    let taken = 0;
    for (const record of records) {
      if (this.#runs.has(record.missionId)) continue;
      if (record.plan === null) {
        // Without its plan the station knows neither the vehicle nor its home.
        log.warn('mission-without-plan', { missionId: record.missionId });
        continue;
      }
      const state = recoveredState(record, record.plan, this.#sceneDwellMs(), clock.nowMs());
      this.#follow(state, clock.machineMs()).feed({ kind: 'RECOVERED' });
      taken += 1;
    }
    log.info('missions-recovered', { missions: taken });
    return taken;
  }

  async close(): Promise<void> {
    for (const stop of this.#stops) stop();
    const journals = [...this.#withdrawn, ...[...this.#runs.values()].map((run) => run.journal)];
    await Promise.all(journals.map((journal) => journal.close()));
  }

  /** Nothing was sent for a mission whose record failed. Should its record exist all the same, it is closed. */
  #withdraw({ missionId }: NewMission): void {
    const { clock, random, store, log } = this.#options;
    const journal: MissionJournal = new MissionJournal({
      clock,
      log,
      missionId,
      onWritten: () => this.#withdrawn.delete(journal),
      onTrouble: () => {},
      onLost: () => {},
    });
    this.#withdrawn.add(journal);
    journal.add(async () => {
      const record = await store.read.mission({ missionId });
      if (record === null || isTerminal(record.status)) return;
      const atMs = clock.nowMs();
      const reason = 'The database did not confirm the launch. Nothing was sent.';
      const event = {
        eventId: uuidV7(atMs, random),
        type: 'ABORTED',
        atMs,
        source: 'STATION',
        sentence: reason,
      } as const;
      await store.write.recordMissionProgress({
        missionId,
        events: [event],
        changes: { status: 'ABORTED', abortedAtMs: atMs, abortReason: reason },
        droneStatusAfter: 'READY',
      });
      this.#tell(missionId);
    });
  }

  #follow(state: ConstructorParameters<typeof MissionRun>[1], requestedAtMachineMs: number): MissionRun {
    const run = new MissionRun(this.#options, state, requestedAtMachineMs, () => this.#tell(state.missionId));
    this.#runs.set(state.missionId, run);
    return run;
  }

  async #act(missionId: string, act: PersonAct, person: ActingPerson): Promise<MissionSummary> {
    const run = this.#runs.get(missionId);
    if (run !== undefined) return run.act(act, person);
    const record = await this.#options.store.read.mission({ missionId });
    if (record === null) throw new Refusal('NOT_FOUND', 'There is no mission with this id.');
    if (isTerminal(record.status))
      throw new Refusal('MISSION_OVER', 'This mission is over. Nothing was sent.');
    throw new Refusal(
      'CONFLICT',
      'This mission is not flown by this station. Command the drone from the station that launched it.',
    );
  }

  #sampleAll(): void {
    const nowMs = this.#options.clock.nowMs();
    for (const [missionId, run] of this.#runs) {
      const { overAtMs } = run.state;
      if (overAtMs === null) run.sample();
      else if (nowMs - overAtMs >= SHOWN_AFTER_OVER_MS) {
        run.forget();
        this.#runs.delete(missionId);
        this.#tell(missionId);
      }
    }
  }

  #flying(): MissionRun[] {
    return [...this.#runs.values()].filter(({ state }) => state.phase !== 'OVER');
  }

  #sceneDwellMs(): number {
    return (this.#options.sceneDwellS ?? 10) * 1_000;
  }

  #tell(missionId: string): void {
    for (const listener of this.#listeners) listener(missionId);
  }
}

function routeInFlight({ missionId, droneId, status, plan, seen }: MissionState): RouteInFlight {
  const isOutbound = status === 'LAUNCHED' || status === 'IN_FLIGHT' || status === 'ARRIVED';
  const isAtScene = status === 'LANDED' || status === 'AED_DEPLOYED';
  const here = seen.position ?? plan.destination;
  // On the ground the way home is not planned yet: it will be, round whatever is in force then.
  const homebound = plan.homebound.length > 0 ? plan.homebound : isAtScene ? [here] : [here, plan.home];
  const route = isOutbound ? plan.outbound : homebound;
  return {
    missionId,
    droneId,
    line: seen.position === null || route.length < 2 ? route : aheadOf(route, seen.position),
    landings: isOutbound ? [plan.destination] : [plan.home],
    cruiseAltitudeRelativeHomeM: plan.cruiseAltitudeRelativeHomeM,
    clearanceM: plan.clearanceM,
  };
}

/** Unfinished missions, and aborted ones whose drone was still flying when the station ended. */
async function leftFlying({ store }: MissionControlOptions): Promise<MissionRecord[]> {
  const [unfinished, recent, drones] = await Promise.all([
    store.read.unfinishedMissions({}),
    store.read.recentMissions({ limit: RECENT_MISSIONS }),
    store.read.droneRecords({}),
  ]);
  const claimed = new Set(unfinished.map(({ droneId }) => droneId));
  const flying = new Set(drones.filter(({ status }) => status === 'IN_FLIGHT').map(({ droneId }) => droneId));
  const aborted: MissionRecord[] = [];
  const own = recent.filter(({ remoteStationId }) => remoteStationId === null);
  for (const record of own.toSorted((a, b) => b.launchedAtMs - a.launchedAtMs)) {
    if (claimed.has(record.droneId)) continue;
    claimed.add(record.droneId);
    if (record.status === 'ABORTED' && flying.has(record.droneId)) aborted.push(record);
  }
  return [...unfinished, ...aborted];
}
