import { type Behaviour, chosenBy } from './behaviour.ts';

/** ArduCopter 4.6's parameter reference: FS_GCS_ENABLE, FS_THR_ENABLE, BATT_FS_LOW_ACT, FENCE_ACTION, FS_EKF_ACTION. */
const NOTHING = 'Nothing: it goes on with what it is doing.';
const RETURN = 'Returns to its home, or lands where it is when it cannot.';
const LAND = 'Lands where it is.';
const SMART_OR_RETURN = 'Flies back the way it came; otherwise returns to its home, or lands.';
const SMART_OR_LAND = 'Flies back the way it came; otherwise lands where it is.';
const MISSION_OR_RETURN = 'Jumps to the landing of its mission; otherwise returns to its home.';
const BRAKE_OR_LAND = 'Stops and holds; otherwise lands where it is.';
const BATTERY_ACTIONS = {
  0: 'Only warns.',
  1: LAND,
  2: RETURN,
  3: SMART_OR_RETURN,
  4: SMART_OR_LAND,
  5: 'Stops its motors and falls.',
  6: MISSION_OR_RETURN,
  7: BRAKE_OR_LAND,
};

export const ARDUCOPTER_BEHAVIOURS: readonly Behaviour[] = [
  chosenBy('FAILSAFE', 'The link to the station is lost', ['FS_GCS_ENABLE', 'FS_GCS_TIMEOUT'], {
    0: NOTHING,
    1: RETURN,
    2: 'Goes on with its mission; in other modes returns to its home.',
    3: SMART_OR_RETURN,
    4: SMART_OR_LAND,
    5: LAND,
    6: MISSION_OR_RETURN,
    7: BRAKE_OR_LAND,
  }),
  chosenBy('FAILSAFE', 'The radio control is lost', ['FS_THR_ENABLE'], {
    0: NOTHING,
    1: RETURN,
    2: 'Goes on with its mission; in other modes returns to its home.',
    3: LAND,
    4: SMART_OR_RETURN,
    5: SMART_OR_LAND,
    6: MISSION_OR_RETURN,
    7: BRAKE_OR_LAND,
  }),
  chosenBy(
    'FAILSAFE',
    'The battery is low',
    ['BATT_FS_LOW_ACT', 'BATT_LOW_VOLT', 'BATT_LOW_MAH'],
    BATTERY_ACTIONS,
  ),
  chosenBy(
    'FAILSAFE',
    'The battery is critical',
    ['BATT_FS_CRT_ACT', 'BATT_CRT_VOLT', 'BATT_CRT_MAH'],
    BATTERY_ACTIONS,
  ),
  chosenBy('FAILSAFE', 'The position is lost', ['FS_EKF_ACTION', 'FS_EKF_THRESH'], {
    0: 'Only warns.',
    1: 'Lands; in modes that need no position it goes on.',
    2: 'Holds its height and drifts with the wind.',
    3: 'Lands, in every mode.',
  }),
  {
    topic: 'FENCE',
    when: 'It crosses its fence',
    parameters: ['FENCE_ACTION', 'FENCE_ENABLE'],
    say(value) {
      if (value('FENCE_ENABLE') === 0) return 'Nothing: its fence is switched off (FENCE_ENABLE).';
      const actions = ['Only warns.', RETURN, LAND, SMART_OR_RETURN, BRAKE_OR_LAND, SMART_OR_LAND];
      const action = value('FENCE_ACTION');
      if (action === undefined) return null;
      return actions[action] ?? `Set to ${action}, which this station does not know. See FENCE_ACTION.`;
    },
  },
  {
    topic: 'RETURN',
    when: 'It returns',
    parameters: ['RTL_ALT', 'RTL_ALT_FINAL', 'RTL_LOIT_TIME'],
    say(value) {
      const heightCm = value('RTL_ALT');
      const finalCm = value('RTL_ALT_FINAL');
      if (heightCm === undefined || finalCm === undefined) return null;
      const end = finalCm === 0 ? 'and lands' : `and stays ${metres(finalCm)} above its home`;
      return `Climbs to at least ${metres(heightCm)} above its home, flies there in a straight line ${end}. It does not avoid no-fly zones.`;
    },
  },
  {
    topic: 'RALLY',
    when: 'It holds rally points',
    parameters: ['RALLY_TOTAL', 'RALLY_LIMIT_KM'],
    say(value) {
      const total = value('RALLY_TOTAL');
      if (total === undefined) return null;
      return total === 0
        ? 'It holds none: it returns to its home.'
        : `It holds ${total}: it returns to the nearest of them or its home.`;
    },
  },
  {
    topic: 'HOME',
    when: 'It is armed',
    parameters: [],
    say: () => 'Its home becomes the place where it stands, unless a station has set it.',
  },
];

function metres(centimetres: number): string {
  return `${(centimetres / 100).toFixed(centimetres % 100 === 0 ? 0 : 1)} m`;
}
