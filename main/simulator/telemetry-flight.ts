import { ardupilotmega, common } from 'node-mavlink';
import { CELL_COUNT } from './battery.ts';
import { MODE } from './flight-modes.ts';
import { motorCurrentsA, motorPulsesUs, motorSpeedsRpm } from './motors.ts';
import { gaussian } from './random.ts';
import { DEGREES, type Maker, NOT_MEASURED } from './telemetry-source.ts';
import { message } from './wire.ts';

/** What a monitor's measurement of a cell and of the current scatters by. */
const CELL_NOISE_MV = 4;
const CURRENT_NOISE = 0.012;

/** Battery, power rails, memory and motors. */
export const powerMakers: readonly Maker[] = [
  [
    common.BatteryStatus.MSG_ID,
    ({ autopilot, random, traits }) => {
      const { battery, faults } = autopilot;
      const weakV = faults.value('low-cell');
      const cells = Array.from({ length: CELL_COUNT }, (_, index) =>
        Math.round(battery.cellV(index, weakV) * 1000 + CELL_NOISE_MV * gaussian(random)),
      );
      const currentA = battery.currentA * (traits.currentGain + CURRENT_NOISE * gaussian(random));
      const { CHARGING, CRITICAL, LOW, OK } = common.MavBatteryChargeState;
      return message(common.BatteryStatus, {
        id: 0,
        type: common.MavBatteryType.LIPO,
        currentConsumed: Math.round(battery.consumedMah),
        energyConsumed: -1,
        temperature: Math.round(battery.temperatureC * 100),
        voltages: [...cells, ...Array<number>(10 - CELL_COUNT).fill(NOT_MEASURED)],
        currentBattery: Math.round(currentA * 100),
        batteryRemaining: Math.round(battery.percent),
        timeRemaining: battery.timeRemainingS,
        chargeState: battery.charging
          ? CHARGING
          : battery.percent <= 10
            ? CRITICAL
            : battery.percent <= 20 || weakV > 0
              ? LOW
              : OK,
      });
    },
  ],
  [
    common.PowerStatus.MSG_ID,
    () =>
      message(common.PowerStatus, { Vcc: 5_080, Vservo: 5_010, flags: common.MavPowerStatus.BRICK_VALID }),
  ],
  [
    ardupilotmega.MemInfo.MSG_ID,
    () => message(ardupilotmega.MemInfo, { freemem: 0xffff, freemem32: 131_072 }),
  ],
  [
    ardupilotmega.EscTelemetry1To4.MSG_ID,
    (source) => {
      const { autopilot } = source;
      const { battery } = autopilot;
      const speeds = motorSpeedsRpm(source);
      return message(ardupilotmega.EscTelemetry1To4, {
        temperature: speeds.map((speed) => 24 + Math.round(speed / 160)),
        voltage: speeds.map(() => Math.round(battery.voltageV * 100)),
        current: motorCurrentsA(source, speeds).map((currentA) => Math.round(currentA * 100)),
        totalcurrent: speeds.map(() => Math.min(0xffff, Math.round(battery.consumedMah / 4))),
        rpm: speeds,
        count: speeds.map(() => Math.floor(autopilot.bootMs / 100) & 0xffff),
      });
    },
  ],
];

/** What the flight controller is doing. */
export const flightMakers: readonly Maker[] = [
  [
    common.ExtendedSysState.MSG_ID,
    ({ autopilot }) => {
      const { ON_GROUND, IN_AIR, TAKEOFF, LANDING } = common.MavLandedState;
      const airborne = { TAKEOFF, LANDING, NONE: IN_AIR }[autopilot.verticalIntent];
      return message(common.ExtendedSysState, {
        vtolState: 0,
        landedState: autopilot.landed ? ON_GROUND : airborne,
      });
    },
  ],
  [
    common.MissionCurrent.MSG_ID,
    ({ autopilot }) => {
      const { missionFlight, plans, mode } = autopilot;
      const { NO_MISSION, NOT_STARTED, ACTIVE, PAUSED, COMPLETE } = common.MissionState;
      const { total, missionId, fenceId, rallyPointsId } = plans.summary;
      return message(common.MissionCurrent, {
        seq: plans.toldSequence(missionFlight.current),
        total,
        missionState:
          total === 0 ? NO_MISSION : { NOT_STARTED, ACTIVE, PAUSED, COMPLETE }[missionFlight.state],
        missionMode: mode === MODE.AUTO ? 1 : 2,
        missionId,
        fenceId,
        rallyPointsId,
      });
    },
  ],
  [
    common.NavControllerOutput.MSG_ID,
    ({ autopilot }) => {
      const { airframe } = autopilot;
      const target = (autopilot.mode === MODE.AUTO ? autopilot.missionFlight.target : null) ?? airframe;
      const northM = target.northM - airframe.northM;
      const eastM = target.eastM - airframe.eastM;
      const bearingDeg = Math.round(Math.atan2(eastM, northM) * DEGREES);
      return message(common.NavControllerOutput, {
        navRoll: airframe.demandedRollRad * DEGREES,
        navPitch: airframe.demandedPitchRad * DEGREES,
        navBearing: bearingDeg,
        targetBearing: bearingDeg,
        wpDist: Math.min(NOT_MEASURED, Math.round(Math.hypot(northM, eastM))),
        altError: target.upM - airframe.upM,
      });
    },
  ],
  [
    common.FenceStatus.MSG_ID,
    ({ autopilot: { failsafes } }) =>
      message(common.FenceStatus, {
        breachStatus: failsafes.fenceBreached ? 1 : 0,
        breachCount: failsafes.fenceBreaches,
        breachType: failsafes.fenceBreached ? common.FenceBreach.BOUNDARY : common.FenceBreach.NONE,
        breachTime: Math.round(failsafes.fenceBreachedAtMs),
      }),
  ],
  [
    common.ServoOutputRaw.MSG_ID,
    (source) => {
      const [servo1Raw, servo2Raw, servo3Raw, servo4Raw] = motorPulsesUs(source);
      return message(common.ServoOutputRaw, {
        timeUsec: Math.round(source.autopilot.bootMs * 1000) >>> 0,
        ...{ servo1Raw, servo2Raw, servo3Raw, servo4Raw },
        servo9Raw: source.doorServoUs(),
      });
    },
  ],
];
