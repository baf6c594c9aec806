import type { VehicleState } from '../../../../preload/contract/vehicle.ts';
import type { ParameterEncoding } from '../../mavlink/protocol/parameter-value.ts';
import type { Behaviour } from './behaviour.ts';

export interface FlightMode {
  readonly text: string;
  readonly kind: VehicleState['modeKind'];
}

/** A mode as MAV_CMD_DO_SET_MODE (176) asks for it and as HEARTBEAT then reports it. */
export interface ModeRequest {
  readonly text: string;
  /** Parameters 2 and 3. */
  readonly mode: number;
  readonly subMode: number;
  readonly customMode: number;
}

/** What one kind of autopilot does differently from the others. */
export interface AutopilotHabits {
  readonly name: VehicleState['autopilot'];
  readonly firmwareName: string;
  modeOf(customMode: number): FlightMode;
  /** Null: the station reads this vehicle but does not know how to fly it. */
  readonly modes: FlightModes | null;
  /** The first item of a mission is the home position, and the flight starts at the second. */
  readonly missionStartsWithHome: boolean;
  /** MAV_CMD_MISSION_START (300) starts the mission; otherwise its mode does. */
  readonly startsByCommand: boolean;
  /** A refused upload may have changed the plan; otherwise the old one stays until the new one is whole. */
  readonly uploadsItemByItem: boolean;
  /** The datum in which MAV_CMD_DO_REPOSITION (192) takes its altitude. */
  readonly repositionDatum: 'RELATIVE_HOME' | 'AMSL';
  /** The datum of the same command as COMMAND_LONG, which names none; null: it is not for certain (F8). */
  readonly commandLongDatum: 'RELATIVE_HOME' | 'AMSL' | null;
  readonly parameterEncoding: ParameterEncoding;
  /** It tells the hash of its parameters as `_HASH_CHECK`. */
  readonly offersParameterHash: boolean;
  /** Where its logs lie, first that to look into first; in them, or in folders of them. */
  readonly logFolders: readonly string[];
  /** What it does by itself. */
  readonly behaviours: readonly Behaviour[];
}

export interface FlightModes {
  /** From which it may be armed. */
  readonly arming: ModeRequest;
  readonly mission: ModeRequest;
  /** Best first. */
  readonly hold: readonly ModeRequest[];
  readonly returnHome: ModeRequest;
  readonly land: ModeRequest;
}
