import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { call } from './errors.ts';
import { recordId, requiredText } from './geo.ts';

/** Never a pass for missing data: what was not heard is not testable. WAITING: the time window is still filling. */
export const healthResult = z.enum(['WAITING', 'PASS', 'CAUTION', 'FAIL', 'NOT_TESTABLE']);
export type HealthResult = z.infer<typeof healthResult>;

export const healthGroup = z.enum([
  'SENSORS',
  'NAVIGATION',
  'BATTERY',
  'PROPULSION',
  'AED',
  'LINK',
  'COMPUTER',
  'CONFIGURATION',
]);
export type HealthGroup = z.infer<typeof healthGroup>;

/** Two limits of a number: beyond the first it is a caution, beyond the second a failure. */
export const healthBounds = z.object({
  unit: z.string(),
  worse: z.enum(['ABOVE', 'BELOW']),
  caution: z.number(),
  fail: z.number(),
});
export type HealthBounds = z.infer<typeof healthBounds>;

/** One automatic item of a health check, as it stands now. */
export const healthItem = z.object({
  checkId: z.string(),
  title: z.string(),
  group: healthGroup,
  result: healthResult,
  /** The measured value with its unit; null where nothing was measured. */
  measured: z.string().nullable(),
  /** The same as a number, for trends; null where it is none. */
  value: z.number().nullable(),
  /** The limit that it is held against, with its unit. */
  limit: z.string(),
  /** The limit in numbers, for trends; null where `value` has none. */
  bounds: healthBounds.nullable(),
  /** Where the limit comes from. */
  limitSource: z.string(),
  /** The messages that it is measured from. */
  messages: z.array(z.string()),
  /** What was found, in words; null for a pass that needs none. */
  sentence: z.string().nullable(),
  /** What to do; null for a pass. */
  remedy: z.string().nullable(),
  /** False: many drones do not have it, and its absence does not stand in the way of a release. */
  needed: z.boolean(),
});
export type HealthItem = z.infer<typeof healthItem>;

export const checklistItem = z.object({
  itemId: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,49}$/, 'The key of an item is made of small letters, digits and hyphens.'),
  title: requiredText('The title', 100),
  instruction: requiredText('The instruction', 500),
  /** What must be left behind when the item is ticked. */
  evidence: z.enum(['NONE', 'NOTE', 'PHOTO']),
  /** Without it the drone cannot be released. */
  required: z.boolean(),
});
export type ChecklistItem = z.infer<typeof checklistItem>;

const pulseUs = z.number().int().min(500, 'A servo’s pulse is at least 500 µs.').max(2_500);

/** How a model's AED door is moved. */
export const doorDrive = z.discriminatedUnion('kind', [
  /** MAV_CMD_DO_GRIPPER: release opens, grab closes. */
  z.object({ kind: z.literal('GRIPPER'), gripper: z.number().int().min(1).max(4) }),
  /** MAV_CMD_DO_SET_SERVO. */
  z
    .object({
      kind: z.literal('SERVO'),
      output: z.number().int().min(1).max(32),
      openUs: pulseUs,
      closedUs: pulseUs,
    })
    .refine(({ openUs, closedUs }) => Math.abs(openUs - closedUs) >= 100, {
      message: 'Open and closed must be at least 100 µs apart.',
      path: ['openUs'],
    }),
  /** This model has no door. */
  z.object({ kind: z.literal('NONE') }),
]);
export type DoorDrive = z.infer<typeof doorDrive>;

export const checklist = z.object({
  /** '' is for every model that has no checklist of its own. */
  model: z.string().max(100),
  version: z.number().int(),
  items: z.array(checklistItem),
  door: doorDrive,
  createdAtMs: z.number(),
  createdBy: z.string().nullable(),
});
export type Checklist = z.infer<typeof checklist>;

export const manualResult = z.object({
  itemId: z.string(),
  title: z.string(),
  required: z.boolean(),
  result: z.enum(['OPEN', 'DONE', 'DEFECT']),
  note: z.string().nullable(),
  photos: z.number().int(),
  byName: z.string().nullable(),
  atMs: z.number().nullable(),
});
export type ManualResult = z.infer<typeof manualResult>;

export const releaseDecision = z.enum(['READY', 'MAINTENANCE', 'OFFLINE']);
export type ReleaseDecision = z.infer<typeof releaseDecision>;

