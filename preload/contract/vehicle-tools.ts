import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { call } from './errors.ts';
import { position, requiredText } from './geo.ts';

/** One vehicle by its MAVLink system id: also one that nobody registered has tools. */
const vehicle = z.object({ systemId: z.number().int().min(1).max(255) });
const parameterName = z
  .string()
  .regex(/^[A-Za-z0-9_]{1,16}$/, 'The name of a parameter has at most 16 letters, digits and underscores.');
/** 14 CFR 107.51: 400 feet. */
const altitudeRelativeHomeM = z
  .number()
  .min(2, 'The height must be at least 2 m.')
  .max(120, 'The height must be at most 120 m.');

export const parameter = z.object({
  name: z.string(),
  /** MAV_PARAM_TYPE: 1 to 8 are whole numbers, 9 and 10 are not. */
  type: z.number().int(),
  value: z.number(),
});

/** What the autopilot's maker says of one parameter. */
export const parameterDescription = z.object({
  name: z.string(),
  summary: z.string(),
  details: z.string(),
  unit: z.string().nullable(),
  usual: z.number().nullable(),
  /** Advice, not a limit: the vehicle may take other values. */
  lowest: z.number().nullable(),
  highest: z.number().nullable(),
  values: z.array(z.object({ value: z.number(), words: z.string() })),
  /** A change counts from the next start on. */
  needsReboot: z.boolean(),
});
export type ParameterDescription = z.infer<typeof parameterDescription>;

export const parameterFileFormat = z.enum(['MISSION_PLANNER', 'QGC']);

export const parameterDiff = z.object({
  format: parameterFileFormat,
  /** What would change if the file's values were set one by one. */
  differences: z.array(z.object({ name: z.string(), held: z.number(), wanted: z.number() })),
  /** In the file, but not on the vehicle. */
  notOnVehicle: z.array(z.string()),
  /** On the vehicle, but not in the file. */
  notInFile: z.number().int(),
});

export const behaviour = z.object({
  topic: z.enum(['FAILSAFE', 'RETURN', 'FENCE', 'RALLY', 'HOME']),
  /** "The link to the station is lost" */
  when: z.string(),
  /** "Returns to its home, or lands where it is when it cannot." */
  sentence: z.string(),
  parameters: z.array(z.object({ name: z.string(), value: z.number().nullable() })),
});

/** Never one that leads out of its folder. */
export const KEPT_NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,149}$/;
/** How a vehicle's folder, and a file of it, is called here: their names may hold anything. */
export function safeFileName(name: string): string {
  const safe = name.replace(/[^A-Za-z0-9._-]/g, '_').replace(/^\.+/, '');
  return safe === '' ? 'file' : safe.slice(0, 100);
}
const keptName = z.string().regex(KEPT_NAME, 'No file has such a name.');
const keptKind = z.enum(['LOG', 'FILE']);
export type KeptKind = z.infer<typeof keptKind>;

/** A file that was downloaded from a vehicle and lies on this station. */
export const keptFileName = z.object({
  kind: keptKind,
  /** The vehicle's name when it was downloaded, as its folder is called. */
  vehicle: keptName,
  name: keptName,
});
export type KeptFileName = z.infer<typeof keptFileName>;

export const keptFile = keptFileName.extend({
  /** On the station's disk. */
  path: z.string(),
  sizeBytes: z.number(),
  /** More than `sizeBytes`: its download broke off, and can go on. */
  wholeBytes: z.number(),
  /** When its last byte was written. */
  keptAtMs: z.number(),
  /** It is being downloaded. */
  arriving: z.boolean(),
});
export type KeptFile = z.infer<typeof keptFile>;

export const vehicleLog = z.object({
  logId: z.string(),
  name: z.string(),
  sizeBytes: z.number(),
  utcMs: z.number().nullable(),
  /** The one on this station with its name and size; null: none was downloaded whole. */
  kept: keptFile.nullable(),
});
export type VehicleLog = z.infer<typeof vehicleLog>;

/** Of a log that was downloaded. Times in seconds since the autopilot started. */
export const logContents = z.object({
  format: z.enum(['DATAFLASH', 'ULOG']),
  firstS: z.number(),
  lastS: z.number(),
  types: z.array(
    z.object({
      /** "ATT", or "BAT[1]" where several of a kind wrote. */
      type: z.string(),
      count: z.number().int(),
      /** Those that are numbers. Unit null: the log does not say. */
      fields: z.array(z.object({ name: z.string(), unit: z.string().nullable() })),
    }),
  ),
  /** More than none: the log was damaged, or cut off while it was written. */
  unreadableBytes: z.number().int(),
});
export type LogContents = z.infer<typeof logContents>;

