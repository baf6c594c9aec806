import { type Behaviour, chosenBy, hasBit, type ParameterValues } from './behaviour.ts';

/**
 * ArduCopter 4.4 to 4.6. Beside each line is where its sources say so (github.com/ArduPilot/ardupilot; the parameters'
 * words are those of https://ardupilot.org/copter/docs/parameters.html).
 */
const NOTHING = 'Nothing: it goes on with what it is doing.';
// ArduCopter/events.cpp, set_mode_RTL_or_land_with_pause.
const RETURN = 'Returns to its home, or lands where it is when it cannot.';
const LAND = 'Lands where it is.';
// ArduCopter/events.cpp, set_mode_SmartRTL_or_RTL: then as RETURN.
const SMART_OR_RETURN = 'Flies back the way it came; otherwise returns to its home, or lands.';
// ArduCopter/events.cpp, set_mode_SmartRTL_or_land_with_pause.
const SMART_OR_LAND = 'Flies back the way it came; otherwise lands where it is.';
// ArduCopter/events.cpp, set_mode_auto_do_land_start_or_RTL.
const MISSION_OR_RETURN = 'Jumps to the landing of its mission; otherwise returns to its home, or lands.';
// ArduCopter/events.cpp, set_mode_brake_or_land_with_pause.
const BRAKE_OR_LAND = 'Stops and holds; otherwise lands where it is.';

// libraries/AP_BattMonitor/AP_BattMonitor_Params.cpp, FS_LOW_ACT and FS_CRT_ACT (Copter); 7: events.cpp, BRAKE_LAND.
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

// ArduCopter/Parameters.cpp, FS_OPTIONS, bits.
const OPTION = { RC_IN_AUTO: 0, STATION_IN_AUTO: 1, RC_IN_GUIDED: 2, LANDING: 3, GRIPPER: 5 };

function exceptions(value: ParameterValues, ...named: (readonly [bit: number, words: string])[]): string {
  const words = [...named, [OPTION.LANDING, 'while it lands'] as const]
    .filter(([bit]) => hasBit(value('FS_OPTIONS'), bit))
    .map(([, text]) => text);
  return words.length === 0 ? '' : `It goes on ${words.join(' and ')} (FS_OPTIONS).`;
}

/** Below neither a voltage nor a charge: LOW_VOLT and LOW_MAH "Set to 0 to disable" (AP_BattMonitor_Params.cpp). */
function notWatched(value: ParameterValues, level: 'LOW' | 'CRT'): string | null {
  const limits = [`BATT_${level}_VOLT`, `BATT_${level}_MAH`];
  return limits.every((name) => value(name) === 0)
    ? `Nothing: it watches neither voltage nor charge (${limits.join(' and ')} are 0).`
    : null;
}

const FAILSAFES: readonly Behaviour[] = [
  // ArduCopter/Parameters.cpp, FS_GCS_ENABLE (2: "Removed in 4.0+"); events.cpp, failsafe_gcs_on_event.
  chosenBy(
    'FAILSAFE',
    'The link to the station is lost',
    ['FS_GCS_ENABLE', 'FS_GCS_TIMEOUT', 'FS_OPTIONS'],
    {
      0: NOTHING,
      1: RETURN,
      2: RETURN,
      3: SMART_OR_RETURN,
      4: SMART_OR_LAND,
      5: LAND,
      6: MISSION_OR_RETURN,
      7: BRAKE_OR_LAND,
    },
    {
      also: (value) =>
        value('FS_GCS_ENABLE') === 0 ? '' : exceptions(value, [OPTION.STATION_IN_AUTO, 'in a mission']),
    },
  ),
  // ArduCopter/Parameters.cpp, FS_THR_ENABLE (2: "Removed in 4.0+"); events.cpp, failsafe_radio_on_event.
  chosenBy(
    'FAILSAFE',
    'The radio control is lost',
    ['FS_THR_ENABLE', 'FS_OPTIONS'],
    {
      0: NOTHING,
      1: RETURN,
      2: RETURN,
      3: LAND,
      4: SMART_OR_RETURN,
      5: SMART_OR_LAND,
      6: MISSION_OR_RETURN,
      7: BRAKE_OR_LAND,
    },
    {
      also: (value) =>
        value('FS_THR_ENABLE') === 0
          ? ''
          : exceptions(value, [OPTION.RC_IN_AUTO, 'in a mission'], [OPTION.RC_IN_GUIDED, 'in guided flight']),
    },
  ),
  // libraries/AP_BattMonitor/AP_BattMonitor_Params.cpp; ArduCopter/events.cpp, handle_battery_failsafe.
  chosenBy(
    'FAILSAFE',
    'The battery is low',
    ['BATT_FS_LOW_ACT', 'BATT_LOW_VOLT', 'BATT_LOW_MAH'],
    BATTERY_ACTIONS,
    { instead: (value) => notWatched(value, 'LOW') },
  ),
  chosenBy(
    'FAILSAFE',
    'The battery is critical',
    ['BATT_FS_CRT_ACT', 'BATT_CRT_VOLT', 'BATT_CRT_MAH'],
    BATTERY_ACTIONS,
    { instead: (value) => notWatched(value, 'CRT') },
  ),
  // ArduCopter/Parameters.cpp, FS_EKF_ACTION; ekf_check.cpp: not checked where FS_EKF_THRESH <= 0.
  chosenBy(
    'FAILSAFE',
    'The position is lost',
    ['FS_EKF_ACTION', 'FS_EKF_THRESH'],
    {
      0: 'Only warns.',
      1: 'Lands; in modes that need no position it goes on.',
      2: 'Holds its height and drifts with the wind; in modes that need no position it goes on.',
      3: 'Lands, in every mode.',
    },
    {
      instead: (value) =>
        (value('FS_EKF_THRESH') ?? 1) <= 0
          ? 'Nothing: it does not watch its position (FS_EKF_THRESH is 0).'
          : null,
    },
  ),
  {
    topic: 'FAILSAFE',
    when: 'It acts on its own, for any of these reasons',
    parameters: ['FS_OPTIONS'],
    // ArduCopter/events.cpp, do_failsafe_action, RELEASE_GRIPPER; should_disarm_on_failsafe.
    say(value) {
      const options = value('FS_OPTIONS');
      if (options === undefined) return null;
      return hasBit(options, OPTION.GRIPPER)
        ? 'It also opens its gripper, and drops what it carries (FS_OPTIONS). On the ground it disarms.'
        : 'It keeps what its gripper holds. On the ground it disarms.';
    },
  },
];

