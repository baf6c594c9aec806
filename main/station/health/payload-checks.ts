import { SKYRESCUE_AED_STATUS, SKYRESCUE_INFERENCE_STATUS } from '../mavlink/generated/messages.ts';
import { caution, fail, type HealthCheck, type HealthFacts, judged, numeric, pass } from './check.ts';

const DAY_MS = 86_400_000;
const PADS_SOON_DAYS = 30;

/** What the drone says of its AED, if it said so within the window. */
function aed({ vehicle, window, nowMs }: HealthFacts) {
  return window.latest(SKYRESCUE_AED_STATUS, nowMs) === null ? null : vehicle.aed;
}

function inference({ vehicle, window, nowMs }: HealthFacts) {
  return window.latest(SKYRESCUE_INFERENCE_STATUS, nowMs) === null ? null : vehicle.inference;
}

function saysHash({ window, nowMs }: HealthFacts): boolean {
  const hash = window.latest(SKYRESCUE_INFERENCE_STATUS, nowMs)?.modelHash ?? [];
  return hash.some((byte) => byte !== 0);
}

const present = judged('AED', {
  id: 'aed-present',
  title: 'AED in its place',
  messages: [SKYRESCUE_AED_STATUS],
  limit: 'present',
  limitSource: 'SKYRESCUE_AED_STATUS',
  remedy: 'Put a checked AED into the compartment.',
  judge(facts) {
    const state = aed(facts);
    if (state === null) return null;
    if (!state.present) return fail('missing', 'The compartment reports no AED.');
    return state.removed ? fail('taken out', 'The AED was taken out and not put back.') : pass('present');
  },
});

const selfTest = judged('AED', {
  id: 'aed-self-test',
  title: 'AED self-test',
  messages: [SKYRESCUE_AED_STATUS],
  limit: 'passed',
  limitSource: 'IEC 60601-2-4: an AED tests itself and shows whether it is ready',
  remedy: 'Replace the AED and send this one to service.',
  judge(facts) {
    const passed = aed(facts)?.selfTestPassed ?? null;
    if (passed === null) return null;
    return passed ? pass('passed') : fail('failed', 'The AED’s own test has failed.');
  },
});

const pads = judged('AED', {
  id: 'aed-pads',
  title: 'Electrode pads',
  messages: [SKYRESCUE_AED_STATUS],
  limit: `not expired, ${PADS_SOON_DAYS} days left`,
  limitSource: 'The maker’s expiry date; dried-out pads do not conduct',
  remedy: 'Fit new pads and set their expiry date.',
  judge(facts) {
    const expiryMs = aed(facts)?.padExpiryMs ?? null;
    if (expiryMs === null) return null;
    const measured = new Date(expiryMs).toISOString().slice(0, 10);
    const days = (expiryMs - facts.nowMs) / DAY_MS;
    if (days < 0) return fail(measured, 'The pads have expired.');
    return days < PADS_SOON_DAYS
      ? caution(measured, `The pads expire in ${Math.floor(days)} days.`)
      : pass(measured);
  },
});

const DOOR = {
  CLOSED: pass('closed'),
  OPENING: caution('moving', 'The door was moving. Check again.'),
  OPEN: fail('open', 'The compartment is open.'),
  JAMMED: fail('jammed', 'The door did not reach its end stop.'),
  UNKNOWN: null,
} as const;

const door = judged('AED', {
  id: 'aed-door',
  title: 'Compartment door',
  messages: [SKYRESCUE_AED_STATUS],
  limit: 'closed, as its sensor sees it',
  limitSource: 'SKYRESCUE_AED_STATUS',
  remedy: 'Free the door and close it. Check the release on the bench.',
  judge(facts) {
    const state = aed(facts);
    return state === null ? null : DOOR[state.compartment];
  },
});

