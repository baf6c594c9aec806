import { AUTOPILOT_VERSION, PARAM_VALUE } from '../mavlink/generated/messages.ts';
import { caution, fail, type HealthCheck, judged, pass } from './check.ts';

const NO_BASELINE = 'No baseline has been approved for this model of drone.';

const firmware = judged('CONFIGURATION', {
  id: 'firmware',
  title: 'Firmware',
  messages: [AUTOPILOT_VERSION],
  limit: 'the approved version',
  limitSource: 'Approved baseline of the fleet',
  remedy: 'Install the approved firmware, or approve this one for the fleet.',
  needed: false,
  judge({ vehicle, baseline }) {
    if (vehicle.firmware === null) return null;
    if (baseline === null) return NO_BASELINE;
    return vehicle.firmware === baseline.firmware
      ? pass(vehicle.firmware)
      : fail(vehicle.firmware, `Approved is ${baseline.firmware}.`);
  },
});

const parameters = judged('CONFIGURATION', {
  id: 'parameters',
  title: 'Parameters',
  messages: [PARAM_VALUE],
  limit: 'as in the approved baseline',
  limitSource: 'Approved baseline of the fleet',
  remedy: 'Open the differences. Set them back, or approve them for the fleet.',
  needed: false,
  judge({ vehicle, baseline }) {
    if (baseline === null) return NO_BASELINE;
    if (baseline.otherAutopilot)
      return `The approved baseline is of ${baseline.firmware}, and this drone runs ${vehicle.firmware}: their parameters cannot be compared.`;
    if (baseline.differences === null) return 'The parameters have not been read in this check.';
    const measured = `${baseline.differences} differ`;
    return baseline.differences === 0
      ? pass('none differ')
      : caution(measured, `Different: ${baseline.words}.`);
  },
});

const anomaly = judged('CONFIGURATION', {
  id: 'anomaly',
  title: 'Pattern of its last flight',
  messages: [],
  limit: 'score below the detector’s limit',
  limitSource: 'Anomaly detector of this program; it has seen simulated flights only',
  remedy:
    'Look at the channels it names. A test flight over safe ground tells more; after a change of parts, have its flight pattern learnt anew.',
  needed: false,
  judge({ anomaly: reading }) {
    if (reading === null) return 'No flight of it has been scored by this station yet.';
    const measured = `${reading.score.toFixed(2)} of ${reading.limit.toFixed(2)}`;
    return reading.score > reading.limit ? caution(measured, reading.words) : pass(measured);
  },
});

export const configurationChecks: readonly HealthCheck[] = [firmware, parameters, anomaly];
