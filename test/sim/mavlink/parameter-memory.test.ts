import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ARDUCOPTER, type Firmware, PX4 } from '../../../main/simulator/firmware.ts';
import { FtpClient } from '../../../main/station/mavlink/protocol/ftp.ts';
import {
  LONGEST_PACK_BYTES,
  readParameterPack,
} from '../../../main/station/mavlink/protocol/parameter-pack.ts';
import type { VehicleMemory } from '../../../main/station/vehicle/tools/vehicle-memory.ts';
import { vehicleMemory } from '../../../main/station/vehicle-memory-files.ts';
import { DRONE, simulatedDrone } from '../../support/simulated-drone.ts';
import { simulatedVehicle } from '../../support/simulated-vehicle.ts';

const silent = { info: () => {}, warn: () => {}, error: () => {} };
const SEEDS = Number(process.env.SEEDS ?? 3);

let folder: string;
const underWay: Promise<unknown>[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'skyrescue-memory-'));
});
afterEach(async () => {
  await settled();
  rmSync(folder, { recursive: true, force: true });
});

test('ArduPilot’s file of all parameters comes whole over a channel that loses 20 %, repeats and reorders', async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const weather = { seed, loss: 0.2, duplicates: 0.1, delayMs: 60 };
    const drone = simulatedDrone(weather, { parameterCount: 1_200 });
    const files = new FtpClient(drone.port, DRONE);
    drone.connect(files);
    await drone.clock.run(3_000, 20);
    const sentBefore = drone.bytesSent();
    const read = await drone.finish(files.readToEnd('@PARAM/param.pck', { limitBytes: LONGEST_PACK_BYTES }));
    if (read.state !== 'DONE') throw new Error(`seed ${seed}: ${read.sentence}`);
    const parameters = readParameterPack(read.bytes);
    expect(parameters, `seed ${seed}`).toHaveLength(1_200);
    expect(parameters?.find(({ name }) => name === 'FS_EKF_THRESH')).toEqual({
      name: 'FS_EKF_THRESH',
      type: 9,
      value: 0.8,
    });
    expect(parameters?.find(({ name }) => name === 'BATT_CAPACITY')?.value).toBe(17_000);
    // The list would take 37 bytes a parameter and direction.
    expect(drone.bytesSent() - sentBefore).toBeLessThan(1_200 * 37);
  }
});

test('what is no such file, or not all of it, is not taken for one', () => {
  expect(readParameterPack(new Uint8Array(0))).toBeNull();
  expect(readParameterPack(Uint8Array.of(0x1b, 0x67, 2, 0, 2, 0, 1, 0x00, 0x41, 7))).toBeNull();
  expect(readParameterPack(Uint8Array.of(0x1b, 0x67, 1, 0, 1, 0, 1, 0xf0, 0x41))).toBeNull();
  expect(readParameterPack(Uint8Array.of(0x1b, 0x67, 1, 0, 1, 0, 9, 0x00, 0x41, 7))).toBeNull();
  expect(readParameterPack(Uint8Array.of(0x1b, 0x67, 1, 0, 1, 0, 0, 0, 1, 0x00, 0x41, 7))).toEqual([
    { name: 'A', type: 2, value: 7 },
  ]);
});