const cabinet = judged('AED', {
  id: 'aed-temperature',
  title: 'Temperature in the compartment',
  messages: [SKYRESCUE_AED_STATUS],
  limit: '0 to 50 °C',
  limitSource: 'IEC 60601-2-4: operating temperature of AEDs',
  remedy: 'Warm or shade the drone. Pads and battery suffer outside these limits.',
  needed: false,
  judge(facts) {
    const celsius = aed(facts)?.temperatureC ?? null;
    if (celsius === null) return null;
    const measured = `${celsius.toFixed(0)} °C`;
    return celsius < 0 || celsius > 50
      ? fail(measured, 'The AED is outside its operating temperature.')
      : pass(measured);
  },
});

const INFERENCE_FINDINGS = {
  RUNNING: pass('running'),
  LOADING: caution('loading', 'The model is still being loaded.'),
  DEGRADED: caution('degraded', 'The onboard AI runs slower or less certain than specified.'),
  STOPPED: fail('stopped', 'The onboard AI does not run.'),
  UNKNOWN: null,
} as const;

const running = judged('COMPUTER', {
  id: 'inference-state',
  title: 'Onboard AI runs',
  messages: [SKYRESCUE_INFERENCE_STATUS],
  limit: 'running',
  limitSource: 'SKYRESCUE_INFERENCE_STATUS',
  remedy: 'Restart the onboard computer. If it stays, install the model again.',
  judge(facts) {
    const state = inference(facts)?.state;
    return state === undefined ? null : INFERENCE_FINDINGS[state];
  },
});

const model = judged('COMPUTER', {
  id: 'inference-model',
  title: 'Onboard model',
  messages: [SKYRESCUE_INFERENCE_STATUS],
  limit: 'the active model of the fleet, with its hash',
  limitSource: 'ai_model_versions',
  remedy: 'Install the active model on the drone, then record the deployment.',
  judge(facts) {
    const version = inference(facts)?.modelVersion;
    if (version === undefined || version === '') return null;
    switch (facts.model) {
      case 'ACTIVE':
        return saysHash(facts)
          ? pass(version)
          : caution(version, `The drone does not say which file its ${version} is: no hash to compare.`);
      case 'NOT_ACTIVE':
        return caution(version, `${version} is known, but is not the active model.`);
      case 'OTHER_HASH':
        return fail(version, `The drone’s ${version} is not the file of that version.`);
      case 'NOT_LISTED':
        return caution(version, `${version} is not in the list of models.`);
      case null:
        return null;
    }
  },
});

export const payloadChecks: readonly HealthCheck[] = [
  present,
  selfTest,
  numeric('AED', {
    id: 'aed-battery',
    title: 'AED battery',
    messages: [SKYRESCUE_AED_STATUS],
    unit: '%',
    worse: 'BELOW',
    caution: 50,
    fail: 20,
    digits: 0,
    limitSource: 'Go/no-go of a launch: at least 20 %',
    remedy: 'Replace the AED’s battery.',
    measure: (facts) => aed(facts)?.batteryPercent ?? null,
  }),
  pads,
  door,
  cabinet,
  running,
  numeric('COMPUTER', {
    id: 'inference-rate',
    title: 'Onboard AI frame rate',
    messages: [SKYRESCUE_INFERENCE_STATUS],
    unit: 'frames/s',
    worse: 'BELOW',
    caution: 15,
    fail: 5,
    digits: 0,
    limitSource: 'Fleet limit: below 5 frames/s a descent outruns the detection',
    remedy: 'Let the onboard computer cool, then restart it.',
    measure: (facts) => inference(facts)?.framesPerSecond ?? null,
  }),
  numeric('COMPUTER', {
    id: 'inference-latency',
    title: 'Onboard AI latency, 95th percentile',
    messages: [SKYRESCUE_INFERENCE_STATUS],
    unit: 'ms',
    worse: 'ABOVE',
    caution: 120,
    fail: 300,
    digits: 0,
    limitSource: 'Fleet limit: at 1.5 m/s of descent, 300 ms are 0.45 m',
    remedy: 'As for the frame rate.',
    measure(facts) {
      const latencyMs = inference(facts)?.latencyP95Ms ?? 0;
      // Nothing was inferred, or it does not measure.
      return latencyMs > 0 ? latencyMs : null;
    },
  }),
  model,
];