// libraries/AC_Fence/AC_Fence.cpp, ACTION (Copter).
const FENCE_ACTIONS = ['Only warns.', RETURN, LAND, SMART_OR_RETURN, BRAKE_OR_LAND, SMART_OR_LAND];

const PLACES: readonly Behaviour[] = [
  {
    topic: 'FENCE',
    when: 'It crosses its fence',
    parameters: ['FENCE_ACTION', 'FENCE_ENABLE', 'FENCE_AUTOENABLE'],
    // libraries/AC_Fence/AC_Fence.cpp, AUTOENABLE; ArduCopter/fence.cpp: 100 m outside it lands in any case.
    say(value) {
      const autoEnabled = (value('FENCE_AUTOENABLE') ?? 0) !== 0;
      if (value('FENCE_ENABLE') === 0 && !autoEnabled)
        return 'Nothing: its fence is switched off (FENCE_ENABLE).';
      const action = value('FENCE_ACTION');
      if (action === undefined) return null;
      const words = FENCE_ACTIONS[action];
      if (words === undefined) return `Set to ${action}, which this station does not know. See FENCE_ACTION.`;
      return action === 0 || action === 2 ? words : `${words} More than 100 m outside it lands.`;
    },
  },
  {
    topic: 'RETURN',
    when: 'It returns',
    parameters: ['RTL_ALT', 'RTL_ALT_FINAL', 'RTL_CONE_SLOPE', 'RTL_LOIT_TIME', 'OA_TYPE'],
    // ArduCopter/Parameters.cpp, RTL_ALT (cm), RTL_CONE_SLOPE, RTL_ALT_FINAL (cm, 0: lands); avoidance in RTL:
    // https://ardupilot.org/copter/docs/common-oa-bendyruler.html
    say(value) {
      const heightCm = value('RTL_ALT');
      const finalCm = value('RTL_ALT_FINAL');
      if (heightCm === undefined || finalCm === undefined) return null;
      const near = (value('RTL_CONE_SLOPE') ?? 0) > 0 ? ', less when it is near' : '';
      const end = finalCm === 0 ? 'and lands' : `and stays ${metres(finalCm)} above its home`;
      const zones =
        (value('OA_TYPE') ?? 0) === 0
          ? 'It does not avoid no-fly zones.'
          : 'It looks for a way around the fences that it holds (OA_TYPE); zones that it does not hold it does not avoid.';
      return `Climbs to at least ${metres(heightCm)} above its home${near}, flies there in a straight line ${end}. ${zones}`;
    },
  },
  {
    topic: 'RALLY',
    when: 'It holds rally points',
    parameters: ['RALLY_TOTAL', 'RALLY_LIMIT_KM', 'RALLY_INCL_HOME'],
    // libraries/AP_Rally/AP_Rally.cpp, TOTAL, LIMIT_KM, INCL_HOME (1 for copters).
    say(value) {
      const total = value('RALLY_TOTAL');
      if (total === undefined) return null;
      if (total === 0) return 'It holds none: it returns to its home.';
      if (value('RALLY_INCL_HOME') !== 0)
        return `It holds ${total}: it returns to the nearest of them or its home.`;
      const limitKm = value('RALLY_LIMIT_KM') ?? 0;
      return limitKm === 0
        ? `It holds ${total}: it returns to the nearest of them, never to its home.`
        : `It holds ${total}: it returns to the nearest of them; to its home only when that is nearer and they are more than ${limitKm} km away.`;
    },
  },
  {
    topic: 'HOME',
    when: 'It is armed',
    parameters: [],
    // ArduCopter/AP_Arming.cpp, arm: set_home_to_current_location unless home_is_locked.
    say: () => 'Its home becomes the place where it stands, unless a station has set it.',
  },
];

export const ARDUCOPTER_BEHAVIOURS: readonly Behaviour[] = [...FAILSAFES, ...PLACES];

function metres(centimetres: number): string {
  return `${(centimetres / 100).toFixed(centimetres % 100 === 0 ? 0 : 1)} m`;
}