export const logSeries = z.object({
  unit: z.string().nullable(),
  seconds: z.array(z.number()),
  values: z.array(z.number()),
  /** How many values the log holds of it: more than are given where they were thinned out. */
  samples: z.number().int(),
});
export type LogSeries = z.infer<typeof logSeries>;

export const vehicleFile = z.object({
  name: z.string(),
  kind: z.enum(['FILE', 'FOLDER']),
  sizeBytes: z.number(),
});
export type VehicleFile = z.infer<typeof vehicleFile>;

/** The transfer that runs with a vehicle, or the last that did. */
export const vehicleTransfer = z.object({
  kind: z.enum(['PARAMETERS', 'LOG', 'FILE']),
  /** What is transferred: "Parameters", the name of a log. */
  label: z.string(),
  state: z.enum(['RUNNING', 'DONE', 'FAILED']),
  percent: z.number(),
  /** Null where bytes are not what is counted. */
  bytes: z.number().nullable(),
  sizeBytes: z.number().nullable(),
  /** Why it failed, or how its wholeness was verified. */
  sentence: z.string().nullable(),
  startedAtMs: z.number(),
});
export type VehicleTransfer = z.infer<typeof vehicleTransfer>;

export const guidedActionName = z.enum(['GO_TO', 'CHANGE_ALTITUDE', 'HOLD', 'RETURN_HOME', 'LAND_HERE']);
export type GuidedActionName = z.infer<typeof guidedActionName>;

/** The life of the last guided action. */
export const guidedAction = z.object({
  action: guidedActionName,
  state: z.enum(['SENDING', 'SENT', 'WORKING', 'ACCEPTED', 'REFUSED', 'UNKNOWN']),
  /** As the vehicle reports it while it works. */
  percent: z.number().nullable(),
  sentence: z.string().nullable(),
  /** When it came into this state. */
  atMs: z.number(),
});
export type GuidedAction = z.infer<typeof guidedAction>;

export const planKind = z.enum(['MISSION', 'FENCE', 'RALLY']);
export type PlanKind = z.infer<typeof planKind>;

/** How what the vehicle holds stands to what this station gave it. */
export const planStanding = z.object({
  kind: planKind,
  /** NOT_SENT: nothing was, since the station started. DIFFERS: the vehicle holds something else now. */
  state: z.enum(['NOT_SENT', 'AS_SENT', 'DIFFERS']),
  sentAtMs: z.number().nullable(),
  /** The vehicle tells of each change by itself (ids of its plans): else only reading it back shows one. */
  watched: z.boolean(),
  /** When it was last read back and compared. */
  comparedAtMs: z.number().nullable(),
  /** The first difference that reading back has shown, in words. */
  difference: z.string().nullable(),
});
export type PlanStanding = z.infer<typeof planStanding>;

export const planItem = z.object({
  sequence: z.number().int(),
  /** MAV_CMD. */
  command: z.number().int(),
  /** MAV_FRAME, which gives the altitude its datum: 0 and 5 above sea level, 3 and 6 above home. */
  frame: z.number().int(),
  parameters: z.array(z.number().nullable()),
  latitudeDeg: z.number(),
  longitudeDeg: z.number(),
  altitudeM: z.number(),
});
export type VehiclePlanItem = z.infer<typeof planItem>;