/** One movement of a door under test, as far as it has come. */
export const doorStep = z.object({
  towards: z.enum(['OPEN', 'CLOSED']),
  /** The command's life. UNKNOWN: no answer came, and it may have been obeyed. */
  command: z.enum(['SENT', 'IN_PROGRESS', 'ACCEPTED', 'REFUSED', 'UNKNOWN']),
  /** Why it was refused; null: it was not. */
  refusal: z.string().nullable(),
  /** What its own sensor says; null: it has none, or has not said so yet. */
  sensor: z.enum(['CLOSED', 'OPENING', 'OPEN', 'JAMMED']).nullable(),
  /** From the command to the sensor's word that it is there; null: not yet. */
  reachedAfterMs: z.number().nullable(),
  /** The servo output that moved; null: none did so far. */
  output: z.object({ name: z.string(), fromUs: z.number(), toUs: z.number() }).nullable(),
});
export type DoorStep = z.infer<typeof doorStep>;

/** The test of the door that runs, or the last one of this check. */
export const doorTest = z.object({
  running: z.boolean(),
  steps: z.array(doorStep),
  /** Why it was broken off, and what to do; null: it was not. */
  brokenOff: z.string().nullable(),
});
export type DoorTest = z.infer<typeof doorTest>;

/** A health check that is under way. It is kept by the station, and on record only once it is signed. */
export const openHealthCheck = z.object({
  healthCheckId: z.string(),
  droneId: z.string(),
  startedAtMs: z.number(),
  startedBy: z.string(),
  /** Share of the time window that is filled, 0–1. */
  collected: z.number().min(0).max(1),
  /** Why the automatic part stands still, in words: the drone was unplugged. Null: it goes on. */
  interrupted: z.string().nullable(),
  automatic: z.array(healthItem),
  checklist: checklist.pick({ model: true, version: true, items: true, door: true }),
  manual: z.array(manualResult),
  /** The motor that turns now, and for how long still. */
  motorTest: z.object({ motor: z.number().int(), untilMs: z.number() }).nullable(),
  /** Null: the door was not tested in this check. */
  doorTest: doorTest.nullable(),
  /** The parameters are being read for the comparison with the baseline: how far. Null: not now. */
  parametersPercent: z.number().nullable(),
  /** How many were read in this check, and when; null: not yet. */
  parametersRead: z.object({ count: z.number().int(), atMs: z.number() }).nullable(),
  /** Why they could not be read the last time; null: they could, or were not asked for. */
  parametersFailure: z.string().nullable(),
  /** Why the drone could not be released as READY, each in a sentence. */
  obstacles: z.array(z.string()),
  /** Needed items that this drone does not report: a release must say why it is acceptable. */
  untested: z.array(z.string()),
});
export type OpenHealthCheck = z.infer<typeof openHealthCheck>;

export const signedHealthCheck = z.object({
  healthCheckId: z.string(),
  droneId: z.string(),
  startedAtMs: z.number(),
  signedAtMs: z.number(),
  signedBy: z.string(),
  signedName: z.string(),
  decision: releaseDecision,
  note: z.string().nullable(),
  firmware: z.string().nullable(),
  flightHours: z.number().nullable(),
  checklist: checklist.pick({ model: true, version: true }),
  automatic: z.array(healthItem),
  manual: z.array(manualResult),
  /** Why it was released although needed items could not be tested. */
  untestedReason: z.string().nullable(),
});
export type SignedHealthCheck = z.infer<typeof signedHealthCheck>;

export const maintenanceDue = z.object({
  droneId: z.string(),
  model: z.string(),
  flightHours: z.number(),
  lastCheckAtMs: z.number().nullable(),
  lastDecision: releaseDecision.nullable(),
  /** UTC date, "2026-12-01". */
  nextDue: z.string().nullable(),
  /** Below 0: overdue. */
  daysLeft: z.number().nullable(),
});
export type MaintenanceDue = z.infer<typeof maintenanceDue>;

export const baselineSummary = z.object({
  model: z.string(),
  approvedAtMs: z.number(),
  approvedBy: z.string(),
  droneId: z.string(),
  firmware: z.string(),
  parameters: z.number().int(),
});
export type BaselineSummary = z.infer<typeof baselineSummary>;

/** How many healthy flights of a drone are known, and how many it takes until its next ones are compared with them. */
export const earlierFlights = z.object({
  flights: z.number().int().min(0),
  needed: z.number().int(),
});
export type EarlierFlights = z.infer<typeof earlierFlights>;

const drone = z.object({ droneId: requiredText('The drone', 50) });
const done = z.object({});

