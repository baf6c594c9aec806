import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { call } from './errors.ts';
import { droneId, recordId, requiredText } from './geo.ts';

/** The kinds of model for which the station has the pipeline that the drone runs, and so can verify a file. */
export const modelType = z.enum(['YOLO_PERSON_DETECTION', 'LANDING_ZONE']);
export type ModelType = z.infer<typeof modelType>;

/** Why a model file was refused. */
export const modelFault = z.enum([
  'NOT_ONNX',
  'TRUNCATED',
  'TOO_LARGE',
  'TOO_COMPLEX',
  'TOO_DEEP',
  'EXTERNAL_DATA',
  'CUSTOM_OPERATOR',
  'ABSURD_SHAPE',
  'WRONG_SHAPE',
  /** The runtime does not take it. */
  'NOT_LOADED',
  'CRASHED',
  'TIMED_OUT',
  'TOO_MUCH_MEMORY',
  /** It gives what is no number, or boxes that are none. */
  'NONSENSE',
  /** Under this version another file was verified. */
  'HASH_DIFFERS',
  'OUTPUT_DIFFERS',
  /** It does not give what its maker's golden file says. */
  'GOLDEN_DIFFERS',
  'TOO_SLOW',
]);
export type ModelFault = z.infer<typeof modelFault>;

/** What the pipeline made of one golden input, in numbers that are compared with the recorded ones. */
export const goldenOutcome = z.object({ scene: z.string(), numbers: z.array(z.number()) });
export type GoldenOutcome = z.infer<typeof goldenOutcome>;

/** One output of one case of a maker's golden file (docs/golden-files.md). */
export const goldenComparison = z.object({
  caseName: z.string(),
  output: z.string(),
  numbers: z.number().int(),
  /** Numbers beyond the tolerance. */
  differing: z.number().int(),
  /** The largest difference; null where there is none to tell: the output is missing or of another shape. */
  largest: z.number().nullable(),
  /** Null: as it should be. */
  sentence: z.string().nullable(),
});
export type GoldenComparison = z.infer<typeof goldenComparison>;

export const modelVerification = z.object({
  modelVersionId: z.string(),
  modelType,
  version: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  sizeBytes: z.number().int(),
  /** Null: verified. */
  fault: modelFault.nullable(),
  /** What was found, and what to do where it was refused. */
  sentence: z.string(),
  /** Median of the golden inputs on this machine; null where it did not run. */
  latencyMs: z.number().nullable(),
  outcomes: z.array(goldenOutcome),
  /** What its maker's golden file says of it; empty where none was given. */
  golden: z.array(goldenComparison).default([]),
  verifiedAtMs: z.number(),
});
export type ModelVerification = z.infer<typeof modelVerification>;

/** Whether the fleet's list knows the model that a drone says it runs. */
export const modelMatch = z.enum(['ACTIVE', 'NOT_ACTIVE', 'OTHER_HASH', 'NOT_LISTED']);
export type ModelMatch = z.infer<typeof modelMatch>;

/** What a flight's telemetry is scored by. */
export const anomalyChannel = z.enum(['VIBRATION', 'MOTORS']);
export type AnomalyChannel = z.infer<typeof anomalyChannel>;

/**
 * How unlike the beginning of its own flight, and its earlier flights, a vehicle flies: an advisory in flight. After an
 * alarm the go/no-go has a caution until a health check of the drone is signed.
 */
export const anomalyReading = z.object({
  systemId: z.number().int(),
  /** LEARNING: the flight has just begun, and too few earlier ones are known. INCOMPLETE: messages are missing. */
  state: z.enum(['ON_GROUND', 'INCOMPLETE', 'LEARNING', 'SCORED', 'OFF']),
  /** The highest of the channels; 1 is the limit. Null unless SCORED. */
  score: z.number().nullable(),
  /** Three windows in a row were above the limit. */
  alarm: z.boolean(),
  /** Highest first. */
  channels: z.array(z.object({ channel: anomalyChannel, score: z.number() })),
  sentence: z.string(),
  /** Monotonic age of the window that was scored last. */
  windowEndedMsAgo: z.number().nullable(),
});
export type AnomalyReading = z.infer<typeof anomalyReading>;

