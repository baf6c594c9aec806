import type { GoldenOutcome, ModelType, ModelVerification } from '../../preload/contract/models.ts';

/** A version with what is known of its file. */
export interface ModelRecord {
  modelVersionId: string;
  modelType: ModelType;
  version: string;
  /** Null: no file was verified under it yet. */
  sha256: string | null;
  verification: ModelVerification | null;
  /** What the first successful verification gave. */
  recorded: { outcomes: GoldenOutcome[]; latencyMs: number } | null;
}

/** What a drone was given last, of each type. */
export interface DeployedModel {
  droneId: string;
  modelVersionId: string;
  version: string;
  sha256: string | null;
}

export interface ModelReads {
  /** Of the types that the station can verify, last verified first. */
  modelRecords(input: Record<string, never>): ModelRecord[];
  deployedModels(input: Record<string, never>): DeployedModel[];
}

export interface ModelWrites {
  /** Adds the version where it is new. A file that was refused leaves the recorded one as it was. */
  recordModelVerification(input: {
    verification: ModelVerification;
    recorded: { outcomes: GoldenOutcome[]; latencyMs: number } | null;
  }): void;
  recordModelDeployment(input: {
    deploymentId: string;
    droneId: string;
    modelVersionId: string;
    atMs: number;
    dispatcherId: string;
  }): void;
}
