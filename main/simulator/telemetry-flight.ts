import { ardupilotmega, common } from 'node-mavlink';
import { CELL_COUNT } from './battery.ts';
import { MODE } from './flight-modes.ts';
import { DEGREES, type Maker, NOT_MEASURED } from './telemetry-source.ts';
import { message } from './wire.ts';

/** Battery, power rails, memory and motors. */
export const powerMakers: readonly Maker[] = [
  [
    common.BatteryStatus.MSG_ID,
    ({ autopilot }) => {
      const { battery, faults } = autopilot;
      const weakV = faults.value('low-cell');
      const cells = Array.from({ length: CELL_COUNT }, (_, index) =>
        Math.round(battery.cellV(index, weakV) * 1000),
      );
      const { CHARGING, CRITICAL, LOW, OK } = common.MavBatteryChargeState;
      return message(common.BatteryStatus, {
        id: 0,
        type: common.MavBatteryType.LIPO,
        currentConsumed: Math.round(battery.consumedMah),
        energyConsumed: -1,
        temperature: Math.round(battery.temperatureC * 100),
        voltages: [...cells, ...Array<number>(10 - CELL_COUNT).fill(NOT_MEASURED)],
        currentBattery: Math.round(battery.currentA * 100),
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
    ({ autopilot }) => {
      const { battery, armed, airframe, faults } = autopilot;
      const rpm = !armed ? 0 : airframe.onGround ? 1_100 : 4_300 + airframe.upMps * 150;
      const speeds = [0, 1, 2, 3].map((motor) => {
        if (motor === 2 && faults.has('motor-failure')) return 0;
        return Math.max(0, Math.round(rpm + (motor % 2 === 0 ? airframe.rollRad : -airframe.pitchRad) * 300));
      });
      return message(ardupilotmega.EscTelemetry1To4, {
        temperature: speeds.map((speed) => 24 + Math.round(speed / 160)),
        voltage: speeds.map(() => Math.round(battery.voltageV * 100)),
        current: speeds.map((speed) => (speed === 0 ? 0 : Math.max(0, Math.round(battery.currentA * 25)))),
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
      const total = plans.mission.length;
      return message(common.MissionCurrent, {
        seq: missionFlight.current,
        total,
        missionState:
          total === 0 ? NO_MISSION : { NOT_STARTED, ACTIVE, PAUSED, COMPLETE }[missionFlight.state],
        missionMode: mode === MODE.AUTO ? 1 : 2,
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
        navRoll: airframe.rollRad * DEGREES,
        navPitch: airframe.pitchRad * DEGREES,
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
      const { armed, airframe } = source.autopilot;
      const base = !armed ? 1_000 : airframe.onGround ? 1_150 : 1_540 + airframe.upMps * 20;
      const pulse = (share: number): number => Math.round(Math.min(1_950, base + (armed ? share * 60 : 0)));
      return message(common.ServoOutputRaw, {
        timeUsec: Math.round(source.autopilot.bootMs * 1000) >>> 0,
        servo1Raw: pulse(-airframe.rollRad - airframe.pitchRad),
        servo2Raw: pulse(airframe.rollRad + airframe.pitchRad),
        servo3Raw: pulse(airframe.rollRad - airframe.pitchRad),
        servo4Raw: pulse(airframe.pitchRad - airframe.rollRad),
      });
    },
  ],
];