export const anomalyDetector = z.object({
  state: z.enum(['STARTING', 'RUNNING', 'RESTARTING', 'OFF']),
  sentence: z.string(),
});
export type AnomalyDetector = z.infer<typeof anomalyDetector>;

/** Bytes travel as base64 in one message of the contract, which is at most 16 MB. */
const LARGEST_UPLOAD_CHARACTERS = 15_000_000;
const version = requiredText('The version', 20);
const bytes = z.object({
  kind: z.literal('BYTES'),
  base64: z.base64('The file is not base64.').max(LARGEST_UPLOAD_CHARACTERS),
});
const fileSource = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('FILE'), name: requiredText('The file', 200) }),
  bytes,
]);
/** The maker's golden file beside the model; null: none. */
const golden = fileSource.nullable();
const dronePath = z
  .string()
  .trim()
  .min(1, 'Give a folder of the drone.')
  .max(200)
  .regex(/^[\x20-\x7e]+$/, 'A path on a drone has plain letters only.');

/** Whose files on a drone: its autopilot's card, or the computer beside it, which serves its own. */
const modelPlace = z.enum(['AUTOPILOT', 'ONBOARD_COMPUTER']);
export type ModelPlace = z.infer<typeof modelPlace>;
/** MAV_COMPONENT. */
const componentId = z.number().int().min(1).max(255);

/** A model while it is read from a drone and verified, or the last that was. */
export const modelReading = z.object({
  droneId: z.string(),
  path: z.string(),
  state: z.enum(['READING', 'VERIFYING', 'DONE', 'FAILED']),
  percent: z.number(),
  bytes: z.number(),
  sizeBytes: z.number(),
  /** Why it failed; or how the file compares with the fleet's list and with what the drone says it runs. */
  sentence: z.string().nullable(),
  verification: modelVerification.nullable(),
});
export type ModelReading = z.infer<typeof modelReading>;

export const models = {
  /** Feed, latest: once a second. Scores of every vehicle that is heard. */
  watch: call.output(
    eventIterator(z.object({ detector: anomalyDetector, readings: z.array(anomalyReading) })),
  ),
  /** What was verified, newest first. */
  verifications: call.output(z.array(modelVerification)),
  /** Names of the files in the station's model folder: models (.onnx) and their makers' golden files (.golden). */
  files: call.output(
    z.object({ folder: z.string(), names: z.array(z.string()), goldenNames: z.array(z.string()) }),
  ),
  /**
   * Inspects, hashes, loads and runs a model file, compares it with what was recorded for this version and records the
   * result. A refused file is a result, not an error. CONFLICT while another one is verified.
   */
  verify: call
    .input(
      z.object({
        modelType,
        version,
        source: fileSource,
        golden,
      }),
    )
    .output(modelVerification),
  /** Feed, latest: the model that is read from a drone, or the last that was; null: none since the station started. */
  reading: call.output(eventIterator(z.object({ reading: modelReading.nullable() }))),
  /**
   * The models in a folder of the drone, over MAVLink FTP, and the component that has them. NOT_FOUND where no onboard
   * computer is heard, CONFLICT where it says that it serves no files.
   */
  droneFiles: call.input(z.object({ droneId, folder: dronePath, place: modelPlace })).output(
    z.object({
      componentId,
      files: z.array(z.object({ path: z.string(), name: z.string(), sizeBytes: z.number() })),
    }),
  ),
  /**
   * Reads a model from a drone and verifies it. Refuses at once what cannot begin (armed, out of contact, another one is
   * read); progress and end come with `reading`.
   */
  readFromDrone: call
    .input(
      z.object({
        ...{ droneId, componentId, path: dronePath, sizeBytes: z.number().int().min(1) },
        ...{ modelType, version, golden },
      }),
    )
    .output(z.object({})),
  cancelReading: call.output(z.object({})),
  /** Records that a drone was given this model. CONFLICT for one that was refused. */
  recordDeployment: call.input(z.object({ droneId, modelVersionId: recordId })).output(z.object({})),
};
