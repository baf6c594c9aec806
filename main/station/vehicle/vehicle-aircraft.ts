import { Refusal } from '../../../preload/contract/errors.ts';
import type { Position } from '../../../preload/contract/geo.ts';
import type { VehicleState } from '../../../preload/contract/vehicle.ts';
import { MAV_CMD, MAV_FRAME, MAV_MISSION_TYPE } from '../mavlink/generated/enums.ts';
import type { TransferItem } from '../mavlink/protocol/mission-upload.ts';
import type { Aircraft, CommandOptions, CommandOutcome, PlanItem } from '../ports/aircraft.ts';
import {
  ACCEPTED,
  type Action,
  ActionCommands,
  BROKEN_OFF,
  type CommandedVehicle,
  firstPacket,
} from './action-commands.ts';
import type { FlightModes } from './autopilots/autopilot.ts';
import { unknown } from './outcome-sentences.ts';
import { type RallyPoint, toFenceItems, toRallyItems, toTransferItems } from './plan-items.ts';
import { sendPlan } from './plan-sending.ts';

const MOST_TEXTS = 50;
const RELEASE = 0;
const FIRST_GRIPPER = 1;
const RESET_MISSION = 1;
/** MISSION_CURRENT comes twice a second, and a command without an answer takes three: it was told meanwhile. */
const TOLD_LATELY_MS = 2_000;
const ARM = 1;
const HERE = 1;
const SPEED_UNCHANGED = -1;
/** MAV_DO_REPOSITION_FLAGS_CHANGE_MODE. */
const MAY_CHANGE_MODE = 1;

const PLAN_CHANGED: CommandOutcome = {
  state: 'REFUSED',
  sentence:
    'The drone no longer holds the plan that this station sent: somebody else changed it. Nothing was sent. Send the plan again.',
};
const NOT_FLYING: CommandOutcome = {
  state: 'REFUSED',
  sentence: 'The drone is not in the air. Nothing was sent. Launch it first.',
};
const NO_ALTITUDE: CommandOutcome = {
  state: 'REFUSED',
  sentence: 'The height of its home is not known, and this autopilot needs it. Nothing was sent.',
};
const NOT_FLOWN: CommandOutcome = {
  state: 'REFUSED',
  sentence: 'The station does not know how to fly this type of vehicle. Nothing was sent.',
};

/**
 * Commands one vehicle. Hold, return and land interrupt: whatever other action is under way sends nothing any more, so
 * that no start that was sent twice can undo an abort.
 */
export class VehicleAircraft implements Aircraft {
  readonly #vehicle: CommandedVehicle;
  readonly #commands: ActionCommands;

  constructor(vehicle: CommandedVehicle) {
    this.#vehicle = vehicle;
    this.#commands = new ActionCommands(vehicle);
  }

  get systemId(): number {
    return this.#vehicle.systemId;
  }

  state(): VehicleState {
    return this.#vehicle.state();
  }

