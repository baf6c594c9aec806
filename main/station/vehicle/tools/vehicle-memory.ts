import type { Parameter } from '../../mavlink/protocol/parameter-value.ts';

/** A vehicle's parameters as they were read last. */
export interface KeptParameters {
  /** As AUTOPILOT_VERSION says it: with another firmware they do not hold. */
  readonly firmware: string;
  readonly readAtMs: number;
  /** As the vehicle called them then; null: it gives none. */
  readonly hash: number | null;
  readonly parameters: readonly Parameter[];
}

/**
 * What is known of vehicles from earlier starts. It may be lost at any time: what is missing is read anew. No call
 * rejects.
 */
export interface VehicleMemory {
  /** `identity` names the very vehicle. DAMAGED: something was kept, and cannot be read. */
  loadParameters(identity: string): Promise<KeptParameters | 'DAMAGED' | null>;
  saveParameters(identity: string, kept: KeptParameters): Promise<void>;
  forgetParameters(identity: string): Promise<void>;
  /** A description that some vehicle gave, by its checksum as the vehicle tells it. */
  loadDescription(crc: number): Promise<Uint8Array | null>;
  saveDescription(crc: number, bytes: Uint8Array): Promise<void>;
}

/** Of replays and of vehicles in tests: nothing is kept. */
export const NO_MEMORY: VehicleMemory = {
  loadParameters: () => Promise.resolve(null),
  saveParameters: () => Promise.resolve(),
  forgetParameters: () => Promise.resolve(),
  loadDescription: () => Promise.resolve(null),
  saveDescription: () => Promise.resolve(),
};
