import { type Behaviour, chosenBy } from './behaviour.ts';

/** PX4 1.16's parameter reference: NAV_DLL_ACT, NAV_RCL_ACT, COM_LOW_BAT_ACT, GF_ACTION, RTL_TYPE. */
const HOLD = 'Holds where it is.';
const RETURN = 'Returns.';
const LAND = 'Lands where it is.';
const TERMINATE = 'Stops its motors and falls.';
const DISARM = 'Disarms: in the air it falls.';

export const PX4_BEHAVIOURS: readonly Behaviour[] = [
  chosenBy('FAILSAFE', 'The link to the station is lost', ['NAV_DLL_ACT', 'COM_DL_LOSS_T'], {
    0: 'Nothing: it goes on with what it is doing.',
    1: HOLD,
    2: RETURN,
    3: LAND,
    5: TERMINATE,
    6: DISARM,
  }),
  chosenBy('FAILSAFE', 'The radio control is lost', ['NAV_RCL_ACT', 'COM_RC_LOSS_T'], {
    1: HOLD,
    2: RETURN,
    3: LAND,
    5: TERMINATE,
    6: DISARM,
  }),
  chosenBy('FAILSAFE', 'The battery is low', ['COM_LOW_BAT_ACT', 'BAT_LOW_THR', 'BAT_CRIT_THR'], {
    0: 'Only warns.',
    2: 'Lands where it is when the charge is critical.',
    3: 'Returns when the charge is critical, and lands where it is when it is almost empty.',
  }),
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
    parameters: ['RTL_RETURN_ALT', 'RTL_TYPE', 'RTL_LAND_DELAY'],
    say(value) {
      const heightM = value('RTL_RETURN_ALT');
      if (heightM === undefined) return null;
      const delayS = value('RTL_LAND_DELAY') ?? 0;
      const end = delayS < 0 ? 'and stays above it' : 'and lands';
      return `Climbs to at least ${heightM} m above its home, flies to where it returns to ${end}. It does not avoid no-fly zones.`;
    },
  },
  chosenBy('RALLY', 'It chooses where to return to', ['RTL_TYPE'], {
    0: 'To the nearest of its home and its rally points, in a straight line.',
    1: 'To a rally point or the landing of its mission, in a straight line; to its home when it has neither.',
    2: 'Along its mission to its landing; to its home when it has none.',
    3: 'To its home or the landing of its mission, whichever is nearer.',
    4: 'Along its mission, forwards or back, whichever is shorter.',
    5: 'To a rally point, in a straight line; to its home when it has none.',
  }),
  {
    topic: 'HOME',
    when: 'It is armed',
    parameters: [],
    say: () => 'Its home becomes the place where it stands.',
  },
];
