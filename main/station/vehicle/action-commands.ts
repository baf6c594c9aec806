import type { VehicleState } from '../../../preload/contract/vehicle.ts';
import { MAV_CMD, MAV_MODE_FLAG, MAV_RESULT } from '../mavlink/generated/enums.ts';
import { SET_MODE } from '../mavlink/generated/messages.ts';
import type {
  CommandProtocol,
  CommandRequest,
  CommandOutcome as ProtocolOutcome,
} from '../mavlink/protocol/command.ts';
import type { MissionTransfer } from '../mavlink/protocol/mission-transfer.ts';
import type { CommandOptions, CommandOutcome } from '../ports/aircraft.ts';
import type { Clock } from '../ports/clock.ts';
import type { AutopilotHabits, ModeRequest } from './autopilots/autopilot.ts';
import { REASON_WITHIN_MS, refused, type SpokenText, unknown } from './outcome-sentences.ts';
import type { PlanWatch } from './plan-watch.ts';

/** What an aircraft's actions see of their vehicle. */
export interface CommandedVehicle {
  readonly systemId: number;
  readonly componentId: number;
  readonly clock: Clock;
  readonly commands: CommandProtocol;
  readonly transfers: MissionTransfer;
  readonly planWatch: PlanWatch;
  readonly habits: AutopilotHabits;
  /** As the last heartbeat says. */
  readonly customMode: number;
  state(): VehicleState;
  /**
   * Throws a Refusal unless exactly one vehicle is in contact under this system id; to stop one, unless it is certain
   * over which path the one is heard that was launched.
   */
  requireReachable(purpose?: 'STOP' | 'ANY'): void;
  /** From now on this is the vehicle that must not be mistaken for another. */
  launching(): void;
  onHeartbeat(listener: () => void): () => void;
  onText(listener: (text: SpokenText) => void): () => void;
  /** Called when an action begins; returns what to call when it is over. */
  actionBegan(): () => void;
}

/** HEARTBEAT comes once a second, and at once after a change of mode from most autopilots. */
const MODE_SHOWS_WITHIN_MS = 2_500;
/** Heartbeats get lost: without any, nothing is concluded for as long as the vehicle does not count as lost. */
const HEARD_WITHIN_MS = 5_000;
/** Of three packets each. */
const MOST_ATTEMPTS = 3;

export const ACCEPTED: CommandOutcome = { state: 'ACCEPTED' };
export const BROKEN_OFF: CommandOutcome = {
  state: 'REFUSED',
  sentence: 'Broken off before it was sent: a newer command took its place.',
};
/** What tells, without an ack, whether a command was obeyed: looked at with each heartbeat. */
export interface Evidence {
  /** Not so before it was sent. */
  readonly obeyed: () => boolean;
  /** All is as it was before, and nobody else acted: a fresh attempt cannot become a second effect. */
  readonly untouched: () => boolean;
}

/** One action under way: what it does, and what the vehicle says meanwhile. */
export interface Action {
  readonly doing: string;
  readonly options: CommandOptions;
  readonly texts: SpokenText[];
  /** Of which the action is a part; an interruption begins the next. */
  readonly course: number;
  packetSent: boolean;
}

/**
 * What actions send, one command after the other.
 *
 * ```
 *  with evidence: 3 tries -- ack --> ACCEPTED | REFUSED
 *                 ^    |
 *                 |    +-- a heartbeat shows it obeyed ---------------------> ACCEPTED
 *                 |    +-- no ack, no heartbeat within 5 s, or a change ----> UNKNOWN
 *                 +--------- no ack, every heartbeat shows all as it was: at most twice
 *
 *  change the mode: in it already -----------------------------------------------------------> ACCEPTED
 *                   DO_SET_MODE -- UNSUPPORTED, DENIED --> SET_MODE -- ack, or heartbeat in it --> accepted
 *                        |                                    +-- 3 tries without either --> UNKNOWN
 *                        +-- accepted -- heartbeat in it within 2.5 s --> ACCEPTED | REFUSED
 * ```
 */
export class ActionCommands {
  readonly #vehicle: CommandedVehicle;
  #course = 0;

