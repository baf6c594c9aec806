import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { call } from './errors.ts';
import { personText, position, recordId, requiredText } from './geo.ts';

export const missionStatus = z.enum([
  'LAUNCHED',
  'IN_FLIGHT',
  'ARRIVED',
  'LANDED',
  'AED_DEPLOYED',
  'RETURNING',
  'COMPLETED',
  'ABORTED',
]);
export type MissionStatus = z.infer<typeof missionStatus>;

export const missionEventType = z.enum([
  'LAUNCH_ACKNOWLEDGED',
  'MISSION_UPLOADED',
  'FENCE_UPLOADED',
  'ARMED',
  'TAKEOFF_COMPLETE',
  'ARRIVED_AT_SCENE',
  'LANDING_INITIATED',
  'LANDED',
  'AED_COMPARTMENT_OPENED',
  'AED_DEPLOYED',
  'VOICE_CONVERSATION_STARTED',
  'RETURN_STARTED',
  'RETURNED_HOME',
  'EMERGENCY_LAND',
  'FAILSAFE',
  'LINK_LOST',
  'LINK_RESTORED',
  'COMMAND_REFUSED',
  'COMMAND_UNKNOWN',
  'HOLD',
  'RESUMED',
  'ZONE_CONFLICT',
  'ABORT_REQUESTED',
  'ABORTED',
  'COMPLETED',
  'STATION_RESTARTED',
  'OVERRIDE',
  'OUTCOME_RECORDED',
]);
export type MissionEventType = z.infer<typeof missionEventType>;

export const missionEvent = z.object({
  eventId: z.string(),
  type: missionEventType,
  atMs: z.number(),
  source: z.enum(['DRONE', 'STATION', 'DISPATCHER']),
  /** One sentence for the timeline. */
  sentence: z.string(),
});
export type MissionEvent = z.infer<typeof missionEvent>;

/** What the station is doing now for this mission, finer than the status that is recorded. */
export const missionPhase = z.enum([
  'UPLOADING',
  'ARMING',
  'STARTING',
  'OUTBOUND',
  'LANDING',
  'RELEASING',
  'AWAITING_CONFIRMATION',
  'ON_SCENE',
  'PREPARING_RETURN',
  'RETURNING',
  'ABORTING',
  'HOLDING',
  'OVER',
]);

export const missionSummary = z.object({
  missionId: z.string(),
  emergencyId: z.string(),
  droneId: z.string(),
  dispatcherName: z.string().nullable(),
  status: missionStatus,
  phase: missionPhase,
  destination: position,
  destinationAddress: z.string().nullable(),
  launchedAtMs: z.number(),
  estimatedEtaS: z.number().nullable(),
  actualEtaS: z.number().nullable(),
  /** Counts down while outbound; null when there is nothing to predict. */
  timeToSceneS: z.number().nullable(),
  /** On scene: when the drone leaves by itself, unless someone keeps it there. */
  leavesSceneAtMs: z.number().nullable(),
  plannedRoute: z.array(position),
  returnRoute: z.array(position),
  clearanceM: z.number().nullable(),
  /** The last command's life (U3). */
  command: z
    .object({
      name: z.string(),
      state: z.enum(['SENT', 'IN_PROGRESS', 'ACCEPTED', 'REFUSED', 'UNKNOWN']),
      sentence: z.string(),
      atMs: z.number(),
    })
    .nullable(),
  abortReason: z.string().nullable(),
  aedDeployed: z.boolean().nullable(),
  /** The station that flies it, which alone commands it; null: this one. */
  remoteStationId: z.string().nullable(),
});
export type MissionSummary = z.infer<typeof missionSummary>;

export const transcriptLine = z.object({
  atMs: z.number(),
  speaker: z.enum(['DRONE', 'BYSTANDER', 'AED_DEVICE']),
  text: z.string(),
  language: z.string(),
  confidence: z.number().nullable(),
  conversationState: z.string().nullable(),
});

export const missionReport = z.object({
  mission: missionSummary,
  events: z.array(missionEvent),
  telemetryRows: z.number().int(),
  /** Smallest distance of the flown path to a zone that was in force; null: no zone within 50 km. */
  flownClearanceM: z.number().nullable(),
  /** Distance of the landing place from the destination; null: it never landed there. */
  deliveryErrorM: z.number().nullable(),
  acceptToFirstCommandMs: z.number().nullable(),
  abortToFirstPacketMs: z.number().nullable(),
});
export type MissionReport = z.infer<typeof missionReport>;

const missionRef = z.object({ missionId: recordId });

export const missions = {
  /** Feed, latest: missions that are not over, and those that ended in the last ten minutes. */
  watch: call.output(eventIterator(z.object({ missions: z.array(missionSummary) }))),
  /** Feed, latest: the timeline, the conversation and the flown path of one mission. */
  timeline: call.input(missionRef).output(
    eventIterator(
      z.object({
        events: z.array(missionEvent),
        transcript: z.array(transcriptLine),
        /** Flown so far, thinned to at most 1,000 points. */
        flownPath: z.array(position),
      }),
    ),
  ),
  get: call.input(missionRef).output(missionSummary),
  /** What the records say of one mission, for its report. */
  report: call.input(missionRef).output(missionReport),
  recent: call.input(z.object({ limit: z.number().int().min(1).max(500) })).output(z.array(missionSummary)),
  /** Breaks off and brings the drone home, or holds first where the straight way home crosses a zone. */
  abort: call
    .input(missionRef.extend({ reason: requiredText('The reason for the abort', 1_000) }))
    .output(missionSummary),
  /** Stops in the air where it is. */
  hold: call.input(missionRef).output(missionSummary),
  /** Goes on with the mission after a hold. */
  resume: call.input(missionRef).output(missionSummary),
  /** Lands where it is now. Ends the mission as aborted. */
  landHere: call
    .input(missionRef.extend({ reason: requiredText('The reason for landing here', 1_000) }))
    .output(missionSummary),
  /** Opens the compartment again, after a refusal or a jam. */
  releaseAgain: call.input(missionRef).output(missionSummary),
  /** A named person saw that the AED was taken out (F6). */
  confirmDelivery: call
    .input(missionRef.extend({ note: personText('The note', 1_000).nullable() }))
    .output(missionSummary),
  /** On scene: go home now. */
  returnNow: call.input(missionRef).output(missionSummary),
  /** On scene: stay until told otherwise. */
  stayOnScene: call.input(missionRef).output(missionSummary),
  recordOutcome: call
    .input(
      missionRef.extend({
        bystanderUsedAed: z.boolean().nullable(),
        shockDelivered: z.boolean().nullable(),
        ambulanceArrivedAtMs: z.number().nullable(),
        patientOutcome: z.enum(['SURVIVED', 'TRANSPORTED', 'DECEASED', 'UNKNOWN']).nullable(),
      }),
    )
    .output(missionSummary),
};
