import type { MissionChanges, NewMissionEvent } from '../../../db/queries/query-map.ts';
import { Refusal } from '../../../preload/contract/errors.ts';
import type { DroneStatus } from '../../../preload/contract/fleet.ts';
import type { Position } from '../../../preload/contract/geo.ts';
import type { MissionSummary } from '../../../preload/contract/missions.ts';
import type { Aircraft, AircraftDirectory } from '../ports/aircraft.ts';
import type { Alerts } from '../ports/alerts.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { type Random, uuidV7 } from '../ports/random.ts';
import type { Store } from '../store/store.ts';
import { summaryOfState } from './mission-beginning.ts';
import { readExclusions, sendCommand, within } from './mission-command.ts';
import { distanceM } from './mission-geometry.ts';
import { MissionJournal } from './mission-journal.ts';
import { reduceMission } from './mission-machine.ts';
import {
  type ActingPerson,
  type AircraftCommand,
  type EventDraft,
  LANDED_WITHIN_M,
  type MissionEffect,
  type MissionInput,
  type MissionState,
  type PersonAct,
} from './mission-state.ts';

const PLAN_HOMEWARD_WITHIN_MS = 5_000;

export interface MissionWorld {
  store: Store;
  aircraft: AircraftDirectory;
  clock: Clock;
  random: Random;
  alerts: Alerts;
  log: Log;
  /** Outer rings of the zones that the fence on board shall keep the drone out of. */
  exclusionsFor(line: Position[]): Promise<Position[][]>;
  /** A way round the zones, both ends included; null: there is none. */
  homewardRoute(
    from: Position,
    to: Position,
  ): Promise<{ waypoints: Position[]; clearanceM: number | null } | null>;
  straightIsClear(from: Position, to: Position): boolean | Promise<boolean>;
}

/** One mission as it is flown: feeds the machine with what happens, and does what the machine says. */
export class MissionRun {
  readonly journal: MissionJournal;
  readonly #world: MissionWorld;
  readonly #changed: () => void;
  readonly #waiting: MissionInput[] = [];
  #state: MissionState;
  #isReducing = false;
  #isAskingStraight = false;
  #requestedAtMachineMs: number;
  #published = '';

  constructor(world: MissionWorld, state: MissionState, requestedAtMachineMs: number, changed: () => void) {
    this.#world = world;
    this.#state = state;
    this.#requestedAtMachineMs = requestedAtMachineMs;
    this.#changed = changed;
    const cause = `mission-records:${state.missionId}`;
    this.journal = new MissionJournal({
      clock: world.clock,
      log: world.log,
      missionId: state.missionId,
      onWritten: changed,
      onTrouble: (sentence) => {
        if (sentence === null) return world.alerts.clear(cause);
        world.alerts.raise({
          cause,
          level: 'CAUTION',
          subject: state.droneId,
          sentence: `The mission of ${state.droneId} is not being recorded: ${sentence} It is tried again.`,
          droneId: state.droneId,
          missionId: state.missionId,
        });
      },
      onLost: (entries) =>
        world.alerts.raise({
          cause: `mission-records-lost:${state.missionId}`,
          level: 'WARNING',
          subject: state.droneId,
          sentence: `${entries} ${entries === 1 ? 'entry' : 'entries'} of the record of ${state.droneId}'s mission are lost: the database took nothing for too long. Write down what happens.`,
          droneId: state.droneId,
          missionId: state.missionId,
        }),
    });
  }

  get state(): Readonly<MissionState> {
    return this.#state;
  }

