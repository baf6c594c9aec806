import type { Check } from '../../../preload/contract/dispatch.ts';
import { type CandidateFacts, dataAgeMs, fresh, positionOf } from './candidate-facts.ts';
import { FRESH_MS } from './mission-state.ts';

const LEAST_BATTERY_PERCENT = 50;
const LEAST_SATELLITES = 6;
const LEAST_AED_BATTERY_PERCENT = 20;
const HIGH_LOSS_PERCENT = 20;
/** ArduPilot repeats failing pre-arm checks about every 30 s: older texts no longer hold. */
const PRE_ARM_TEXT_AGE_MS = 60_000;

/** A finding about one aspect; the worst of several decides, and all are said. */
interface Finding {
  result: Check['result'];
  words: string;
}

export const noGo = (words: string): Finding => ({ result: 'NO_GO', words });
export const caution = (words: string): Finding => ({ result: 'CAUTION', words });

/** One check from what was found: nothing found is a pass in the words of `good`. */
export function checkOf(
  id: Check['id'],
  overridable: boolean,
  findings: readonly Finding[],
  good: string,
  figure: string | null = null,
): Check {
  const result = findings.some((finding) => finding.result === 'NO_GO')
    ? 'NO_GO'
    : findings.length > 0
      ? 'CAUTION'
      : 'PASS';
  // What stops a launch is said first.
  const ordered = [
    ...findings.filter((finding) => finding.result === 'NO_GO'),
    ...findings.filter((finding) => finding.result !== 'NO_GO'),
  ];
  const sentence = findings.length === 0 ? good : ordered.map((finding) => finding.words).join(' ');
  return { id, result, sentence, figure, overridable };
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
const percent = (value: number): string => `${Math.floor(value)} %`;

export function registered({ record }: CandidateFacts): Check {
  const findings =
    record.mavlinkSystemId === null
      ? [noGo(`${record.droneId} has no MAVLink system number. Register it with the vehicle.`)]
      : [];
  const figure = record.mavlinkSystemId === null ? null : `system ${record.mavlinkSystemId}`;
  return checkOf('REGISTERED', false, findings, `Registered as ${record.droneId}`, figure);
}

const STATUS_WORDS = {
  READY: 'Ready',
  CHARGING: 'It is charging.',
  IN_FLIGHT: 'It is recorded as in flight.',
  MAINTENANCE: 'It is grounded for maintenance.',
  OFFLINE: 'It is out of service.',
} as const;

export function status({ record, checkedBy }: CandidateFacts): Check {
  const findings = record.status === 'READY' ? [] : [noGo(STATUS_WORDS[record.status])];
  // Its propellers may be off.
  if (checkedBy !== null) findings.push(noGo(`${checkedBy} has a health check of it under way.`));
  return checkOf('STATUS', true, findings, 'Released for service', record.status.toLowerCase());
}

export function link({ vehicle }: CandidateFacts): Check {
  if (vehicle === null)
    return checkOf('LINK', false, [noGo('It has not been heard since the station started.')], '');
  const figure = `${seconds(vehicle.lastHeardMsAgo)} ago`;
  if (vehicle.contact !== 'LIVE')
    return checkOf('LINK', false, [noGo('No live link: nothing could be sent to it.')], '', figure);
  const losses = vehicle.links
    .filter((each) => each.lastHeardMsAgo <= FRESH_MS)
    .map((each) => each.lossPercent);
  const best = Math.min(...losses);
  const weak = losses.length > 0 && best >= HIGH_LOSS_PERCENT;
  const findings = weak ? [caution(`The best link loses ${Math.round(best)} % of its packets.`)] : [];
  return checkOf('LINK', false, findings, 'Link is live', figure);
}

export function dataAge({ vehicle, nowMs }: CandidateFacts): Check {
  const ageMs = dataAgeMs(vehicle, nowMs);
  if (ageMs === null)
    return checkOf('DATA_AGE', false, [noGo('No position and battery have come from it yet.')], '');
  const stale = ageMs > FRESH_MS;
  const findings = stale
    ? [noGo(`Its data are ${seconds(ageMs)} old: too old to decide with (limit 3 s).`)]
    : [];
  return checkOf('DATA_AGE', false, findings, 'Data are fresh', `${seconds(ageMs)} old`);
}

export function battery({ vehicle, nowMs }: CandidateFacts): Check {
  const has = (vehicle && fresh(vehicle.battery, nowMs))?.remainingPercent ?? null;
  if (has === null) return checkOf('BATTERY', true, [noGo('The battery level is not known.')], '');
  const findings =
    has < LEAST_BATTERY_PERCENT ? [noGo(`The battery is below ${LEAST_BATTERY_PERCENT} %.`)] : [];
  const figure = `${percent(has)}, needs ${LEAST_BATTERY_PERCENT} %`;
  return checkOf('BATTERY', true, findings, 'Battery charged enough to launch', figure);
}

export function range(facts: CandidateFacts, neededPercent: number | null): Check {
  const has = (facts.vehicle && fresh(facts.vehicle.battery, facts.nowMs))?.remainingPercent ?? null;
  const words = 'Battery for the way there, 4 min on scene, and back, with 20 % reserve';
  if (has === null)
    return checkOf('RANGE', true, [noGo('Range unknown: the battery level is not known.')], '');
  if (positionOf(facts.vehicle, facts.nowMs) === null)
    return checkOf('RANGE', true, [noGo('Range unknown: the position of the drone is not known.')], '');
  if (neededPercent === null)
    return checkOf('RANGE', true, [noGo('The wind is too strong to get there and back.')], '');
  const figure = `${percent(has)}, needs ${Math.ceil(neededPercent)} %`;
  if (has < neededPercent)
    return checkOf('RANGE', true, [noGo(`Not enough: ${words.toLowerCase()}.`)], '', figure);
  const findings =
    facts.route.kind === 'CLEAR'
      ? []
      : [caution('Enough by the straight line; no route was planned to measure.')];
  return checkOf('RANGE', true, findings, words, figure);
}

export function health({ vehicle, nowMs, unusualFlight }: CandidateFacts): Check {
  const state = vehicle && fresh(vehicle.health, nowMs);
  const findings =
    unusualFlight === null ? [] : [caution(`In its last flight: ${unusualFlight} It was not checked since.`)];
  if (vehicle === null || state === null) {
    findings.push(caution('The health of its sensors is not known.'));
    return checkOf('HEALTH', true, findings, '');
  }
  if (state.unhealthy.length > 0) findings.push(noGo(`Not healthy: ${state.unhealthy.join(', ')}.`));
  if (state.readyToArm === false) {
    const reasons = vehicle.statusTexts
      .filter((text) => nowMs - text.receivedAtMs <= PRE_ARM_TEXT_AGE_MS)
      .flatMap(({ text }) => /^(?:PreArm|Arm): *(.+)$/i.exec(text)?.[1] ?? [])
      .slice(0, 3);
    const because = reasons.length === 0 ? 'it does not say why' : reasons.join('; ');
    findings.push(noGo(`The autopilot refuses to arm: ${because}.`));
  }
  if (state.readyToArm === null) findings.push(caution('The autopilot does not report its pre-arm checks.'));
  const figure = state.unhealthy.length === 0 ? null : `${state.unhealthy.length} unhealthy`;
  return checkOf('HEALTH', true, findings, 'Sensors healthy, pre-arm checks passed', figure);
}

export function positionFix({ vehicle, nowMs }: CandidateFacts): Check {
  const gps = vehicle && fresh(vehicle.gps, nowMs);
  const findings: Finding[] = [];
  if (positionOf(vehicle, nowMs) === null) findings.push(noGo('Its position is not known.'));
  if (gps === null) return checkOf('POSITION', false, [...findings, noGo('Its GPS state is not known.')], '');
  if (gps.quality === 'NO_FIX' || /^2D/i.test(gps.fixText))
    findings.push(noGo('GPS has no three-dimensional fix.'));
  if (gps.satellites === null) findings.push(caution('The number of satellites is not known.'));
  else if (gps.satellites < LEAST_SATELLITES)
    findings.push(noGo(`GPS sees too few satellites (needs ${LEAST_SATELLITES}).`));
  const figure = `${gps.fixText}, ${gps.satellites ?? 'unknown'} satellites`;
  return checkOf('POSITION', false, findings, 'GPS fix is good', figure);
}

const COMPARTMENT_WORDS = {
  OPENING: noGo('The AED compartment is opening.'),
  OPEN: noGo('The AED compartment is open.'),
  JAMMED: noGo('The AED compartment is jammed.'),
  UNKNOWN: caution('The state of the AED compartment is not known.'),
} as const;

const DOOR_LEFT = 'A test of its AED door was broken off, and none has passed since.';

export function aed({ vehicle, nowMs, doorIsLeft }: CandidateFacts): Check {
  const state = vehicle && fresh(vehicle.aed, nowMs);
  const findings: Finding[] = [];
  if (doorIsLeft)
    findings.push(
      state?.compartment === 'CLOSED'
        ? caution(`${DOOR_LEFT} Test it in a health check.`)
        : noGo(`${DOOR_LEFT} It may stand open. Look at it, and test it in a health check.`),
    );
  if (state === null) {
    findings.push(caution('The drone does not tell the state of its AED. Check it by eye.'));
    return checkOf('AED', true, findings, '');
  }
  if (!state.present || state.removed) findings.push(noGo('There is no AED on board.'));
  if (state.selfTestPassed === false) findings.push(noGo('The AED failed its self-test.'));
  if (state.selfTestPassed === null) findings.push(caution("The AED's self-test is not known."));
  if (state.padExpiryMs === null) findings.push(caution('The expiry date of the pads is not known.'));
  else if (state.padExpiryMs <= nowMs) findings.push(noGo('The pads of the AED have expired.'));
  if (state.batteryPercent === null) findings.push(caution("The AED's battery level is not known."));
  else if (state.batteryPercent < LEAST_AED_BATTERY_PERCENT)
    findings.push(noGo(`The AED's battery is at ${percent(state.batteryPercent)}.`));
  if (state.compartment !== 'CLOSED') findings.push(COMPARTMENT_WORDS[state.compartment]);
  const figure =
    state.padExpiryMs === null ? null : `pads to ${new Date(state.padExpiryMs).toISOString().slice(0, 10)}`;
  return checkOf('AED', true, findings, 'AED present, self-test passed, pads valid, door closed', figure);
}

const MODEL_FINDINGS = {
  ACTIVE: [],
  NOT_ACTIVE: [caution('Its model is not the active one of the fleet.')],
  NOT_LISTED: [caution('Its model is not in the list of models.')],
  OTHER_HASH: [
    noGo('Its model is another file than the one of that version: what it sees cannot be trusted.'),
  ],
} as const;

export function inference({ vehicle, nowMs, modelMatch }: CandidateFacts): Check {
  const state = vehicle && fresh(vehicle.inference, nowMs);
  if (state === null) {
    const senses = vehicle && fresh(vehicle.onboardSenses, nowMs);
    const words = senses === null ? '' : ' It senses on board, and does not say how surely.';
    const findings = [caution(`The drone does not tell the state of its onboard AI.${words}`)];
    return checkOf('INFERENCE', true, findings, '');
  }
  const words = {
    RUNNING: null,
    LOADING: 'The onboard AI is still loading.',
    DEGRADED: 'The onboard AI is degraded: watch the landing.',
    STOPPED: 'The onboard AI has stopped: watch the landing.',
    UNKNOWN: 'The state of the onboard AI is not known.',
  }[state.state];
  const figure = `${Math.round(state.framesPerSecond)} frames/s`;
  const findings = [
    ...(words === null ? [] : [caution(words)]),
    ...(modelMatch === null ? [] : MODEL_FINDINGS[modelMatch]),
  ];
  return checkOf('INFERENCE', true, findings, 'Onboard AI is running', figure);
}

export function occupied({ vehicle, activeMissionId, heldByStationId, record }: CandidateFacts): Check {
  const findings: Finding[] = [];
  if (activeMissionId !== null)
    findings.push(noGo(`${record.droneId} already flies a mission that is not over.`));
  if (heldByStationId !== null)
    findings.push(
      noGo(`The station ${heldByStationId} flies it. Choose another drone, or call that station.`),
    );
  if (vehicle === null || vehicle.contact !== 'LIVE')
    findings.push(caution('Whether somebody flies it cannot be seen without a live link.'));
  else if (vehicle.armed || !['ON_GROUND', 'UNKNOWN'].includes(vehicle.landedState))
    findings.push(
      noGo(
        vehicle.landedState === 'ON_GROUND'
          ? 'It is armed: somebody else may be about to fly it.'
          : 'It is armed or in the air: somebody else may be flying it.',
      ),
    );
  return checkOf('OCCUPIED', false, findings, 'Nobody else flies it');
}
