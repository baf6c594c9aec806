import { Refusal } from '../../../../preload/contract/errors.ts';
import type { DoorDrive } from '../../../../preload/contract/health.ts';
import type { VehicleState } from '../../../../preload/contract/vehicle.ts';
import type { Frame } from '../../mavlink/frame.ts';
import { MAV_CMD } from '../../mavlink/generated/enums.ts';
import { COMMAND_ACK } from '../../mavlink/generated/messages.ts';
import type { CommandProtocol } from '../../mavlink/protocol/command.ts';
import type { CommandOutcome } from '../../ports/aircraft.ts';
import { refused, unknown } from '../outcome-sentences.ts';

interface BenchVehicle {
  readonly systemId: number;
  readonly componentId: number;
  state(): VehicleState;
  requireReachable(): void;
}

/** MOTOR_TEST_THROTTLE_PERCENT. */
const THROTTLE_IN_PERCENT = 0;
const ONE_MOTOR = 1;
/** GRIPPER_ACTIONS. */
const RELEASE = 0;
const GRAB = 1;
/** MAV_CMD_SET_MESSAGE_INTERVAL: 0 asks for the vehicle's own rate. */
const DEFAULT_RATE = 0;

/** What is asked of a vehicle that stands on the bench. */
export class BenchCommands {
  readonly #vehicle: BenchVehicle;
  readonly #commands: CommandProtocol;

  /** `commands` must be its own: an operator's command must not find them waiting. */
  constructor(vehicle: BenchVehicle, commands: CommandProtocol) {
    this.#vehicle = vehicle;
    this.#commands = commands;
  }

  receive(frame: Frame): void {
    if (frame.messageId === COMMAND_ACK.id) this.#commands.receive(frame);
  }

  /** Asks for messages at these rates, Hz; 0: once. What a vehicle does not know it does not send. */
  async requestMessages(wishes: readonly { messageId: number; rateHz: number }[]): Promise<void> {
    for (const { messageId, rateHz } of wishes) {
      const outcome =
        rateHz === 0
          ? await this.#run(MAV_CMD.REQUEST_MESSAGE, [messageId], 'send a message')
          : await this.#run(MAV_CMD.SET_MESSAGE_INTERVAL, [messageId, 1e6 / rateHz], 'send a message');
      // It does not answer: the rest would fare the same.
      if (outcome.state === 'UNKNOWN') return;
    }
  }

  /** Back to what the vehicle sends by itself. */
  async restoreRates(messageIds: readonly number[]): Promise<void> {
    for (const messageId of messageIds) {
      const outcome = await this.#run(
        MAV_CMD.SET_MESSAGE_INTERVAL,
        [messageId, DEFAULT_RATE],
        'send a message',
      );
      if (outcome.state === 'UNKNOWN') return;
    }
  }

  runPreArmChecks(): Promise<CommandOutcome> {
    return this.#run(MAV_CMD.RUN_PREARM_CHECKS, [], 'run its pre-arm checks');
  }

  /**
   * Turns one motor. The vehicle must say itself that it is disarmed and on the ground, whoever asks.
   * @param order motor counted from 1; throttle in percent; duration in seconds
   */
  testMotor(order: { motor: number; throttlePercent: number; durationS: number }): Promise<CommandOutcome> {
    this.#requireStanding('Motors are tested');
    return this.#run(
      MAV_CMD.DO_MOTOR_TEST,
      [order.motor, THROTTLE_IN_PERCENT, order.throttlePercent, order.durationS, ONE_MOTOR],
      'turn the motor',
    );
  }

  /**
   * Moves the AED's door. The vehicle must say itself that it is disarmed and on the ground, whoever asks.
   * @param onProgress the vehicle said that it is at work on it
   */
  moveDoor(
    drive: Exclude<DoorDrive, { kind: 'NONE' }>,
    open: boolean,
    onProgress: () => void,
  ): Promise<CommandOutcome> {
    this.#requireStanding('Doors are tested');
    const doing = open ? 'open its door' : 'close its door';
    return drive.kind === 'GRIPPER'
      ? this.#run(MAV_CMD.DO_GRIPPER, [drive.gripper, open ? RELEASE : GRAB], doing, onProgress)
      : this.#run(
          MAV_CMD.DO_SET_SERVO,
          [drive.output, open ? drive.openUs : drive.closedUs],
          doing,
          onProgress,
        );
  }

  close(): void {
    this.#commands.close();
  }

  #requireStanding(doing: string): void {
    const { armed, landedState } = this.#vehicle.state();
    if (armed || landedState !== 'ON_GROUND')
      throw new Refusal('CONFLICT', `${doing} on the ground, disarmed. Nothing was sent.`);
  }

  async #run(
    command: number,
    given: readonly number[],
    doing: string,
    onProgress?: () => void,
  ): Promise<CommandOutcome> {
    const { systemId, componentId } = this.#vehicle;
    if (this.#vehicle.state().isReplay)
      throw new Refusal('CONFLICT', 'This is a recording: nothing can be sent. Leave it first.');
    this.#vehicle.requireReachable();
    const parameters = Array.from({ length: 7 }, (_, index) => given[index] ?? 0);
    const outcome = await this.#commands.run({ systemId, componentId, command, parameters, onProgress });
    if (outcome.state === 'ACCEPTED') return outcome;
    return outcome.state === 'REFUSED' ? refused(doing, outcome.resultText, []) : unknown(doing);
  }
}
