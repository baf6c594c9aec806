import { type Behaviour, chosenBy, hasBit, type ParameterValues } from './behaviour.ts';

/**
 * PX4 1.14 to 1.16. Beside each line is where its sources say so (github.com/PX4/PX4-Autopilot; the parameters' words are
 * those of https://docs.px4.io/main/en/advanced_config/parameter_reference.html).
 */
const HOLD = 'Holds where it is.';
const RETURN = 'Returns.';
const LAND = 'Lands where it is.';
// https://docs.px4.io/main/en/advanced_config/flight_termination.html: all outputs go to their failsafe values.
const TERMINATE = 'Stops its motors and falls.';
const DISARM = 'Disarms: in the air it falls.';

/** COM_RCL_EXCEPT and COM_DLL_EXCEPT, bits (src/modules/commander/commander_params.c). */
function exceptions(value: ParameterValues, name: string): string {
  const modes = ['in a mission', 'while it holds', 'in offboard flight'].filter((_, bit) =>
    hasBit(value(name), bit),
  );
  return modes.length === 0 ? '' : `It goes on ${modes.join(' and ')} (${name}).`;
}

export const PX4_BEHAVIOURS: readonly Behaviour[] = [
  // src/modules/commander/commander_params.c, NAV_DLL_ACT, COM_DL_LOSS_T, COM_DLL_EXCEPT; COM_FAIL_ACT_T: it holds first.
  chosenBy(
    'FAILSAFE',
    'The link to the station is lost',
    ['NAV_DLL_ACT', 'COM_DL_LOSS_T', 'COM_FAIL_ACT_T', 'COM_DLL_EXCEPT'],
    {
      0: 'Nothing: it goes on with what it is doing.',
      1: HOLD,
      2: RETURN,
      3: LAND,
      5: TERMINATE,
      6: DISARM,
    },
    { also: (value) => (value('NAV_DLL_ACT') === 0 ? '' : exceptions(value, 'COM_DLL_EXCEPT')) },
  ),
  // src/modules/commander/commander_params.c, NAV_RCL_ACT, COM_RC_LOSS_T, COM_RCL_EXCEPT.
  chosenBy(
    'FAILSAFE',
    'The radio control is lost',
    ['NAV_RCL_ACT', 'COM_RC_LOSS_T', 'COM_FAIL_ACT_T', 'COM_RCL_EXCEPT'],
    {
      1: HOLD,
      2: RETURN,
      3: LAND,
      5: TERMINATE,
      6: DISARM,
    },
    { also: (value) => exceptions(value, 'COM_RCL_EXCEPT') },
  ),
  // src/modules/commander/commander_params.c, COM_LOW_BAT_ACT: "See also BAT_CRIT_THR and BAT_EMERGEN_THR".
  chosenBy('FAILSAFE', 'The battery is low', ['COM_LOW_BAT_ACT', 'BAT_CRIT_THR', 'BAT_EMERGEN_THR'], {
    0: 'Only warns.',
    2: 'Lands where it is when the charge is critical.',
    3: 'Returns when the charge is critical, and lands where it is when it is almost empty.',
  }),
  // src/modules/navigator/geofence_params.c, GF_ACTION, GF_MAX_HOR_DIST, GF_MAX_VER_DIST.
  chosenBy('FENCE', 'It crosses its fence', ['GF_ACTION', 'GF_MAX_HOR_DIST', 'GF_MAX_VER_DIST'], {
    0: 'Nothing.',
    1: 'Only warns.',
    2: HOLD,
    3: RETURN,
    4: TERMINATE,
    5: LAND,
  }),
  {
    topic: 'RETURN',
    when: 'It returns',
    parameters: ['RTL_RETURN_ALT', 'RTL_CONE_ANG', 'RTL_DESCEND_ALT', 'RTL_LAND_DELAY'],
    // src/modules/navigator/rtl_params.c: RTL_RETURN_ALT is above the destination, less within RTL_CONE_ANG (0: never
    // less); a negative RTL_LAND_DELAY stays at RTL_DESCEND_ALT.
    say(value) {
      const heightM = value('RTL_RETURN_ALT');
      if (heightM === undefined) return null;
      const near = (value('RTL_CONE_ANG') ?? 0) > 0 ? ', less when it is near' : '';
      const stayM = value('RTL_DESCEND_ALT');
      const above = stayM === undefined ? 'above it' : `${stayM} m above it`;
      const end = (value('RTL_LAND_DELAY') ?? 0) < 0 ? `and stays ${above}` : 'and lands';
      return `Climbs to at least ${heightM} m above the place where it returns to${near}, flies there ${end}. It does not avoid no-fly zones.`;
    },
  },
  // src/modules/navigator/rtl_params.c, RTL_TYPE; https://docs.px4.io/main/en/flight_modes/return.html
  chosenBy('RALLY', 'It chooses where to return to', ['RTL_TYPE'], {
    0: 'To the nearest of its home and its rally points, in a straight line.',
    1: 'To the nearest of its rally points and the landing of its mission, in a straight line; to its home when it has neither.',
    2: 'Along its mission to its landing; without one, back along its mission to its home. Rally points do not count.',
    3: 'To the nearest of its home, its rally points and the landing of its mission, in a straight line.',
    4: 'Along its mission: forwards to its landing or back to its home, whichever is fewer waypoints away. Rally points do not count.',
  }),
  {
    topic: 'HOME',
    when: 'It is armed',
    parameters: [],
    // https://docs.px4.io/main/en/flight_modes/return.html: home is set when the vehicle arms.
    say: () => 'Its home becomes the place where it stands.',
  },
];
