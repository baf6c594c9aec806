import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { call } from './errors.ts';
import { requiredText } from './geo.ts';

/**
 * Whether frames without a signature count: all of them; those of vehicles that have no key; or none, save for what
 * radios themselves report.
 */
export const acceptUnsigned = z.enum(['ALWAYS', 'UNLESS_KEYED', 'NEVER']);
export type AcceptUnsigned = z.infer<typeof acceptUnsigned>;

const linkOptions = z.object({
  /** A cable that nobody can listen to: the only way that keys are sent. */
  wired: z.boolean(),
  acceptUnsigned,
});
export type LinkOptions = z.infer<typeof linkOptions>;

export const linkStatus = linkOptions.extend({
  linkId: z.string(),
  /** As given: `udpin:127.0.0.1:14550`. */
  address: z.string(),
  /** Given when the station was started: it is there whatever is removed here. */
  fixed: z.boolean(),
  state: z.enum(['OPENING', 'OPEN', 'FAILED', 'CLOSED']),
  /** Why it failed, in words; or a notice such as a receive buffer smaller than asked for. */
  notice: z.string().nullable(),
  packetsPerSecond: z.number(),
  bytesPerSecond: z.number(),
  lossPercent: z.number(),
  /** There and back, of the vehicle with the middle one; null: not measured. */
  roundTripMs: z.number().nullable(),
  badCrc: z.number(),
  unknownIds: z.number(),
  refusedFlags: z.number(),
  /** Frames whose signature is wrong, too old or used before. */
  badSignatures: z.number(),
  /** Frames without a signature where one is asked for. */
  unsignedRefused: z.number(),
  vehicles: z.number().int(),
});
export type LinkStatus = z.infer<typeof linkStatus>;

export const forwardStatus = z.object({
  /** `udpout:10.0.0.5:14550`. */
  address: z.string(),
  /** The other station may command vehicles through this one. */
  twoWay: z.boolean(),
  state: linkStatus.shape.state,
  notice: z.string().nullable(),
  packetsPerSecond: z.number(),
  /** Commands of the other station that were passed on to vehicles. */
  commandsForwarded: z.number(),
  /** What came from the other station and was not passed on. */
  refused: z.number(),
});
export type ForwardStatus = z.infer<typeof forwardStatus>;

export const signingState = z.object({
  systemId: z.number().int(),
  /** CONFIRMING: the key was sent; the vehicle has not yet signed with it, and the earlier key still holds. */
  state: z.enum(['ACTIVE', 'CONFIRMING', 'UNREADABLE']),
  /** When a frame that was signed with the key was last heard; null: not since the start. */
  verifiedMsAgo: z.number().nullable(),
});
export type SigningState = z.infer<typeof signingState>;

export const tlogFile = z.object({ name: z.string(), sizeBytes: z.number(), startedAtMs: z.number() });
export type TlogFile = z.infer<typeof tlogFile>;

export const replayStatus = z.object({
  /** The file's name. */
  name: z.string(),
  /** UTC, ms: of the recording. */
  startMs: z.number(),
  endMs: z.number(),
  positionMs: z.number(),
  speed: z.number(),
  playing: z.boolean(),
  vehicles: z.number().int(),
});
export type ReplayStatus = z.infer<typeof replayStatus>;

export const linksOverview = z.object({
  links: z.array(linkStatus),
  forwarding: z.array(forwardStatus),
  signing: z.array(signingState),
  tlog: z.object({
    folder: z.string(),
    recording: z.string().nullable(),
    /** Why nothing is recorded, in words. */
    notice: z.string().nullable(),
    usedBytes: z.number(),
    budgetBytes: z.number(),
    /** Newest first. */
    files: z.array(tlogFile),
  }),
  serialPorts: z.array(z.object({ device: z.string(), description: z.string() })),
  replay: replayStatus.nullable(),
  /** Why no replay can be started now, in words; null: one can. */
  replayBlocked: z.string().nullable(),
});
export type LinksOverview = z.infer<typeof linksOverview>;

const address = requiredText('The address', 200);
const done = z.object({});
const oneSystem = z.number().int().min(1).max(254);
export const SLOWEST_REPLAY = 0.1;
export const FASTEST_REPLAY = 20;
export const SMALLEST_TLOG_BUDGET_BYTES = 100_000_000;

export const links = {
  /** Feed, latest: once a second. */
  watch: call.output(eventIterator(linksOverview)),
  /** Opens one more and keeps it over restarts. Refuses with CONFLICT when it is there. */
  add: call.input(linkOptions.extend({ address })).output(done),
  /** With another address it is another link; one that was given at the start keeps its address. */
  edit: call.input(linkOptions.extend({ linkId: address, address })).output(done),
  remove: call.input(z.object({ linkId: address })).output(done),
  reconnect: call.input(z.object({ linkId: address })).output(done),
  addForwarding: call.input(z.object({ address, twoWay: z.boolean() })).output(done),
  removeForwarding: call.input(z.object({ address })).output(done),
  setTlogBudget: call
    .input(z.object({ budgetBytes: z.number().min(SMALLEST_TLOG_BUDGET_BYTES) }))
    .output(done),
  /**
   * Makes a new signing key and sends it to the vehicle, over a wired link alone. The key before it holds until the
   * vehicle signs with the new one.
   */
  setUpSigning: call.input(z.object({ systemId: oneSystem })).output(done),
  /** Forgets the key, and asks the vehicle to stop signing if a wired link leads to it. */
  endSigning: call.input(z.object({ systemId: oneSystem })).output(done),
  /** A file of the recordings by its name, or any other by its whole path. Refuses with CONFLICT while drones fly. */
  openReplay: call.input(z.object({ file: requiredText('The file', 1_000) })).output(done),
  steerReplay: call
    .input(
      z.object({
        playing: z.boolean().optional(),
        speed: z.number().min(SLOWEST_REPLAY).max(FASTEST_REPLAY).optional(),
        positionMs: z.number().optional(),
      }),
    )
    .output(done),
  closeReplay: call.output(done),
};
