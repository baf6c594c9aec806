import { common } from 'node-mavlink';
import { gaussian } from './random.ts';
import { bootMs, bootUs, headingCdeg, type Maker, NOT_MEASURED } from './telemetry-source.ts';
import { message } from './wire.ts';

/** Where the vehicle is, and where its home is. */
export const positionMakers: readonly Maker[] = [
  [
    common.GlobalPositionInt.MSG_ID,
    (source) => {
      const { airframe, frame, groundAmslM, home, bootShare } = source.autopilot;
      const known = bootShare >= 0.8;
      return message(common.GlobalPositionInt, {
        timeBootMs: bootMs(source),
        lat: known ? frame.latitudeE7(airframe.northM) : 0,
        lon: known ? frame.longitudeE7(airframe.eastM) : 0,
        alt: Math.round((airframe.upM + groundAmslM) * 1000),
        relativeAlt: Math.round((airframe.upM - (home?.upM ?? 0)) * 1000),
        vx: Math.round(airframe.northMps * 100),
        vy: Math.round(airframe.eastMps * 100),
        vz: Math.round(-airframe.upMps * 100),
        hdg: headingCdeg(airframe.yawRad),
      });
    },
  ],
  [
    common.LocalPositionNed.MSG_ID,
    (source) => {
      const { airframe } = source.autopilot;
      return message(common.LocalPositionNed, {
        timeBootMs: bootMs(source),
        x: airframe.northM,
        y: airframe.eastM,
        z: -airframe.upM,
        vx: airframe.northMps,
        vy: airframe.eastMps,
        vz: -airframe.upMps,
      });
    },
  ],
  [
    common.GpsRawInt.MSG_ID,
    (source) => {
      const { airframe, frame, groundAmslM, faults, bootShare } = source.autopilot;
      const fixed = bootShare >= 0.4 && !faults.has('gps-loss');
      const noiseM = 0.4;
      return message(common.GpsRawInt, {
        timeUsec: bootUs(source),
        fixType: fixed ? common.GpsFixType.GPS_FIX_TYPE_3D_FIX : common.GpsFixType.NO_FIX,
        lat: fixed ? frame.latitudeE7(airframe.northM + noiseM * gaussian(source.random)) : 0,
        lon: fixed ? frame.longitudeE7(airframe.eastM + noiseM * gaussian(source.random)) : 0,
        alt: fixed ? Math.round((airframe.upM + groundAmslM) * 1000) : 0,
        eph: fixed ? 72 : 9_999,
        epv: fixed ? 110 : 9_999,
        vel: fixed ? Math.round(airframe.groundSpeedMps * 100) : NOT_MEASURED,
        cog: fixed ? headingCdeg(Math.atan2(airframe.eastMps, airframe.northMps)) : NOT_MEASURED,
        satellitesVisible: fixed ? 15 + (source.systemId % 4) : 0,
        hAcc: fixed ? 600 : 0,
        vAcc: fixed ? 900 : 0,
        velAcc: fixed ? 200 : 0,
      });
    },
  ],
  [
    common.HomePosition.MSG_ID,
    (source) => {
      const { home, frame, groundAmslM } = source.autopilot;
      return message(common.HomePosition, {
        latitude: home === null ? 0 : frame.latitudeE7(home.northM),
        longitude: home === null ? 0 : frame.longitudeE7(home.eastM),
        altitude: home === null ? 0 : Math.round((home.upM + groundAmslM) * 1000),
        q: [1, 0, 0, 0],
        timeUsec: bootUs(source),
      });
    },
  ],
  [
    common.GpsGlobalOrigin.MSG_ID,
    (source) => {
      const { frame, groundAmslM } = source.autopilot;
      return message(common.GpsGlobalOrigin, {
        latitude: frame.latitudeE7(0),
        longitude: frame.longitudeE7(0),
        altitude: Math.round(groundAmslM * 1000),
        timeUsec: bootUs(source),
      });
    },
  ],
];