describe.each([
  ['ArduPilot', ARDUCOPTER],
  ['PX4', PX4],
] as const)('the parameters of an %s', (_name, firmware: Firmware) => {
  const heard = (more: Firmware = firmware) =>
    simulatedVehicle({ firmware: more, parameterCount: 60 }, { memory: onDisk() });

  async function read(bench: Awaited<ReturnType<typeof heard>>) {
    const outcome = await bench.finish(bench.tools().readParameters({}));
    if (outcome.state !== 'DONE') throw new Error(outcome.sentence);
    await settled();
    return outcome.parameters;
  }

  test('are there at once after a restart, as of then, and are asked for cheaply', async () => {
    const before = await read(await heard());
    const bench = await heard();
    await settled();
    expect(bench.tools().held).toMatchObject({ verified: false });
    expect(bench.tools().held?.parameters).toHaveLength(before.length);
    bench.received.length = 0;
    bench.tools().look();
    await bench.until(() => bench.tools().held?.verified === true, 20, 'Verification');
    // PARAM_REQUEST_LIST: not asked.
    expect(bench.received).not.toContain(21);
    expect(bench.tools().parametersNote).toBeNull();
  });

  test('that somebody changed meanwhile are read anew', async () => {
    await read(await heard());
    const name = firmware === PX4 ? 'RTL_RETURN_ALT' : 'RTL_ALT';
    const changed = await heard();
    await changed.finish(changed.tools().setParameter(name, 42));
    await settled();
    const bench = await heard();
    await settled();
    bench.tools().look();
    await bench.until(() => bench.tools().held?.verified === true, 60, 'Verification');
    // The drone of this start has its own again.
    expect(bench.tools().held?.parameters.find((one) => one.name === name)?.value).not.toBe(42);
  });

  test('count as read earlier once the drone restarted, until it was asked again', async () => {
    const bench = await heard();
    await read(bench);
    expect(bench.tools().held).toMatchObject({ verified: true });
    await bench.run(10);
    bench.fleet.setFault({ droneId: '*', fault: 'reboot', on: true, value: 1 });
    await bench.until(() => bench.tools().held?.verified === false, 60, 'The doubt');
    await bench.until(
      () => {
        bench.tools().look();
        return bench.tools().held?.verified === true;
      },
      90,
      'Verification',
    );
  });

  test('of another firmware are thrown away, told, and read anew', async () => {
    await read(await heard());
    const bench = await heard({ ...firmware, version: firmware.version + 0x1_0000 });
    await settled();
    expect(bench.tools().held).toBeNull();
    expect(bench.tools().parametersNote).toContain('another firmware');
    bench.tools().look();
    await bench.until(() => bench.tools().held?.verified === true, 60, 'Reading');
    expect(bench.tools().parametersNote).toBeNull();
  });

  test('whose count the vehicle tells otherwise are thrown away', async () => {
    await read(await heard());
    const bench = await simulatedVehicle({ firmware, parameterCount: 61 }, { memory: onDisk() });
    await settled();
    await bench.finish(bench.tools().setParameter(firmware === PX4 ? 'GF_ACTION' : 'FENCE_ACTION', 2));
    expect(bench.tools().held).toBeNull();
    expect(bench.tools().parametersNote).toContain('more or fewer parameters');
  });

  test('in a damaged file are told, and read anew', async () => {
    await read(await heard());
    const [file = ''] = readdirSync(join(folder, 'vehicles')).filter((name) => name.endsWith('.parameters'));
    const path = join(folder, 'vehicles', file);
    const whole = readFileSync(path, 'utf8');
    for (const damaged of ['', whole.slice(0, 100), whole.replace(/"readAtMs\\":\d/, '"readAtMs\\":9')]) {
      writeFileSync(path, damaged);
      const bench = await heard();
      await settled();
      expect(bench.tools().held).toBeNull();
      expect(bench.tools().parametersNote).toContain('damaged');
      bench.tools().look();
      await bench.until(() => bench.tools().held?.verified === true, 60, 'Reading');
      await settled();
    }
  });
});

/** The files are real, the clock is not: what is under way with them is waited for. */
function onDisk(): VehicleMemory {
  const memory = vehicleMemory(folder, silent);
  const watched = <Result>(work: Promise<Result>): Promise<Result> => {
    underWay.push(work);
    return work;
  };
  return {
    loadParameters: (identity) => watched(memory.loadParameters(identity)),
    saveParameters: (identity, kept) => watched(memory.saveParameters(identity, kept)),
    forgetParameters: (identity) => watched(memory.forgetParameters(identity)),
    loadDescription: (crc) => watched(memory.loadDescription(crc)),
    saveDescription: (crc, bytes) => watched(memory.saveDescription(crc, bytes)),
  };
}

async function settled(): Promise<void> {
  while (underWay.length > 0) await Promise.all(underWay.splice(0));
}
