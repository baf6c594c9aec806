import type { Position } from '../../../preload/contract/geo.ts';
import type { VehicleState } from '../../../preload/contract/vehicle.ts';

/**
 * One vehicle as a capability that commands it sees it. Every action names this one vehicle and its autopilot
 * component (F2), is tried only while the vehicle is in contact, and dies with its timeout (F1). No action throws for
 * what the vehicle answers: the answer is the outcome (F7).
 */
export interface Aircraft {
  readonly systemId: number;
  state(): VehicleState;
  /** Uploads a mission, reads it back and compares it with tolerance. Refused: the old plan is still in force. */
  uploadPlan(items: readonly PlanItem[], options?: CommandOptions): Promise<CommandOutcome>;
  /** Uploads exclusion polygons (outer rings, unclosed); an empty list clears the fence. */
  uploadExclusions(
    rings: readonly (readonly Position[])[],
    options?: CommandOptions,
  ): Promise<CommandOutcome>;
  /**
   * Puts the autopilot into a mode from which it may be armed, then arms. With `setsHome` the place where it stands
   * becomes its home for good; without, home stays where it is, although autopilots move an unlocked home on arming.
   */
  arm(options: CommandOptions & { setsHome: boolean }): Promise<CommandOutcome>;
  /** Starts the uploaded mission from its first item. */
  startMission(options?: CommandOptions): Promise<CommandOutcome>;
  /** Goes on with the mission where it was interrupted. */
  resumeMission(options?: CommandOptions): Promise<CommandOutcome>;
  /** Stops where it is and keeps its position and height. */
  hold(options?: CommandOptions): Promise<CommandOutcome>;
  /** Return to launch by the autopilot's own means. */
  returnHome(options?: CommandOptions): Promise<CommandOutcome>;
  landHere(options?: CommandOptions): Promise<CommandOutcome>;
  /** Asks for the AED's release (DO_GRIPPER release). Accepted is not released (F6). */
  releaseAed(options?: CommandOptions): Promise<CommandOutcome>;
}

export interface CommandOptions {
  /** Called when the first packet of the action has been handed to the socket. */
  onFirstPacket?: () => void;
  /** Called when the vehicle reports progress, 0–100 or null when it does not say how far. */
  onProgress?: (percent: number | null) => void;
}

export type CommandOutcome =
  | { readonly state: 'ACCEPTED' }
  /** The vehicle said no. The sentence has its reason in words, with the STATUSTEXT that came with it. */
  | { readonly state: 'REFUSED'; readonly sentence: string }
  /** No answer in time: whether it obeyed is not known. */
  | { readonly state: 'UNKNOWN'; readonly sentence: string };

/** A mission in the station's words; altitudes relative to home. */
export type PlanItem =
  | { kind: 'TAKEOFF'; altitudeRelativeHomeM: number }
  | { kind: 'SPEED'; groundSpeedMps: number }
  | { kind: 'WAYPOINT'; position: Position; altitudeRelativeHomeM: number }
  | { kind: 'LAND'; position: Position };

/** What a vehicle says that is not state: a whole utterance at the scene, or a text of its autopilot. */
export type VehicleNotice =
  | {
      kind: 'VOICE';
      systemId: number;
      speaker: 'DRONE' | 'BYSTANDER' | 'AED_DEVICE';
      text: string;
      language: string;
      /** 0–1, or null when it is not recognised speech. */
      confidence: number | null;
      conversationState: string | null;
    }
  | { kind: 'STATUS_TEXT'; systemId: number; severity: number; text: string };

/** All vehicles that are heard. */
export interface AircraftDirectory {
  find(systemId: number): Aircraft | null;
  all(): readonly Aircraft[];
  /** Called for each notice of any vehicle. Returns its unsubscribe. */
  onNotice(listener: (notice: VehicleNotice) => void): () => void;
}
