import { common, type MavLinkData } from 'node-mavlink';
import { type AedCompartment, DOOR_PULSE_US } from './aed-compartment.ts';
import type { Autopilot } from './autopilot.ts';
import type { ActiveFaults } from './faults.ts';
import type { Firmware } from './firmware.ts';
import { type FlightMode, MODE } from './flight-modes.ts';
import type { LocalPoint } from './local-frame.ts';
import type { Streams } from './streams.ts';
import { message, type ReceivedFrame } from './wire.ts';

const RESULT = common.MavResult;
const DO_SET_MODE = 176;
const FORCE_ARM = 2989;
const FORCE_DISARM = 21196;

/** COMMAND_LONG and COMMAND_INT in one form. */
interface Command {
  readonly id: number;
  readonly param1: number;
  readonly param2: number;
  readonly param3: number;
  readonly param4: number;
  readonly latitudeE7: number;
  readonly longitudeE7: number;
  readonly altitudeM: number;
  readonly frame: number;
}

export interface CommandHost {
  readonly autopilot: Autopilot;
  readonly streams: Streams;
  readonly nowMs: number;
  send(data: MavLinkData): void;
  sendBanner(): void;
  gripper(release: boolean): void;
  /** What the servo of the AED door moves. */
  readonly door: Pick<AedCompartment, 'move'>;
  reboot(): void;
}

/** Executes a command and acknowledges it; what ArduCopter does not know it answers with UNSUPPORTED. */
export function receiveCommand(host: CommandHost, frame: ReceivedFrame): void {
  const command = readCommand(frame, host.autopilot.firmware);
  const acknowledge = (result: number): void =>
    host.send(
      message(common.CommandAck, {
        command: command.id,
        result,
        targetSystem: frame.systemId,
        targetComponent: frame.componentId,
      }),
    );
  const refusal = refusalOfForm(host.autopilot.faults, frame.messageId, command.id);
  if (refusal !== null) {
    acknowledge(refusal);
    return;
  }
  if (command.id === 512) {
    requestMessage(host, command, acknowledge);
    return;
  }
  if (command.id === 246) {
    if (host.autopilot.armed || command.param1 !== 1) {
      acknowledge(RESULT.FAILED);
      return;
    }
    acknowledge(RESULT.ACCEPTED);
    host.reboot();
    return;
  }
  acknowledge(execute(host, command));
}

/** SET_MODE (11), the older way, which has no acknowledgement of its own: ArduPilot answers as for a command. */
export function receiveSetMode(host: CommandHost, frame: ReceivedFrame): void {
  const { customMode } = frame.decode(common.SetMode);
  host.send(
    message(common.CommandAck, {
      command: common.SetMode.MSG_ID,
      result: setMode(host.autopilot, host.autopilot.firmware.modeOf(customMode)),
      targetSystem: frame.systemId,
      targetComponent: frame.componentId,
    }),
  );
}

/** Of firmware that takes a command in one form only; null: it takes this one. */
function refusalOfForm(faults: ActiveFaults, messageId: number, commandId: number): number | null {
  const asLong = messageId === common.CommandLong.MSG_ID;
  if (commandId === DO_SET_MODE && faults.has('mode-by-message')) return RESULT.UNSUPPORTED;
  if (asLong && faults.has('commands-as-int')) return RESULT.COMMAND_INT_ONLY;
  return !asLong && faults.has('commands-as-long') ? RESULT.COMMAND_LONG_ONLY : null;
}

function readCommand(frame: ReceivedFrame, { name }: Firmware): Command {
  if (frame.messageId === common.CommandInt.MSG_ID) {
    const sent = frame.decode(common.CommandInt);
    return {
      id: sent.command,
      param1: sent._param1,
      param2: sent._param2,
      param3: sent._param3,
      param4: sent._param4,
      latitudeE7: sent._param5,
      longitudeE7: sent._param6,
      altitudeM: sent._param7,
      frame: sent.frame,
    };
  }
  const sent = frame.decode(common.CommandLong);
  return {
    id: sent.command,
    param1: sent._param1,
    param2: sent._param2,
    param3: sent._param3,
    param4: sent._param4,
    latitudeE7: sent._param5 * 1e7,
    longitudeE7: sent._param6 * 1e7,
    altitudeM: sent._param7,
    // COMMAND_LONG names no datum: PX4 takes the height above the sea, ArduPilot here that above home.
    frame: name === 'PX4' ? 0 : 3,
  };
}

