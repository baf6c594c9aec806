import { MAV_CMD, MAV_FRAME } from '../../main/station/mavlink/generated/enums.ts';
import { FtpClient } from '../../main/station/mavlink/protocol/ftp.ts';
import { mavlinkFileCrc32 } from '../../main/station/mavlink/protocol/ftp-payload.ts';
import { MissionTransfer } from '../../main/station/mavlink/protocol/mission-transfer.ts';
import type { TransferItem } from '../../main/station/mavlink/protocol/mission-upload.ts';
import { ParameterProtocol } from '../../main/station/mavlink/protocol/parameters.ts';
import type { Figure } from '../bench/figure.ts';
import { DRONE, simulatedDrone } from './simulated-drone.ts';

/** 57,600 baud, ten bits a byte, each way. */
const RADIO_BYTES_PER_S = 5_760;
const BAD = { loss: 0.2, duplicates: 0.02, delayMs: 20 };
const PLAN_ITEMS = 100;
const PARAMETERS = 1_200;
const WARM_UP_MS = 2_000;

/** How long the protocols take on the simulator behind a bad or slow radio, in simulated time: medians over seeds. */
export async function protocolFigures(seed: number, rounds: number): Promise<Figure[]> {
  const uploadS: number[] = [];
  const parametersS: number[] = [];
  const share: number[] = [];
  for (let round = 0; round < rounds; round++) {
    uploadS.push(await planUploadS(seed + round));
    parametersS.push(await parameterListS(seed + round));
    share.push(await logShare(seed + round));
  }
  const figure = (name: string, value: number, unit: string, target: string, ok: boolean): Figure => ({
    ...{ suite: 'mavlink', figure: name, value: Number(value.toFixed(1)), unit, target, ok },
  });
  const upload = median(uploadS);
  const parameters = median(parametersS);
  const log = median(share);
  return [
    figure(
      `upload of ${PLAN_ITEMS} items at 20 % loss, at most 40 ms there and back`,
      upload,
      's',
      '<= 10',
      upload <= 10,
    ),
    figure(`${PARAMETERS} parameters at 20 % loss, 57,600 baud`, parameters, 's', '<= 30', parameters <= 30),
    figure('log download, share of the payload rate of 57,600 baud', log, '%', '>= 80', log >= 80),
  ];
}

async function planUploadS(seed: number): Promise<number> {
  const drone = simulatedDrone({ seed, ...BAD });
  const transfers = new MissionTransfer(drone.port);
  drone.connect(transfers);
  await drone.clock.run(WARM_UP_MS, 20);
  const items = Array.from(
    { length: PLAN_ITEMS },
    (_, index): TransferItem => ({
      ...{ frame: MAV_FRAME.GLOBAL_RELATIVE_ALT_INT, command: MAV_CMD.NAV_WAYPOINT, autocontinue: 1 },
      ...{ param1: 0, param2: 0, param3: 0, param4: 0, x: 423_600_000 + 100 * index, y: -710_600_000, z: 40 },
    }),
  );
  return timedS(drone, async () => {
    const outcome = await transfers.upload({ ...DRONE, missionType: 0, items });
    // The last answer was lost: reading back is part of it.
    const whole = outcome.state === 'SENT' ? await transfers.download({ ...DRONE, missionType: 0 }) : outcome;
    if (whole.state !== 'DONE') throw new Error(`The upload ended ${whole.state} (seed ${seed}).`);
  });
}

async function parameterListS(seed: number): Promise<number> {
  const drone = simulatedDrone(
    { seed, ...BAD },
    { parameterCount: PARAMETERS, radioBytesPerS: RADIO_BYTES_PER_S },
  );
  const parameters = new ParameterProtocol(drone.port, DRONE);
  drone.connect(parameters);
  await drone.clock.run(WARM_UP_MS, 20);
  return timedS(drone, async () => {
    const outcome = await parameters.list({ encoding: 'C_CAST', offersHash: false });
    if (outcome.state !== 'DONE') throw new Error(`${outcome.sentence} (seed ${seed}).`);
    if (outcome.parameters.length !== PARAMETERS) throw new Error('The list is not whole.');
  });
}

/** Bytes of the log a second, against what the radio carries in all. */
async function logShare(seed: number): Promise<number> {
  const drone = simulatedDrone(
    { seed, loss: 0, duplicates: 0, delayMs: 50 },
    { radioBytesPerS: RADIO_BYTES_PER_S, logSeconds: [200] },
  );
  const files = new FtpClient(drone.port, DRONE);
  drone.connect(files);
  await drone.clock.run(WARM_UP_MS, 20);
  let bytes = Buffer.alloc(0);
  const pieces = new Map<number, Uint8Array>();
  const sink = {
    write: (offset: number, piece: Uint8Array) => void pieces.set(offset, piece),
    async checksum(size: number) {
      bytes = Buffer.alloc(size);
      for (const [offset, piece] of pieces) bytes.set(piece, offset);
      return mavlinkFileCrc32(bytes);
    },
  };
  const seconds = await timedS(drone, async () => {
    const outcome = await files.download('/APM/LOGS/00000001.BIN', sink);
    if (outcome.state !== 'DONE' || outcome.integrity !== 'CHECKSUM')
      throw new Error('The log is not whole.');
  });
  return (100 * bytes.length) / seconds / RADIO_BYTES_PER_S;
}

async function timedS(drone: ReturnType<typeof simulatedDrone>, work: () => Promise<void>): Promise<number> {
  const startMs = drone.clock.monotonicMs();
  await drone.finish(work());
  return (drone.clock.monotonicMs() - startMs) / 1_000;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