  summary(): MissionSummary {
    return summaryOfState(this.#state);
  }

  /** The vehicle as it is at this moment. */
  sample(): void {
    const vehicle = this.#world.aircraft.find(this.#state.plan.systemId);
    this.feed({ kind: 'SAMPLE', vehicle: vehicle?.state() ?? null });
  }

  /** Throws the refusal when the act is not done. */
  act(act: PersonAct, person: ActingPerson): MissionSummary {
    this.#requestedAtMachineMs = this.#world.clock.machineMs();
    // What the vehicle looks like now, not a quarter of a second ago.
    this.sample();
    const refusal = this.#reduce({ kind: 'PERSON', act, person });
    this.#drain();
    this.#publish();
    if (refusal !== null) throw new Refusal(refusal.code, refusal.sentence);
    return this.summary();
  }

  feed(input: MissionInput): void {
    this.#waiting.push(input);
    this.#drain();
    this.#publish();
  }

  /** Keeps the answer to "is the straight way home clear" fresh, so that an abort need not ask. */
  async refreshStraightHome(): Promise<void> {
    const { seen, plan } = this.#state;
    if (this.#isAskingStraight || seen.position === null || !seen.airborne) return;
    this.#isAskingStraight = true;
    try {
      // An autopilot that was armed again elsewhere may have made that its home: it must not return there.
      const reported = this.#world.aircraft.find(plan.systemId)?.state().home ?? null;
      const knowsHome = reported === null || distanceM(reported, plan.home) <= LANDED_WITHIN_M;
      const clear = knowsHome && (await this.#world.straightIsClear(seen.position, plan.home));
      this.feed({ kind: 'STRAIGHT_HOME', clear });
    } catch (error) {
      // Left to grow old: an abort then holds first.
      this.#world.log.warn('straight-home-unknown', {
        missionId: this.#state.missionId,
        reason: String(error),
      });
    } finally {
      this.#isAskingStraight = false;
    }
  }

  /** Ends the alerts that outlived the flight. */
  forget(): void {
    for (const alert of this.#state.alerts) this.#world.alerts.clear(`${alert}:${this.#state.missionId}`);
  }

  /** An answer may arrive while a command is being handed over: it waits until the step is done. */
  #drain(): void {
    if (this.#isReducing) return;
    for (let input = this.#waiting.shift(); input !== undefined; input = this.#waiting.shift())
      this.#reduce(input);
  }

  #reduce(input: MissionInput): ReturnType<typeof reduceMission>['refusal'] {
    const atMs = this.#world.clock.nowMs();
    const step = reduceMission(this.#state, input, atMs);
    this.#state = step.state;
    this.#isReducing = true;
    try {
      for (const effect of step.effects) this.#perform(effect, atMs);
    } finally {
      this.#isReducing = false;
    }
    return step.refusal;
  }

  #perform(effect: MissionEffect, atMs: number) {
    const { missionId, droneId } = this.#state;
    switch (effect.kind) {
      case 'SEND':
        return void this.#send(effect.commandId, effect.command);
      case 'PLAN_HOMEWARD':
        return void this.#planHomeward(effect.requestId, effect.from, effect.to);
      case 'RAISE':
        return this.#world.alerts.raise({
          cause: `${effect.alert}:${missionId}`,
          level: effect.level,
          subject: droneId,
          sentence: effect.sentence,
          droneId,
          missionId,
        });
      case 'CLEAR':
        return this.#world.alerts.clear(`${effect.alert}:${missionId}`);
      case 'RECORD':
        return this.#record(effect.events, effect.changes, effect.droneStatusAfter, atMs);
      case 'SET_DRONE_STATUS': {
        const { status } = effect;
        return this.journal.add(() => this.#world.store.write.setDroneStatus({ droneId, status }));
      }
    }
  }

  #record(
    drafts: EventDraft[],
    changes: MissionChanges,
    droneStatusAfter: DroneStatus | undefined,
    atMs: number,
  ): void {
    // The ids are given here, once: an entry that is tried again stays the same entry.
    const events: NewMissionEvent[] = drafts.map((draft) => ({
      ...draft,
      eventId: uuidV7(atMs, this.#world.random),
      atMs,
    }));
    const entry = { missionId: this.#state.missionId, events, changes };
    this.journal.add(() =>
      this.#world.store.write.recordMissionProgress(
        droneStatusAfter === undefined ? entry : { ...entry, droneStatusAfter },
      ),
    );
  }

  async #send(commandId: number, command: AircraftCommand) {
    const { clock, aircraft: directory, exclusionsFor, log } = this.#world;
    const requestedAtMachineMs = this.#requestedAtMachineMs;
    const aircraft: Aircraft | null = directory.find(this.#state.plan.systemId);
    const answer = (outcome: MissionInput & { kind: 'OUTCOME' }): void => {
      log.info('mission-command', {
        missionId: this.#state.missionId,
        command: command.kind,
        outcome: outcome.outcome.state,
      });
      this.feed(outcome);
    };
    const refused = (sentence: string) =>
      answer({ kind: 'OUTCOME', commandId, outcome: { state: 'REFUSED', sentence } });
    if (aircraft === null) return refused('There is no link to this drone. Nothing was sent.');
    const options = {
      onFirstPacket: (): void =>
        this.feed({
          kind: 'FIRST_PACKET',
          commandId,
          sinceRequestMs: clock.machineMs() - requestedAtMachineMs,
        }),
      onProgress: (percent: number | null): void => this.feed({ kind: 'PROGRESS', commandId, percent }),
    };
    if (command.kind !== 'UPLOAD_EXCLUSIONS') {
      const outcome = await sendCommand(aircraft, command, options);
      return answer({ kind: 'OUTCOME', commandId, outcome });
    }
    const rings = await readExclusions(exclusionsFor, command.line, clock);
    // Superseded while the zones were read, by an abort for example: nothing more is sent.
    if (this.#state.inFlight?.commandId !== commandId) return;
    if (rings === null) return refused('The zones could not be read from the database.');
    const outcome = await sendCommand(aircraft, { kind: 'FENCE', rings }, options);
    answer({ kind: 'OUTCOME', commandId, outcome });
  }

  async #planHomeward(requestId: number, from: Position, to: Position): Promise<void> {
    const { clock, homewardRoute } = this.#world;
    const route = await within(clock, PLAN_HOMEWARD_WITHIN_MS, homewardRoute(from, to));
    this.feed({ kind: 'HOMEWARD', requestId, route });
  }

  #publish(): void {
    const summary = JSON.stringify(this.summary());
    if (summary === this.#published) return;
    this.#published = summary;
    this.#changed();
  }
}
