import type { Chance } from './chance.ts';
import type { SampleEmergency, SampleOutcome } from './sample-mission.ts';

const HOUR_MS = 3_600_000;
/** Schierbeck et al., Eur Heart J 2022: the drone was ahead in 64 %, by a median of 1:52. */
const AMBULANCE_BEHIND_S = { median: 112, deviation: 313 };

/**
 * What became of it. The chance to survive falls with every minute from the call to the AED, as registries of cardiac
 * arrests say (a tenth or more a minute), and is better for whom a shock was advised.
 */
export function sampleOutcome(parts: {
  emergency: SampleEmergency;
  delivered: boolean;
  abortReason: string | null;
  arrivedAtMs: number;
  nowMs: number;
  chance: Chance;
}): SampleOutcome {
  const { emergency, delivered, abortReason, arrivedAtMs, nowMs, chance } = parts;
  const recordedAtMs = arrivedAtMs + Math.round(chance.between(2, 30) * HOUR_MS);
  const behindS = chance.normal(AMBULANCE_BEHIND_S.median, AMBULANCE_BEHIND_S.deviation);
  const ambulanceAtMs = Math.max(emergency.calledAtMs + 90_000, Math.round(arrivedAtMs + behindS * 1_000));
  const isAhead = ambulanceAtMs > arrivedAtMs;
  const used = delivered && emergency.bystander && chance.happens(isAhead ? 0.62 : 0.12);
  const shocked = used && chance.happens(emergency.type === 'cardiac_arrest' ? 0.42 : 0.1);
  const minutes = (arrivedAtMs - emergency.calledAtMs) / 60_000;
  const survives = Math.max(0.02, 0.4 * 0.86 ** minutes * (shocked ? 2 : 0.75));
  const rest = 1 - survives;
  const patientOutcome = chance.weighted({
    ...{ SURVIVED: survives, TRANSPORTED: rest * 0.38, DECEASED: rest * 0.5, UNKNOWN: rest * 0.12 },
  });
  if (abortReason !== null || recordedAtMs >= nowMs || !chance.happens(0.9))
    return {
      ...{ delivered, bystanderUsedAed: null, shockDelivered: null, ambulanceArrivedAtMs: null },
      ...{ patientOutcome: null, recordedAtMs: null },
    };
  return {
    ...{ delivered, bystanderUsedAed: used, shockDelivered: used ? shocked : null },
    ...{ ambulanceArrivedAtMs: ambulanceAtMs, patientOutcome, recordedAtMs },
  };
}
