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

export const ACCEPTED: CommandOutcome = { state: 'ACCEPTED' };
export const BROKEN_OFF: CommandOutcome = {
  state: 'REFUSED',
  sentence: 'Broken off before it was sent: a newer command took its place.',
};
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

  async setMode(action: Action, request: ModeRequest): Promise<CommandOutcome> {
    const { text, mode, subMode } = request;
    const given = [MAV_MODE_FLAG.CUSTOM_MODE_ENABLED, mode, subMode];
    const asked = await this.#ask(action, MAV_CMD.DO_SET_MODE, given);
    const outcome = isNotKnown(asked) ? await this.#setModeByMessage(action, request) : asked;
    return this.#said(action, `${action.doing} (${text} mode)`, outcome);
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
    const asked = await this.setMode(action, request);
    if (asked.state !== 'ACCEPTED' || shows() || (await this.#heartbeatWith(shows))) return asked;
    return {
      state: 'REFUSED',
      sentence: `The drone accepted ${request.text} mode and stayed in ${this.#vehicle.state().modeText}. It was not asked to ${action.doing}.`,
    };
  }

  #heartbeatWith(condition: () => boolean): Promise<boolean> {
    return new Promise((resolve) => {
      const finish = (met: boolean): void => {
        cancelTimer();
        stopListening();
        resolve(met);
      };
      const cancelTimer = this.#vehicle.clock.after(MODE_SHOWS_WITHIN_MS, () => finish(false));
      const stopListening = this.#vehicle.onHeartbeat(() => {
        if (condition()) finish(true);
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
