import { WATCHED_MESSAGES } from '../../main/station/health/all-checks.ts';
import type { HealthFacts } from '../../main/station/health/check.ts';
import { MessageWindow } from '../../main/station/health/message-window.ts';
import type { MessageDefinition } from '../../main/station/mavlink/frame.ts';
import { FrameParser } from '../../main/station/mavlink/frame-parser.ts';
import { FrameWriter } from '../../main/station/mavlink/frame-writer.ts';
import { HEARTBEAT } from '../../main/station/mavlink/generated/messages.ts';
import { VehicleReadings } from '../../main/station/vehicle/vehicle-readings.ts';
import type { VehicleState } from '../../preload/contract/vehicle.ts';
import { vehicleState } from './vehicle-state.ts';

/** One message as a vehicle sends it, and how long ago. */
export interface Said {
  readonly bytes: Uint8Array;
  readonly agoMs: number;
}

const SYSTEM_ID = 7;
const writer = new FrameWriter(SYSTEM_ID, 1);

/** Through the real encoder; fields that are not given are zero, empty or not a number as the bytes of zero read. */
export function said<Fields>(
  definition: MessageDefinition<Fields>,
  fields: Partial<Fields>,
  agoMs = 500,
): Said {
  const zero = definition.read({ payload: new DataView(new ArrayBuffer(280)) });
  return { bytes: writer.write(definition, { ...zero, ...fields }), agoMs };
}

export interface Situation extends Partial<Omit<HealthFacts, 'nowMs' | 'window' | 'vehicle'>> {
  readonly messages?: readonly Said[];
  readonly armed?: boolean;
  readonly vehicle?: Partial<VehicleState>;
}

export const NOW_MS = 1_760_000_000_000;

/** What a station knows of a vehicle that said these messages, and nothing else. */
export function healthFacts(situation: Situation): HealthFacts {
  const { messages = [], armed = false, vehicle = {}, ...others } = situation;
  const window = new MessageWindow({ recentMs: 20_000, keptMs: 60_000 }, WATCHED_MESSAGES);
  const heartbeat = { autopilot: 3, type: 2, baseMode: armed ? 0x81 : 1, customMode: 0 };
  const readings = new VehicleReadings({ ...HEARTBEAT.read(EMPTY), ...heartbeat });
  for (const { bytes, agoMs } of [...messages].sort((one, other) => other.agoMs - one.agoMs)) {
    const parser = new FrameParser((frame) => {
      window.accept(frame, NOW_MS - agoMs);
      readings.acceptAutopilot(frame, NOW_MS - agoMs);
    });
    parser.push(bytes);
  }
  const { systemId, isReplay, contact, lastHeardMsAgo } = vehicleState(NOW_MS);
  const reception = { systemId, isReplay, contact, lastHeardMsAgo, links: [] };
  return {
    nowMs: NOW_MS,
    window,
    vehicle: { ...readings.state(reception, NOW_MS), ...vehicle },
    preArm: 'NOT_ASKED',
    motors: new Map(),
    door: null,
    baseline: null,
    anomaly: null,
    model: null,
    ...others,
  };
}

const EMPTY = { payload: new DataView(new ArrayBuffer(280)) };
