import { common, minimal, standard } from 'node-mavlink';
import { metadataMakers } from './component-metadata.ts';
import { steersItself } from './flight-modes.ts';
import type { Builders } from './streams.ts';
import { benchMakers, speaks } from './telemetry-bench.ts';
import { flightMakers, powerMakers } from './telemetry-flight.ts';
import { positionMakers } from './telemetry-position.ts';
import { sensorMakers } from './telemetry-sensors.ts';
import { bootMs, type Maker, type TelemetrySource } from './telemetry-source.ts';
import { message } from './wire.ts';

/** MISSION_FLOAT, PARAM_FLOAT, MISSION_INT, COMMAND_INT, FTP, FLIGHT_TERMINATION, MAVLINK2, MISSION_FENCE, MISSION_RALLY. */
const CAPABILITIES = 0xe82fn;

const heartbeat: Maker = [
  minimal.Heartbeat.MSG_ID,
  ({ autopilot }) => {
    const { CUSTOM_MODE_ENABLED, STABILIZE_ENABLED, MANUAL_INPUT_ENABLED, GUIDED_ENABLED, SAFETY_ARMED } =
      minimal.MavModeFlag;
    const { BOOT, STANDBY, ACTIVE, CRITICAL } = minimal.MavState;
    const booting = autopilot.bootShare < 0.3;
    return message(minimal.Heartbeat, {
      type: minimal.MavType.QUADROTOR,
      autopilot: autopilot.firmware.autopilot,
      baseMode:
        CUSTOM_MODE_ENABLED |
        STABILIZE_ENABLED |
        MANUAL_INPUT_ENABLED |
        (steersItself(autopilot.mode) ? GUIDED_ENABLED : 0) |
        (autopilot.armed ? SAFETY_ARMED : 0),
      customMode: autopilot.firmware.customMode(autopilot.mode),
      systemStatus: autopilot.failsafes.active
        ? CRITICAL
        : booting
          ? BOOT
          : autopilot.landed
            ? STANDBY
            : ACTIVE,
      mavlinkVersion: 3,
    });
  },
];

const identityMakers: readonly Maker[] = [
  [
    standard.AutopilotVersion.MSG_ID,
    ({ systemId, autopilot }) =>
      // The generated type of this 64-bit field is a number enum; its serializer takes a bigint.
      Object.assign(
        message(standard.AutopilotVersion, {
          uid: BigInt(0x5e5c0000 + systemId),
          flightSwVersion: autopilot.firmware.version,
          osSwVersion: 0,
          boardVersion: 0x008c0000,
          vendorId: 0x1209,
          productId: 0x5741,
          flightCustomVersion: [...Buffer.from('3fc7011a', 'latin1')],
          uid2: [...Buffer.from(`SIM-${systemId}`.padEnd(12, ' '), 'latin1')],
        }),
        { capabilities: CAPABILITIES },
      ),
  ],
  [
    common.SystemTime.MSG_ID,
    (source) =>
      message(common.SystemTime, {
        timeUnixUsec: BigInt(Math.round(source.utcMs() * 1000)),
        timeBootMs: bootMs(source),
      }),
  ],
];

const MAKERS: readonly Maker[] = [
  heartbeat,
  ...identityMakers,
  ...positionMakers,
  ...powerMakers,
  ...flightMakers,
  ...sensorMakers,
  ...benchMakers,
];

/** Every message the autopilot can stream or send on request, by message id. */
export function autopilotBuilders(source: TelemetrySource): Builders {
  const { firmware } = source.autopilot;
  const makers = firmware.name === 'PX4' ? [...MAKERS, ...metadataMakers] : MAKERS;
  return new Map(
    makers
      .filter(([messageId]) => speaks(firmware, messageId))
      .map(([messageId, make]) => [messageId, () => make(source)]),
  );
}