export const vehicleToolsStatus = z.object({
  /** Null: not known. Not verified: of an earlier contact, and the vehicle was not asked since whether they hold. */
  parameters: z.object({ count: z.number().int(), readAtMs: z.number(), verified: z.boolean() }).nullable(),
  /** Why parameters of earlier do not count any more. */
  parametersNote: z.string().nullable(),
  /** What the maker of its autopilot says of its parameters; null: not asked yet. None: the sentence says why. */
  descriptions: z.object({ count: z.number().int(), sentence: z.string().nullable() }).nullable(),
  transfer: vehicleTransfer.nullable(),
  guided: guidedAction.nullable(),
  plans: z.array(planStanding),
  /** What is added to the vehicle's time since boot to get UTC, and how far off that may be. */
  clock: z.object({ offsetMs: z.number(), errorMs: z.number(), roundTripMs: z.number() }).nullable(),
  components: z.array(
    z.object({
      componentId: z.number().int(),
      kind: z.string(),
      ageMs: z.number(),
      vendor: z.string().nullable(),
      model: z.string().nullable(),
      softwareVersion: z.string().nullable(),
      serialNumber: z.string().nullable(),
      metadataUri: z.string().nullable(),
      /** Over MAVLink FTP; null: it has not said. */
      servesFiles: z.boolean().nullable(),
    }),
  ),
  remoteId: z
    .object({
      componentId: z.number().int(),
      readyToArm: z.boolean().nullable(),
      error: z.string().nullable(),
      uasId: z.string().nullable(),
      latitudeDeg: z.number().nullable(),
      longitudeDeg: z.number().nullable(),
      ageMs: z.number(),
    })
    .nullable(),
});
export type VehicleToolsStatus = z.infer<typeof vehicleToolsStatus>;

export const inspectedMessage = z.object({
  componentId: z.number().int(),
  messageId: z.number().int(),
  name: z.string(),
  count: z.number().int(),
  rateHz: z.number(),
  ageMs: z.number(),
  fields: z.array(z.object({ name: z.string(), text: z.string() })),
});

/** One of our drones as an aircraft passes it. */
export const trafficNearby = z.object({
  systemId: z.number().int(),
  /** Over the ground, now. */
  distanceM: z.number(),
  /** Above our drone; null: not known, or not measured alike. */
  heightAboveM: z.number().nullable(),
  /** The nearest they come if both go on as they do; null: the aircraft does not say how it moves. */
  closestM: z.number().nullable(),
  /** When that is; 0: it is over, they part. */
  closestInS: z.number().nullable(),
});

export const trafficAircraft = z.object({
  source: z.enum(['ADS_B', 'REMOTE_ID']),
  /** The 24-bit address in six hexadecimal digits; of Remote ID the serial number, or the radio's address. */
  aircraftId: z.string(),
  callsign: z.string().nullable(),
  latitudeDeg: z.number(),
  longitudeDeg: z.number(),
  altitudeM: z.number().nullable(),
  /** ELLIPSOID: above WGS 84, tens of metres off the sea level. */
  altitudeDatum: z.enum(['PRESSURE', 'AMSL', 'ELLIPSOID']),
  /** Of its way over the ground. */
  headingDeg: z.number().nullable(),
  groundSpeedMps: z.number().nullable(),
  climbRateMps: z.number().nullable(),
  ageMs: z.number(),
  heardBySystemId: z.number().int(),
  /** Our drones in contact, nearest first: three at most. */
  nearby: z.array(trafficNearby),
});
export type TrafficAircraft = z.infer<typeof trafficAircraft>;

const filePath = requiredText('The path', 200);
const done = z.object({});

/**
 * Looking is for everybody who signed in; changing parameters and files and reading logs needs maintain_drones, guided
 * actions and plans need fly_missions. Every call that sends refuses a vehicle out of contact, of a shared id, or of a
 * recording; what changes a vehicle, and logs, are refused while it is armed.
 */