/** By MAV_CMD number. */
function execute(host: CommandHost, command: Command): number {
  const { autopilot } = host;
  switch (command.id) {
    case 20:
      return accepted(autopilot.setMode(MODE.RTL));
    case 21:
      return accepted(autopilot.setMode(MODE.LAND));
    case 22:
      return accepted(autopilot.takeOff(command.altitudeM));
    case DO_SET_MODE:
      if ((command.param1 & 1) === 0) return RESULT.DENIED;
      return setMode(autopilot, autopilot.firmware.requestedMode(command.param2, command.param3));
    case 178:
      if (!(command.param2 > 0)) return RESULT.DENIED;
      autopilot.missionFlight.setSpeed(command.param2);
      return RESULT.ACCEPTED;
    case 179:
      return setHome(autopilot, command);
    case 183:
      return setServo(host, command);
    case 192:
      return reposition(autopilot, command);
    case 193:
      // ArduCopter pauses in AUTO and GUIDED only.
      return accepted(command.param1 === 0 ? autopilot.pause() : autopilot.proceed());
    case 207:
      autopilot.parameters.change('FENCE_ENABLE', command.param1 === 0 ? 0 : 1);
      return RESULT.ACCEPTED;
    case 209:
      return testMotor(autopilot, command);
    case 211:
      if (command.param2 !== 0 && command.param2 !== 1) return RESULT.FAILED;
      host.gripper(command.param2 === 0);
      return RESULT.ACCEPTED;
    case 224:
      return accepted(autopilot.missionFlight.jumpTo(autopilot.plans.storedSequence(command.param1)));
    case 300:
      // First and last item are not supported, and refused so that nobody believes they were obeyed.
      if (command.param1 !== 0 || command.param2 !== 0) return RESULT.DENIED;
      return accepted(autopilot.startMission());
    case 400:
      return armOrDisarm(autopilot, command);
    case 401:
      for (const failure of autopilot.preArmFailures()) autopilot.say(common.MavSeverity.CRITICAL, failure);
      return RESULT.ACCEPTED;
    case 410:
      return sendOnce(host, common.HomePosition.MSG_ID);
    case 510:
      return sendInterval(host, command.param1);
    case 511:
      return host.streams.setInterval(command.param1, command.param2, host.nowMs);
    case 520:
      return sendOnce(host, 148);
    case 42428:
      host.sendBanner();
      return RESULT.ACCEPTED;
    default:
      return RESULT.UNSUPPORTED;
  }
}

const DOOR_OUTPUT = 9;

/** The servo of the AED door alone is free; ArduPilot refuses outputs that have another function. */
function setServo(host: CommandHost, { param1, param2 }: Command): number {
  const { open, closed } = DOOR_PULSE_US;
  if (param1 !== DOOR_OUTPUT || (param2 !== open && param2 !== closed)) return RESULT.FAILED;
  host.door.move(param2 === open);
  return RESULT.ACCEPTED;
}

function accepted(done: boolean): number {
  return done ? RESULT.ACCEPTED : RESULT.FAILED;
}

function setMode(autopilot: Autopilot, mode: FlightMode | null): number {
  if (mode === null) return RESULT.FAILED;
  const starts = mode === MODE.AUTO && autopilot.firmware.modeStartsMission;
  return accepted(starts ? autopilot.startMission() : autopilot.setMode(mode));
}

function armOrDisarm(autopilot: Autopilot, { param1, param2 }: Command): number {
  if (param1 === 1) return accepted(autopilot.arm(param2 === FORCE_ARM));
  if (param1 === 0) return accepted(autopilot.disarm(param2 === FORCE_DISARM));
  return RESULT.UNSUPPORTED;
}

/** ArduCopter turns motors in the order in which they stand, clockwise from the front right; PX4 by their output. */
const ARDUCOPTER_TEST_ORDER: readonly number[] = [0, 3, 1, 2];
const LONGEST_MOTOR_TEST_S = 600;

/** One motor, throttle in percent; anything else is not known here. */
function testMotor(autopilot: Autopilot, { param1, param2, param3, param4 }: Command): number {
  const order = autopilot.firmware.name === 'PX4' ? [0, 1, 2, 3] : ARDUCOPTER_TEST_ORDER;
  const motor = order[param1 - 1];
  const known = param2 === 0 && param3 >= 0 && param3 <= 100 && param4 > 0 && param4 <= LONGEST_MOTOR_TEST_S;
  if (motor === undefined || !known) return RESULT.DENIED;
  return accepted(autopilot.testMotor(motor, param3, param4));
}

function placeOf(autopilot: Autopilot, command: Command): LocalPoint | null {
  const { latitudeE7, longitudeE7, altitudeM, frame } = command;
  const relative = frame === 3 || frame === 6;
  if (!relative && frame !== 0 && frame !== 5) return null;
  if (!(Math.abs(latitudeE7) <= 90e7) || !(Math.abs(longitudeE7) <= 180e7)) return null;
  return {
    northM: autopilot.frame.northM(latitudeE7),
    eastM: autopilot.frame.eastM(longitudeE7),
    upM: relative ? altitudeM + (autopilot.home?.upM ?? 0) : altitudeM - autopilot.groundAmslM,
  };
}

function setHome(autopilot: Autopilot, command: Command): number {
  if (!autopilot.hasPosition()) return RESULT.FAILED;
  const place = command.param1 === 1 ? autopilot.airframe : placeOf(autopilot, command);
  if (place === null) return RESULT.DENIED;
  autopilot.setHome(place, true);
  return RESULT.ACCEPTED;
}

function reposition(autopilot: Autopilot, command: Command): number {
  const place = placeOf(autopilot, command);
  if (place === null) return RESULT.DENIED;
  const mayChangeMode = (command.param2 & 1) !== 0;
  if (autopilot.mode !== MODE.GUIDED && !(mayChangeMode && autopilot.setMode(MODE.GUIDED)))
    return RESULT.DENIED;
  const speedMps = command.param1 > 0 ? command.param1 : autopilot.parameters.get('WPNAV_SPEED') / 100;
  return accepted(autopilot.goTo(place, speedMps));
}

function sendOnce(host: CommandHost, messageId: number): number {
  const data = host.streams.build(messageId);
  if (data === null) return RESULT.FAILED;
  host.send(data);
  return RESULT.ACCEPTED;
}

function sendInterval(host: CommandHost, messageId: number): number {
  host.send(message(common.MessageInterval, { messageId, intervalUs: host.streams.intervalUs(messageId) }));
  return RESULT.ACCEPTED;
}

/** The acknowledgement goes first, then the message. */
function requestMessage(host: CommandHost, command: Command, acknowledge: (result: number) => void): void {
  const data = host.streams.build(command.param1);
  acknowledge(data === null ? RESULT.FAILED : RESULT.ACCEPTED);
  if (data !== null) host.send(data);
}