/** Looking is for everybody who signed in; everything that changes anything needs maintain_drones. */
export const health = {
  /** Feed, latest: the check that is under way with this drone; null: none. */
  watch: call.input(drone).output(eventIterator(z.object({ check: openHealthCheck.nullable() }))),
  /** Feed, latest: who is due when, and with whom a check is under way. */
  due: call.output(
    eventIterator(z.object({ drones: z.array(maintenanceDue.extend({ underWay: z.boolean() })) })),
  ),
  /** Refuses a drone out of contact, armed, on a mission, or with a check under way. */
  start: call.input(drone).output(z.object({ healthCheckId: z.string() })),
  /** Nothing of it is kept. */
  discard: call.input(drone).output(done),
  setManual: call
    .input(
      drone.extend({
        itemId: z.string(),
        result: z.enum(['OPEN', 'DONE', 'DEFECT']),
        note: z.string().max(1_000).nullable(),
      }),
    )
    .output(done),
  /** Keeps what was written on an item before it is ticked; one that was ticked meanwhile stays as it is. */
  keepNote: call.input(drone.extend({ itemId: z.string(), note: z.string().max(1_000) })).output(done),
  addPhoto: call
    .input(
      drone.extend({
        itemId: z.string(),
        mediaType: z.enum(['image/jpeg', 'image/png', 'image/webp']),
        base64: z.base64('The photo is not base64.').max(2_700_000, 'The photo is too large: 2 MB at most.'),
      }),
    )
    .output(done),
  /** Before it is signed. An item that needs a photo and has none left is open again. */
  removePhoto: call.input(drone.extend({ photoId: recordId })).output(done),
  /**
   * Turns one motor at little throttle for a few seconds. Refused always while armed, in the air, or on a mission; and
   * unless the person says that the propellers are off.
   */
  testMotor: call
    .input(drone.extend({ motor: z.number().int().min(1).max(4), propellersOff: z.boolean() }))
    .output(done),
  /**
   * TEST opens the door, closes it again and verifies both; CLOSE only closes it. Refused always while armed, in the
   * air, on a mission, in a recording, or where the drone does not say that it stands; and unless the person says that
   * nothing is in the door's way. Answers when the door is closed again or the test is over.
   */
  testDoor: call
    .input(drone.extend({ movement: z.enum(['TEST', 'CLOSE']), clear: z.boolean() }))
    .output(done),
  /** Reads the parameters for the comparison with the baseline; progress comes with the feed. */
  readParameters: call.input(drone).output(done),
  /** Ends the check: it is on record, and the drone has the new status at once. */
  sign: call
    .input(
      drone.extend({
        decision: releaseDecision,
        signedName: requiredText('Your name', 200),
        note: z.string().max(2_000).nullable(),
        /** Needed for READY where needed items could not be tested: why that is acceptable. */
        untestedReason: z.string().max(1_000).nullable(),
        /** UTC date, "2026-12-01"; null leaves it as it is. */
        nextDue: z.iso.date('The date of the next maintenance does not exist.').nullable(),
      }),
    )
    .output(signedHealthCheck),
  /** Newest first. */
  history: call
    .input(drone.extend({ limit: z.number().int().min(1).max(200) }))
    .output(z.object({ checks: z.array(signedHealthCheck) })),
  /** Of a signed check, or of one that is under way. */
  photos: call.input(z.object({ healthCheckId: recordId })).output(
    z.object({
      photos: z.array(
        z.object({
          photoId: z.string(),
          itemId: z.string(),
          mediaType: z.string(),
          takenAtMs: z.number(),
          base64: z.string(),
        }),
      ),
    }),
  ),
  /** The newest version of each model's checklist. */
  checklists: call.output(z.object({ checklists: z.array(checklist) })),
  /** Makes the next version. CONFLICT unless `version` is the newest (0: the model has none). */
  saveChecklist: call
    .input(
      z.object({
        model: z.string().max(100),
        version: z.number().int().min(0),
        items: z.array(checklistItem).min(1).max(60),
        door: doorDrive,
      }),
    )
    .output(checklist),
  baselines: call.output(z.object({ baselines: z.array(baselineSummary) })),
  /** Takes firmware and parameters of this drone, as they were read last, as what its model should be set to. */
  approveBaseline: call.input(drone).output(baselineSummary),
  /** What differs from the baseline, as far as the parameters were read; null: no baseline or not read. */
  baselineDifferences: call.input(drone).output(
    z.object({
      differences: z
        .array(z.object({ name: z.string(), approved: z.number().nullable(), held: z.number().nullable() }))
        .nullable(),
    }),
  ),
  earlierFlights: call.input(drone).output(earlierFlights),
  /** Parts of the drone were changed: how it flew before is forgotten, and learnt anew. */
  forgetEarlierFlights: call.input(drone).output(earlierFlights),
};
