import { firstDifference } from '../mavlink/protocol/compare-plan.ts';
import { isDoubtful } from '../mavlink/protocol/mission-exchange.ts';
import type {
  DownloadOutcome,
  MissionTransfer,
  TransferOutcome,
} from '../mavlink/protocol/mission-transfer.ts';
import type { TransferItem } from '../mavlink/protocol/mission-upload.ts';
import type { CommandOutcome } from '../ports/aircraft.ts';
import type { Clock } from '../ports/clock.ts';
import type { AutopilotHabits } from './autopilots/autopilot.ts';
import { refused, type SpokenText } from './outcome-sentences.ts';
import type { PlanWatch } from './plan-watch.ts';

/** One whose last answer is lost, and which turns out not to have taken the plan, is sent it again. */
const MOST_UPLOADS = 3;

interface PlannedVehicle {
  readonly systemId: number;
  readonly componentId: number;
  readonly clock: Clock;
  readonly transfers: MissionTransfer;
  readonly planWatch: PlanWatch;
  readonly habits: AutopilotHabits;
}

interface Sending {
  /** An infinitive: "take the flight plan". */
  readonly doing: string;
  /** MAV_MISSION_TYPE. */
  readonly missionType: number;
  /** An empty list clears the plan. */
  readonly items: readonly TransferItem[];
  /** The autopilot puts its home in the place of item 0. */
  readonly startsWithHome?: boolean;
  readonly texts: readonly SpokenText[];
  readonly onFirstPacket: () => void;
  readonly onProgress: ((percent: number | null) => void) | undefined;
}

/** Replaces one of the vehicle's plans, reads it back and compares. */
export async function sendPlan(vehicle: PlannedVehicle, sending: Sending): Promise<CommandOutcome> {
  const { transfers, systemId, componentId } = vehicle;
  const { items, missionType, onFirstPacket, onProgress, startsWithHome = false } = sending;
  const target = { systemId, componentId, missionType, onFirstPacket };
  const onPlanId = (planId: number | null): void =>
    vehicle.planWatch.sent({
      ...{ missionType, planId, items, startsWithHome },
      ...{ sinceMs: vehicle.clock.monotonicMs(), sentAtMs: vehicle.clock.nowMs() },
    });
  if (items.length === 0) return outcomeOf(vehicle, sending, await transfers.clear({ ...target, onPlanId }));
  let difference: string | null = null;
  for (let upload = 1; upload <= MOST_UPLOADS; upload++) {
    const uploaded = await transfers.upload({ ...target, items, onProgress, onPlanId });
    if (uploaded.state !== 'DONE' && uploaded.state !== 'SENT') return outcomeOf(vehicle, sending, uploaded);
    const readBack = await transfers.download(target);
    if (readBack.state !== 'DONE') return outcomeOf(vehicle, sending, answered(readBack));
    difference = firstDifference(items, readBack.items, { skipHome: startsWithHome });
    // It did not take it after all.
    if (uploaded.state === 'SENT' && difference !== null) continue;
    if (uploaded.state === 'SENT') onPlanId(null);
    vehicle.planWatch.compared(missionType, difference, vehicle.clock.nowMs());
    if (difference === null) return { state: 'ACCEPTED' };
    break;
  }
  return {
    state: 'REFUSED',
    sentence: `The drone did not ${sending.doing} as sent. ${difference} Send it again.`,
  };
}

/** An error that was an answer to the last of the upload is none to being asked what it holds. */
function answered(readBack: Exclude<DownloadOutcome, { state: 'DONE' }>): TransferOutcome {
  return readBack.state === 'REFUSED' && isDoubtful(readBack.result) ? { state: 'UNKNOWN' } : readBack;
}

function outcomeOf(
  { habits }: PlannedVehicle,
  { doing, texts }: Sending,
  outcome: TransferOutcome,
): CommandOutcome {
  if (outcome.state === 'DONE') return { state: 'ACCEPTED' };
  if (outcome.state === 'REFUSED') {
    // Where items are taken one by one, a refusal in the middle may leave some of them behind.
    const kept = habits.uploadsItemByItem ? 'what it held before, or a part of this' : 'what it held before';
    return refused(doing, `${outcome.resultText} It keeps ${kept}: send it again before any start.`, texts);
  }
  return {
    state: 'UNKNOWN',
    sentence: `No answer from the drone when asked to ${doing}. What it holds now is not known: send it again.`,
  };
}
