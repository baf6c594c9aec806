import { ardupilotmega, common } from 'node-mavlink';
import { type DialectMessage, readMessages } from './dialect.ts';
import type { Firmware } from './firmware.ts';
import { motorCurrentsA, motorSpeedsRpm } from './motors.ts';
import { gaussian } from './random.ts';
import { bootMs, bootUs, type Maker, type TelemetrySource } from './telemetry-source.ts';
import { message } from './wire.ts';

/** Earth's field near Boston, mgauss: horizontal and down (World Magnetic Model). */
const HORIZONTAL_MGAUSS = 198;
const DOWN_MGAUSS = 474;
const COMPASS_NOISE_MGAUSS = 3;
/** How far a compass that has gone wrong is turned. */
const WRONG_COMPASS_RAD = 1.9;
const GRAVITY_MG = -1_000;

/** development.xml; node-mavlink does not know it. */
const ESC_STATUS = escStatus(`<message id="291" name="ESC_STATUS">
  <field type="uint8_t" name="index"></field><field type="uint64_t" name="time_usec"></field>
  <field type="int32_t[4]" name="rpm"></field><field type="float[4]" name="voltage"></field>
  <field type="float[4]" name="current"></field></message>`);

function escStatus(xml: string): DialectMessage {
  const [found] = readMessages(xml).values();
  if (found === undefined) throw new Error('ESC_STATUS is not described.');
  return found;
}

/** What one compass sees in the axes of the vehicle, mgauss, and the accelerometer beside it, mg. */
function imu(source: TelemetrySource, turnedRad: number) {
  const angle = source.autopilot.airframe.yawRad + turnedRad;
  const noisy = (value: number): number => Math.round(value + COMPASS_NOISE_MGAUSS * gaussian(source.random));
  return {
    xmag: noisy(HORIZONTAL_MGAUSS * Math.cos(angle)),
    ymag: noisy(-HORIZONTAL_MGAUSS * Math.sin(angle)),
    zmag: noisy(DOWN_MGAUSS),
    zacc: GRAVITY_MG,
  };
}

/** What is asked for on the bench: compasses, speed controllers, battery's memory, card. */
export const benchMakers: readonly Maker[] = [
  [common.RawImu.MSG_ID, (source) => message(common.RawImu, { timeUsec: bootUs(source), ...imu(source, 0) })],
  [
    common.ScaledImu.MSG_ID,
    (source) => message(common.ScaledImu, { timeBootMs: bootMs(source), ...imu(source, 0) }),
  ],
  [
    common.ScaledImu2.MSG_ID,
    (source) => {
      const turnedRad = source.autopilot.faults.has('compass-error') ? WRONG_COMPASS_RAD : 0.05;
      return message(common.ScaledImu2, { timeBootMs: bootMs(source), ...imu(source, turnedRad) });
    },
  ],
  [
    ESC_STATUS.MSG_ID,
    (source) => {
      const speeds = motorSpeedsRpm(source);
      return ESC_STATUS.create({
        index: 0,
        timeUsec: bootUs(source),
        rpm: speeds,
        voltage: speeds.map(() => source.autopilot.battery.voltageV),
        current: motorCurrentsA(source, speeds),
      });
    },
  ],
  [
    common.EstimatorStatus.MSG_ID,
    (source) => {
      const { faults } = source.autopilot;
      const lost = faults.has('gps-loss');
      return message(common.EstimatorStatus, {
        timeUsec: bootUs(source),
        velRatio: lost ? 1.1 : 0.06,
        posHorizRatio: lost ? 1.3 : 0.05,
        posVertRatio: 0.04 + 0.66 * faults.value('vibration'),
        magRatio: faults.has('compass-error') ? 1.2 : 0.05,
      });
    },
  ],
  [
    common.SmartBatteryInfo.MSG_ID,
    ({ systemId }) =>
      message(common.SmartBatteryInfo, {
        id: 0,
        type: common.MavBatteryType.LIPO,
        capacityFullSpecification: 17_000,
        capacityFull: 16_500,
        cycleCount: 30 + ((systemId * 7) % 120),
        serialNumber: `SIM-${systemId}`,
        deviceName: 'Simulated 6S',
      }),
  ],
  [
    common.StorageInformation.MSG_ID,
    (source) =>
      message(common.StorageInformation, {
        timeBootMs: bootMs(source),
        storageId: 1,
        storageCount: 1,
        status: common.StorageStatus.READY,
        totalCapacity: 30_400,
        usedCapacity: 4_100,
        availableCapacity: 26_300,
      }),
  ],
];

const { RawImu, ScaledImu, EstimatorStatus } = common;
const { EkfStatusReport, EscTelemetry1To4 } = ardupilotmega;
const ONLY_ARDUPILOT = new Set<number>([RawImu.MSG_ID, EkfStatusReport.MSG_ID, EscTelemetry1To4.MSG_ID]);
const ONLY_PX4 = new Set<number>([ScaledImu.MSG_ID, ESC_STATUS.MSG_ID, EstimatorStatus.MSG_ID]);

/** Where the two autopilots say the same in different messages. */
export function speaks({ name }: Firmware, messageId: number): boolean {
  return !(name === 'PX4' ? ONLY_ARDUPILOT : ONLY_PX4).has(messageId);
}