  constructor(vehicle: CommandedVehicle) {
    this.#vehicle = vehicle;
  }

  /** Of an action that begins now. */
  get course(): number {
    return this.#course;
  }

  /** Nothing more is sent of the actions under way. */
  interrupt(): void {
    this.#course++;
    this.#vehicle.commands.interrupt();
  }

  async command(
    action: Action,
    command: number,
    given: readonly number[],
    doing = action.doing,
    form: Pick<CommandRequest, 'asInt'> = {},
  ): Promise<CommandOutcome> {
    return this.#said(action, doing, await this.#ask(action, command, given, form));
  }

  /** As `command`; where the answer is lost, what the vehicle shows is the answer (F7). */
  async commandSeen(
    action: Action,
    command: number,
    given: readonly number[],
    evidence: Evidence,
  ): Promise<CommandOutcome> {
    return this.#said(action, action.doing, await this.#askSeen(action, command, given, evidence));
  }

  /**
   * A fresh attempt is a part of the same action (F1): the vehicle is in contact, was seen after the last packet, and
   * nothing has happened to it since before the first.
   */
  async #askSeen(
    action: Action,
    command: number,
    given: readonly number[],
    { obeyed, untouched }: Evidence,
  ): Promise<ProtocolOutcome | null> {
    const { systemId, componentId, commands } = this.#vehicle;
    let unchanged = true;
    const stopListening = this.#vehicle.onHeartbeat(() => {
      if (obeyed()) commands.confirm({ systemId, componentId, command });
      else unchanged &&= untouched();
    });
    try {
      let outcome = await this.#ask(action, command, given);
      for (let attempt = 1; attempt < MOST_ATTEMPTS && outcome?.state === 'UNKNOWN'; attempt++) {
        if (!unchanged || (await this.#heartbeatShows(() => true)) === null) return outcome;
        if (obeyed()) return { state: 'ACCEPTED' };
        if (!unchanged || action.course !== this.#course) return outcome;
        this.#vehicle.requireReachable();
        outcome = await this.#ask(action, command, given);
      }
      return outcome;
    } finally {
      stopListening();
    }
  }

  /** Null: broken off before it was sent. */
  async #ask(
    action: Action,
    command: number,
    given: readonly number[],
    form: Pick<CommandRequest, 'asInt' | 'asSetMode'> = {},
  ): Promise<ProtocolOutcome | null> {
    if (action.course !== this.#course) return null;
    const { systemId, componentId, commands } = this.#vehicle;
    return commands.run({
      systemId,
      componentId,
      command,
      parameters: [...given, 0, 0, 0, 0, 0, 0, 0].slice(0, 7),
      onFirstPacket: () => firstPacket(action),
      onProgress: action.options.onProgress,
      ...form,
    });
  }

  async #said(action: Action, doing: string, outcome: ProtocolOutcome | null): Promise<CommandOutcome> {
    if (outcome === null) return BROKEN_OFF;
    if (outcome.state === 'ACCEPTED') return ACCEPTED;
    if (outcome.state === 'UNKNOWN') return unknown(doing);
    const { clock } = this.#vehicle;
    await new Promise<void>((resolve) => void clock.after(REASON_WITHIN_MS, resolve));
    return refused(doing, outcome.resultText, action.texts);
  }

  async setMode(
    action: Action,
    request: ModeRequest,
    evidence = this.showsMode(request),
  ): Promise<CommandOutcome> {
    const { text, mode, subMode } = request;
    const given = [MAV_MODE_FLAG.CUSTOM_MODE_ENABLED, mode, subMode];
    const asked = await this.#askSeen(action, MAV_CMD.DO_SET_MODE, given, evidence);
    const outcome = isNotKnown(asked) ? await this.#setModeByMessage(action, request) : asked;
    return this.#said(action, `${action.doing} (${text} mode)`, outcome);
  }

  /** That it is in a mode in which it was not; without it, nothing is tried afresh. */
  showsMode({ customMode }: ModeRequest): Evidence {
    const before = this.#vehicle.customMode;
    const obeyed = (): boolean => before !== customMode && this.#vehicle.customMode === customMode;
    return { obeyed, untouched: () => false };
  }

  /**
   * On the ground, where nothing moves until the launch is complete, and unchanged by anybody. `armed`: as it was left
   * by the command before, which a heartbeat may not have shown yet.
   */
  showsOnGround(obeyed: () => boolean, armed = this.#vehicle.state().armed): Evidence {
    const { customMode } = this.#vehicle;
    const known = obeyed();
    return {
      obeyed: () => !known && obeyed(),
      untouched: () => {
        const now = this.#vehicle.state();
        return (
          now.armed === armed && now.landedState === 'ON_GROUND' && this.#vehicle.customMode === customMode
        );
      },
    };
  }

  /** The older way, whose ack is not for certain: the heartbeat that shows the mode is as good. */
  async #setModeByMessage(action: Action, { customMode }: ModeRequest): Promise<ProtocolOutcome | null> {
    const { systemId, componentId, commands } = this.#vehicle;
    // Without this bit, in flight, some autopilots would take it for an order to disarm.
    const armed = this.#vehicle.state().armed ? MAV_MODE_FLAG.SAFETY_ARMED : 0;
    const baseMode = MAV_MODE_FLAG.CUSTOM_MODE_ENABLED | armed;
    const stopListening = this.#vehicle.onHeartbeat(() => {
      if (this.#vehicle.customMode === customMode)
        commands.confirm({ systemId, componentId, command: SET_MODE.id });
    });
    try {
      return await this.#ask(action, SET_MODE.id, [], { asSetMode: { baseMode, customMode } });
    } finally {
      stopListening();
    }
  }

  /** Changes the mode and waits for the heartbeat that shows it. */
  async changeMode(action: Action, request: ModeRequest): Promise<CommandOutcome> {
    const shows = (): boolean => this.#vehicle.customMode === request.customMode;
    if (shows()) return ACCEPTED;
    const asked = await this.setMode(action, request, this.showsOnGround(shows));
    if (asked.state !== 'ACCEPTED' || shows()) return asked;
    const shown = await this.#heartbeatShows(shows);
    if (shown === null) return unknown(action.doing);
    if (shown) return asked;
    return {
      state: 'REFUSED',
      sentence: `The drone accepted ${request.text} mode and stayed in ${this.#vehicle.state().modeText}. It was not asked to ${action.doing}.`,
    };
  }

  /** F6: an autopilot that has switched its motors off accepts a start too, and stays where it is. */
  async startedArmed(): Promise<CommandOutcome> {
    const shows = (): boolean => this.#vehicle.state().armed;
    if (shows() || (await this.#heartbeatShows(shows)) !== false) return ACCEPTED;
    return {
      state: 'REFUSED',
      sentence:
        'The drone had switched its motors off before it was started: it stays on the ground. Launch it again.',
    };
  }

  /** Null: no heartbeat was heard. */
  #heartbeatShows(condition: () => boolean): Promise<boolean | null> {
    return new Promise((resolve) => {
      let heard = false;
      let overdue = false;
      const finish = (met: boolean | null): void => {
        for (const cancel of cancels) cancel();
        stopListening();
        resolve(met);
      };
      const { clock } = this.#vehicle;
      const cancels = [
        clock.after(MODE_SHOWS_WITHIN_MS, () => {
          overdue = true;
          if (heard) finish(false);
        }),
        clock.after(HEARD_WITHIN_MS, () => finish(null)),
      ];
      const stopListening = this.#vehicle.onHeartbeat(() => {
        heard = true;
        if (condition()) finish(true);
        else if (overdue) finish(false);
      });
    });
  }
}

/** It does not know MAV_CMD_DO_SET_MODE, or takes no modes by it: nothing happened. */
function isNotKnown(outcome: ProtocolOutcome | null): boolean {
  if (outcome?.state !== 'REFUSED') return false;
  return outcome.result === MAV_RESULT.UNSUPPORTED || outcome.result === MAV_RESULT.DENIED;
}

export function firstPacket(action: Action): void {
  if (action.packetSent) return;
  action.packetSent = true;
  action.options.onFirstPacket?.();
}