export const vehicleTools = {
  /** Feed, latest, four times a second. */
  watch: call.input(vehicle).output(eventIterator(vehicleToolsStatus)),
  /** Feed, latest, four times a second: the newest of every message of the vehicle. Nothing is kept while nobody looks. */
  inspect: call.input(vehicle).output(eventIterator(z.object({ messages: z.array(inspectedMessage) }))),
  /** Feed, latest, once a second: aircraft that the vehicles' receivers hear (ADS-B, and Remote ID of other drones). */
  traffic: call.output(eventIterator(z.object({ aircraft: z.array(trafficAircraft) }))),
  /** Asks every component of the vehicle what it is; the answers come with the feed. */
  discoverComponents: call.input(vehicle).output(done),

  /** Starts it; progress and end come with the feed. */
  readParameters: call.input(vehicle).output(done),
  /** As they were read last. NOT_FOUND: they were not read yet. */
  parameters: call.input(vehicle).output(z.object({ parameters: z.array(parameter), readAtMs: z.number() })),
  /** As the vehicle holds them itself; an empty list as long as it does not, or cannot be read. */
  parameterDescriptions: call
    .input(vehicle)
    .output(z.object({ descriptions: z.array(parameterDescription) })),
  /**
   * Sets one and reads it back. INVALID_INPUT: its maker advises against this value, and says what it should be; with
   * `againstAdvice` it is sent nevertheless.
   */
  setParameter: call
    .input(
      vehicle.extend({ name: parameterName, value: z.number(), againstAdvice: z.boolean().default(false) }),
    )
    .output(z.object({ name: z.string(), value: z.number(), before: z.number() })),
  parameterFile: call
    .input(vehicle.extend({ format: parameterFileFormat }))
    .output(z.object({ fileName: z.string(), text: z.string() })),
  /** Says what a file's values would change. INVALID_INPUT names the line that is no parameter. */
  compareParameterFile: call
    .input(vehicle.extend({ text: z.string().max(1_000_000, 'The file is too large for a parameter file.') }))
    .output(parameterDiff),
  /** What the autopilot does by itself, as far as its parameters were read. */
  behaviours: call.input(vehicle).output(z.object({ behaviours: z.array(behaviour) })),

  logs: call.input(vehicle).output(z.object({ logs: z.array(vehicleLog), folder: z.string() })),
  /** Starts it, or goes on with it; progress and end come with the feed. */
  downloadLog: call.input(vehicle.extend({ logId: requiredText('The log', 300) })).output(done),
  /** What was downloaded from any vehicle, newest first. */
  keptFiles: call.output(z.object({ files: z.array(keptFile) })),
  /** 1 MB at most from `offset` on: it is brought to the page piece by piece. */
  keptFilePiece: call
    .input(keptFileName.extend({ offset: z.number().int().min(0) }))
    .output(z.object({ base64: z.string(), sizeBytes: z.number() })),
  removeKeptFile: call.input(keptFileName).output(done),
  /** NOT_FOUND: it is not there, or did not come whole. INVALID_INPUT says why it cannot be read. */
  logContents: call.input(keptFileName).output(logContents),
  /** One field over time: at most 4,000 points, of every stretch the lowest and the highest. */
  logSeries: call
    .input(
      keptFileName.extend({ type: requiredText('The message', 100), field: requiredText('The field', 200) }),
    )
    .output(logSeries),
  /** Ends what is being transferred with the vehicle. */
  cancelTransfer: call.input(vehicle).output(done),

  files: call.input(vehicle.extend({ folder: filePath })).output(z.object({ files: z.array(vehicleFile) })),
  /** To the station's folder; starts it, or goes on with it. Progress, and whether it came whole, come with the feed. */
  downloadFile: call
    .input(vehicle.extend({ path: filePath, sizeBytes: z.number().int().min(0) }))
    .output(done),
  /** Replaces a file of this name. Its end is the answer; progress comes with the feed. */
  uploadFile: call
    .input(
      vehicle.extend({
        path: filePath,
        base64: z.base64('The file is not base64.').max(4_000_000, 'The file is too large: 3 MB at most.'),
      }),
    )
    .output(done),
  removeFile: call.input(vehicle.extend({ path: filePath })).output(done),
  /** Refused by the vehicle unless it is empty. */
  removeFolder: call.input(vehicle.extend({ path: filePath })).output(done),
  makeFolder: call.input(vehicle.extend({ path: filePath })).output(done),

  /** What the vehicle holds; it is compared with what this station gave it, and the feed says how it stands. */
  plan: call.input(vehicle.extend({ kind: planKind })).output(z.object({ items: z.array(planItem) })),
  clearPlan: call.input(vehicle.extend({ kind: planKind })).output(done),
  uploadRallyPoints: call
    .input(vehicle.extend({ points: z.array(z.object({ position, altitudeRelativeHomeM })).min(1).max(50) }))
    .output(done),
  /** Gives it the no-fly zones around where it stands as its fence, and reads them back. */
  uploadFence: call.input(vehicle).output(z.object({ zones: z.number().int() })),

  /**
   * Guided actions, for a drone that flies no mission (DRONE_BUSY). Accepted is not arrived. Refused with
   * COMMAND_REFUSED in the vehicle's words, or COMMAND_UNKNOWN; the steps on the way come with the feed.
   */
  goTo: call.input(vehicle.extend({ position, altitudeRelativeHomeM })).output(done),
  changeAltitude: call.input(vehicle.extend({ altitudeRelativeHomeM })).output(done),
  hold: call.input(vehicle).output(done),
  returnHome: call.input(vehicle).output(done),
  landHere: call.input(vehicle).output(done),
};
