import { z } from 'zod';
import { position } from './geo.ts';

/** Each part of a vehicle's state says when it was received (UTC, ms): data older than 3 s is stale (F10). */
const receivedAtMs = z.number();

export const contact = z.enum(['LIVE', 'STALE', 'LOST']);
export const landedState = z.enum(['UNKNOWN', 'ON_GROUND', 'TAKING_OFF', 'IN_AIR', 'LANDING']);
export const autopilot = z.enum(['ARDUPILOT', 'PX4', 'OTHER']);
export const gpsFixQuality = z.enum(['NO_FIX', 'GPS', 'DGPS', 'RTK']);

export const vehicleState = z.object({
  systemId: z.number().int(),
  /** From a recording: nothing of it happens now, and it cannot be commanded. */
  isReplay: z.boolean(),
  autopilot,
  /** "ArduCopter 4.6.3", or null while unknown. */
  firmware: z.string().nullable(),
  contact,
  /** Age of the last heartbeat of the autopilot. */
  lastHeardMsAgo: z.number(),
  position: position
    .extend({
      altitudeAmslM: z.number(),
      altitudeRelativeHomeM: z.number(),
      receivedAtMs,
    })
    .nullable(),
  attitude: z
    .object({ rollDeg: z.number(), pitchDeg: z.number(), headingDeg: z.number(), receivedAtMs })
    .nullable(),
  velocity: z
    .object({
      groundSpeedMps: z.number(),
      airSpeedMps: z.number().nullable(),
      climbRateMps: z.number(),
      receivedAtMs,
    })
    .nullable(),
  battery: z
    .object({
      remainingPercent: z.number().nullable(),
      voltageV: z.number().nullable(),
      currentA: z.number().nullable(),
      timeLeftS: z.number().nullable(),
      temperatureC: z.number().nullable(),
      receivedAtMs,
    })
    .nullable(),
  gps: z
    .object({
      quality: gpsFixQuality,
      /** "3D fix", "RTK fixed" … */
      fixText: z.string(),
      satellites: z.number().nullable(),
      hdop: z.number().nullable(),
      receivedAtMs,
    })
    .nullable(),
  /** In words: "Auto", "Guided", "Return to launch" … */
  modeText: z.string(),
  /** Which of the behaviours the station reasons about the mode stands for. */
  modeKind: z.enum(['MISSION', 'GUIDED', 'HOLD', 'RETURN', 'LAND', 'MANUAL', 'OTHER']),
  armed: z.boolean(),
  landedState,
  home: position.extend({ altitudeAmslM: z.number() }).nullable(),
  health: z
    .object({
      /** Names of sensors that are present and enabled but not healthy. */
      unhealthy: z.array(z.string()),
      /** Null when the autopilot does not report its pre-arm checks. */
      readyToArm: z.boolean().nullable(),
      /** Whether the autopilot itself enforces its uploaded fence. Null while unknown. */
      fenceEnforced: z.boolean().nullable(),
      receivedAtMs,
    })
    .nullable(),
  wind: z.object({ speedMps: z.number(), fromDeg: z.number(), receivedAtMs }).nullable(),
  missionItem: z
    .object({ sequence: z.number().int(), total: z.number().int().nullable(), receivedAtMs })
    .nullable(),
  /** The onboard AI (SKYRESCUE_INFERENCE_STATUS). */
  inference: z
    .object({
      state: z.enum(['LOADING', 'RUNNING', 'DEGRADED', 'STOPPED', 'UNKNOWN']),
      modelVersion: z.string(),
      framesPerSecond: z.number(),
      latencyMeanMs: z.number(),
      latencyP95Ms: z.number(),
      persons: z.number().int(),
      obstacles: z.number().int(),
      landingZoneConfidence: z.number().nullable(),
      /** Of the last two minutes at most, oldest first: one for each report that had one. */
      landingZoneConfidences: z.array(z.number()),
      temperatureC: z.number().nullable(),
      receivedAtMs,
    })
    .nullable(),
  /** What is sensed on board, in common messages (LANDING_TARGET, OBSTACLE_DISTANCE, NAMED_VALUE_*); null: nothing said. */
  onboardSenses: z
    .object({
      seesLandingTarget: z.boolean(),
      /** Null: nothing within range, or no such sensor. */
      nearestObstacleM: z.number().nullable(),
      /** Those whose name begins with "ai_". */
      values: z.array(z.object({ name: z.string(), value: z.number() })),
      receivedAtMs,
    })
    .nullable(),
  /** The AED compartment (SKYRESCUE_AED_STATUS). */
  aed: z
    .object({
      compartment: z.enum(['CLOSED', 'OPENING', 'OPEN', 'JAMMED', 'UNKNOWN']),
      present: z.boolean(),
      removed: z.boolean(),
      selfTestPassed: z.boolean().nullable(),
      batteryPercent: z.number().nullable(),
      padExpiryMs: z.number().nullable(),
      temperatureC: z.number().nullable(),
      receivedAtMs,
    })
    .nullable(),
  /** ONBOARD_COMPUTER_STATUS and what the autopilot says of its own temperature. */
  temperatureC: z.number().nullable(),
  links: z.array(
    z.object({
      linkId: z.string(),
      lossPercent: z.number(),
      lastHeardMsAgo: z.number(),
      packetsPerSecond: z.number(),
      /** There and back (TIMESYNC); null while it has not been measured. */
      roundTripMs: z.number().nullable(),
    }),
  ),
  /** Newest first, repeats collapsed. */
  statusTexts: z.array(
    z.object({ severity: z.number().int(), text: z.string(), receivedAtMs, count: z.number().int() }),
  ),
});
export type VehicleState = z.infer<typeof vehicleState>;
