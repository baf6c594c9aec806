import type { DoorDrive } from '../../../preload/contract/health.ts';
import type { VehicleState } from '../../../preload/contract/vehicle.ts';
import type { Frame } from '../mavlink/frame.ts';
import type { CommandOutcome } from '../ports/aircraft.ts';

/** A vehicle as a health check needs it. Every action dies with its timeout, and nothing is kept for later (F1). */
export interface HealthVehicle {
  state(): VehicleState;
  /** Its parameters by name as they were read last; null: not read. */
  parameters(): ReadonlyMap<string, number> | null;
  /** First eight bytes of the SHA-256 of the model that it runs, as hexadecimal; null: it does not say. */
  modelHash(): string | null;
  /** Asks for messages at these rates, Hz; 0: once. Answers do not matter: what does not come is not testable. */
  requestMessages(wishes: readonly { messageId: number; rateHz: number }[]): Promise<void>;
  /** Back to what the vehicle sends by itself. */
  restoreRates(messageIds: readonly number[]): Promise<void>;
  runPreArmChecks(): Promise<CommandOutcome>;
  /** MAV_CMD_DO_MOTOR_TEST. */
  testMotor(order: { motor: number; throttlePercent: number; durationS: number }): Promise<CommandOutcome>;
  /** MAV_CMD_DO_GRIPPER or DO_SET_SERVO. `onProgress`: it said that it is at work on it. */
  moveDoor(
    drive: Exclude<DoorDrive, { kind: 'NONE' }>,
    open: boolean,
    onProgress: () => void,
  ): Promise<CommandOutcome>;
  readParameters(onProgress: (percent: number) => void): Promise<void>;
  /** The frame holds only during the call. Returns its unsubscribe. */
  onFrame(listener: (frame: Frame) => void): () => void;
}