  uploadPlan(items: readonly PlanItem[], options: CommandOptions = {}): Promise<CommandOutcome> {
    return this.#act('take the flight plan', options, (action) => {
      const { missionStartsWithHome } = this.#vehicle.habits;
      const sent = toTransferItems(items, this.state(), missionStartsWithHome);
      return this.#sendPlan(action, MAV_MISSION_TYPE.MISSION, sent, missionStartsWithHome);
    });
  }

  clearMission(options: CommandOptions = {}): Promise<CommandOutcome> {
    return this.#act('forget its flight plan', options, (action) =>
      this.#sendPlan(action, MAV_MISSION_TYPE.MISSION, [], this.#vehicle.habits.missionStartsWithHome),
    );
  }

  uploadExclusions(
    rings: readonly (readonly Position[])[],
    options: CommandOptions = {},
  ): Promise<CommandOutcome> {
    return this.#act('take the no-fly zones', options, async (action) => {
      const sent = toFenceItems(rings);
      return this.#sendPlan(action, MAV_MISSION_TYPE.FENCE, sent);
    });
  }

  /** Where it may return to instead of its home; an empty list clears them. */
  uploadRallyPoints(points: readonly RallyPoint[], options: CommandOptions = {}): Promise<CommandOutcome> {
    return this.#act('take the rally points', options, (action) =>
      this.#sendPlan(action, MAV_MISSION_TYPE.RALLY, toRallyItems(points)),
    );
  }

  /** Flies to a place and holds there. Refused on the ground. */
  goTo(
    position: Position,
    altitudeRelativeHomeM: number,
    options: CommandOptions = {},
  ): Promise<CommandOutcome> {
    return this.#interrupt('go there', options, (action) =>
      this.#reposition(action, position, altitudeRelativeHomeM),
    );
  }

  /** Holds where it is, at another height. Refused on the ground. */
  changeAltitude(altitudeRelativeHomeM: number, options: CommandOptions = {}): Promise<CommandOutcome> {
    return this.#interrupt('change its height', options, async (action) => {
      const { position } = this.state();
      return position === null ? NOT_FLYING : this.#reposition(action, position, altitudeRelativeHomeM);
    });
  }

  arm(options: CommandOptions & { setsHome: boolean }): Promise<CommandOutcome> {
    return this.#act('arm', options, async (action) => {
      this.#vehicle.launching();
      const { armed, landedState } = this.state();
      if (armed && landedState !== 'ON_GROUND')
        return { state: 'REFUSED', sentence: 'The drone is already flying. Nothing was sent.' };
      return this.#withModes(async ({ arming }) => {
        const moded = await this.#commands.changeMode(action, arming);
        if (moded.state !== 'ACCEPTED') return moded;
        // A home set by command is kept when the drone is armed again at the scene. One that refuses this moves it
        // there: the way home is a plan of its own, and an abort asks where the reported home is.
        if (options.setsHome === true)
          await this.#commands.command(action, MAV_CMD.DO_SET_HOME, [HERE], 'set its home here');
        const evidence = this.#commands.showsOnGround(() => this.state().armed);
        return this.#commands.commandSeen(action, MAV_CMD.COMPONENT_ARM_DISARM, [ARM], evidence);
      });
    });
  }

  startMission(options: CommandOptions = {}): Promise<CommandOutcome> {
    return this.#act('start the mission', options, (action) =>
      this.#withModes(async ({ mission }) => {
        this.#vehicle.launching();
        if (this.#vehicle.planWatch.changed().includes('MISSION')) return PLAN_CHANGED;
        const first = await this.#toFirstItem(action);
        if (first.state !== 'ACCEPTED') return first;
        const evidence = this.#commands.showsOnGround(
          () => this.state().armed && this.#vehicle.customMode === mission.customMode,
          true,
        );
        const started = await (this.#vehicle.habits.startsByCommand
          ? this.#commands.commandSeen(action, MAV_CMD.MISSION_START, [], evidence)
          : this.#commands.setMode(action, mission, evidence));
        return started.state === 'ACCEPTED' ? this.#commands.startedArmed() : started;
      }),
    );
  }

  resumeMission(options: CommandOptions = {}): Promise<CommandOutcome> {
    return this.#act('go on with the mission', options, (action) =>
      this.#withModes(({ mission }) => {
        this.#vehicle.launching();
        return this.#commands.setMode(action, mission);
      }),
    );
  }

  hold(options: CommandOptions = {}): Promise<CommandOutcome> {
    return this.#stop('hold', options, (action) =>
      this.#withModes(({ hold }) =>
        this.#firstOf(hold.map((mode) => () => this.#commands.setMode(action, mode))),
      ),
    );
  }

  returnHome(options: CommandOptions = {}): Promise<CommandOutcome> {
    return this.#stop('return home', options, (action) =>
      this.#firstOf([
        () => this.#byCommand(action, MAV_CMD.NAV_RETURN_TO_LAUNCH, 'returnHome'),
        () => this.#withModes(({ returnHome }) => this.#commands.setMode(action, returnHome)),
      ]),
    );
  }

  landHere(options: CommandOptions = {}): Promise<CommandOutcome> {
    return this.#stop('land here', options, (action) =>
      this.#firstOf([
        () => this.#byCommand(action, MAV_CMD.NAV_LAND, 'land'),
        () => this.#withModes(({ land }) => this.#commands.setMode(action, land)),
      ]),
    );
  }

  releaseAed(options: CommandOptions = {}): Promise<CommandOutcome> {
    return this.#act('release the AED', options, (action) =>
      this.#commands.command(action, MAV_CMD.DO_GRIPPER, [FIRST_GRIPPER, RELEASE]),
    );
  }

  #interrupt(
    doing: string,
    options: CommandOptions,
    work: (action: Action) => Promise<CommandOutcome>,
    purpose: 'STOP' | 'ANY' = 'ANY',
  ): Promise<CommandOutcome> {
    return this.#act(doing, options, work, { interrupt: () => this.#commands.interrupt(), purpose });
  }

  /** F4: open to people while any way leads to the very vehicle that was launched. */
  #stop(
    doing: string,
    options: CommandOptions,
    work: (action: Action) => Promise<CommandOutcome>,
  ): Promise<CommandOutcome> {
    return this.#interrupt(doing, options, work, 'STOP');
  }

  /** Refuses (throws) before anything is sent; from then on every answer is an outcome. */
  async #act(
    doing: string,
    options: CommandOptions,
    work: (action: Action) => Promise<CommandOutcome>,
    { interrupt = () => {}, purpose = 'ANY' }: { interrupt?: () => void; purpose?: 'STOP' | 'ANY' } = {},
  ): Promise<CommandOutcome> {
    this.#vehicle.requireReachable(purpose);
    interrupt();
    const action: Action = { doing, options, texts: [], course: this.#commands.course, packetSent: false };
    const stopListening = this.#vehicle.onText((text) => {
      if (action.texts.length < MOST_TEXTS) action.texts.push(text);
    });
    const over = this.#vehicle.actionBegan();
    try {
      return await work(action);
    } catch (error) {
      // The link went away between two packets of the action.
      if (action.packetSent && error instanceof Refusal) return unknown(doing);
      throw error;
    } finally {
      over();
      stopListening();
    }
  }

  async #reposition(
    action: Action,
    { latitudeDeg, longitudeDeg }: Position,
    altitudeRelativeHomeM: number,
  ): Promise<CommandOutcome> {
    const { armed, landedState, home } = this.state();
    if (!armed || landedState === 'ON_GROUND') return NOT_FLYING;
    const { repositionDatum, commandLongDatum } = this.#vehicle.habits;
    const relative = repositionDatum === 'RELATIVE_HOME';
    if (!relative && home === null) return NO_ALTITUDE;
    const altitudeM = altitudeRelativeHomeM + (relative ? 0 : (home?.altitudeAmslM ?? 0));
    const frame = relative ? MAV_FRAME.GLOBAL_RELATIVE_ALT_INT : MAV_FRAME.GLOBAL;
    const given = [SPEED_UNCHANGED, MAY_CHANGE_MODE, 0, Number.NaN];
    const sameAsLong = commandLongDatum === repositionDatum;
    const asInt = { frame, latitudeDeg, longitudeDeg, altitudeM, sameAsLong };
    return this.#withModes(() =>
      this.#commands.command(action, MAV_CMD.DO_REPOSITION, given, action.doing, { asInt }),
    );
  }

  /** A command that ends in one of the modes, by which it is known where the answer is lost. */
  #byCommand(action: Action, command: number, mode: 'returnHome' | 'land'): Promise<CommandOutcome> {
    const { modes } = this.#vehicle.habits;
    return modes === null
      ? this.#commands.command(action, command, [])
      : this.#commands.commandSeen(action, command, [], this.#commands.showsMode(modes[mode]));
  }

  /**
   * A new plan does not take an autopilot back to its beginning: one that was interrupted at item 5 would go on there.
   * One that cannot be set back is started only where it says that it stands at the beginning.
   */
  async #toFirstItem(action: Action): Promise<CommandOutcome> {
    const first = this.#vehicle.habits.missionStartsWithHome ? 1 : 0;
    const { clock } = this.#vehicle;
    const item = (): VehicleState['missionItem'] => this.state().missionItem;
    const evidence = this.#commands.showsOnGround(() => item()?.sequence === first, true);
    const stands = item()?.sequence === first;
    const given = [first, RESET_MISSION];
    const set = await this.#commands.commandSeen(
      ...([action, MAV_CMD.DO_SET_MISSION_CURRENT, given] as const),
      // Where it stands there already, its ack is all that can be waited for.
      stands ? { obeyed: () => false, untouched: () => false } : evidence,
    );
    if (set === BROKEN_OFF || set.state === 'ACCEPTED') return set;
    const told = item();
    if (told === null || told.sequence > first) return set;
    return set.state === 'REFUSED' || clock.nowMs() - told.receivedAtMs < TOLD_LATELY_MS ? ACCEPTED : set;
  }

  /** Tries the next way only when the vehicle said no: without an answer it may have obeyed. */
  async #firstOf(ways: readonly (() => Promise<CommandOutcome>)[]): Promise<CommandOutcome> {
    let first: CommandOutcome | null = null;
    for (const way of ways) {
      const outcome = await way();
      if (outcome.state !== 'REFUSED') return outcome;
      first ??= outcome;
    }
    return first ?? NOT_FLOWN;
  }

  async #withModes(work: (modes: FlightModes) => Promise<CommandOutcome>): Promise<CommandOutcome> {
    const { modes } = this.#vehicle.habits;
    return modes === null ? NOT_FLOWN : work(modes);
  }

  #sendPlan(
    action: Action,
    missionType: number,
    items: readonly TransferItem[],
    startsWithHome = false,
  ): Promise<CommandOutcome> {
    const { doing, texts, options } = action;
    return sendPlan(this.#vehicle, {
      ...{ doing, missionType, items, startsWithHome, texts, onProgress: options.onProgress },
      onFirstPacket: () => firstPacket(action),
    });
  }
}
