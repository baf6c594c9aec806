import { OPEN_DRONE_ID_ARM_STATUS, RADIO_STATUS } from '../mavlink/generated/messages.ts';
import { fail, type HealthCheck, type HealthFacts, judged, numeric, pass } from './check.ts';

const UNKNOWN_UINT8 = 0xff;
const FRESH_MS = 3_000;
/** MAV_ODID_ARM_STATUS_GOOD_TO_ARM. */
const GOOD_TO_ARM = 0;

const freshLinks = ({ vehicle }: HealthFacts) =>
  vehicle.links.filter(({ lastHeardMsAgo }) => lastHeardMsAgo <= FRESH_MS);

const remoteId = judged('LINK', {
  id: 'remote-id',
  title: 'Remote ID',
  messages: [OPEN_DRONE_ID_ARM_STATUS],
  limit: 'good to arm',
  limitSource: '14 CFR part 89; MAVLink OPEN_DRONE_ID_ARM_STATUS',
  remedy: 'Check the Remote ID module’s power and the operator’s registration in it.',
  needed: false,
  judge({ window, nowMs }) {
    const status = window.latest(OPEN_DRONE_ID_ARM_STATUS, nowMs);
    if (status === null) return null;
    if (status.status === GOOD_TO_ARM) return pass('good to arm');
    return fail('not ready', status.error === '' ? 'The module gives no reason.' : `${status.error}.`);
  },
});

export const linkChecks: readonly HealthCheck[] = [
  numeric('LINK', {
    id: 'link-loss',
    title: 'Packet loss of the best link',
    messages: [],
    unit: '%',
    worse: 'ABOVE',
    caution: 5,
    fail: 20,
    digits: 1,
    limitSource: 'Go/no-go of a launch: caution from 20 %; on the bench it must be better',
    remedy: 'Check the antennas and the distance between radios. Look for other senders.',
    measure(facts) {
      const losses = freshLinks(facts).map(({ lossPercent }) => lossPercent);
      return losses.length === 0 ? null : Math.min(...losses);
    },
  }),
  numeric('LINK', {
    id: 'link-round-trip',
    title: 'Round trip of the best link',
    messages: [],
    unit: 'ms',
    worse: 'ABOVE',
    caution: 250,
    fail: 1_000,
    digits: 0,
    limitSource: 'Command protocol: an answer is awaited for 1 s',
    remedy: 'Use a link of its own for the drone. A shared radio network adds delay.',
    needed: false,
    measure(facts) {
      const known = freshLinks(facts).flatMap(({ roundTripMs }) =>
        roundTripMs === null ? [] : [roundTripMs],
      );
      return known.length === 0 ? null : Math.min(...known);
    },
  }),
  numeric('LINK', {
    id: 'radio-margin',
    title: 'Signal above noise at the drone',
    messages: [RADIO_STATUS],
    unit: 'steps',
    worse: 'BELOW',
    caution: 40,
    fail: 15,
    digits: 0,
    limitSource: 'SiK radios: about 1.9 steps a decibel',
    remedy: 'Check the antennas of both radios.',
    needed: false,
    measure({ window, nowMs }) {
      const radio = window.latest(RADIO_STATUS, nowMs);
      if (radio === null || radio.remrssi === UNKNOWN_UINT8 || radio.remnoise === UNKNOWN_UINT8) return null;
      return radio.remrssi - radio.remnoise;
    },
  }),
  remoteId,
];
