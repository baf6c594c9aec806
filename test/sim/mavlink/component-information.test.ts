import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { common } from 'mavlink-mappings';
import { expect, test } from 'vitest';
import { ARDUCOPTER, PX4 } from '../../../main/simulator/firmware.ts';
import { storedXz } from '../../../main/simulator/stored-xz.ts';
import { FrameWriter, message } from '../../../main/simulator/wire.ts';
import { FrameParser } from '../../../main/station/mavlink/frame-parser.ts';
import { COMPONENT_METADATA } from '../../../main/station/mavlink/generated/messages.ts';
import { CommandProtocol } from '../../../main/station/mavlink/protocol/command.ts';
import { mavlinkFileCrc32 } from '../../../main/station/mavlink/protocol/ftp-payload.ts';
import { ComponentBook, isOfComponents } from '../../../main/station/vehicle/tools/component-book.ts';
import { ComponentFiles } from '../../../main/station/vehicle/tools/component-files.ts';
import { ComponentInformation } from '../../../main/station/vehicle/tools/component-information.ts';
import {
  adviceAgainst,
  type ParameterDescription,
} from '../../../main/station/vehicle/tools/parameter-description.ts';
import { unpackXz } from '../../../main/station/vehicle/tools/unpack-xz.ts';
import { NO_MEMORY, type VehicleMemory } from '../../../main/station/vehicle/tools/vehicle-memory.ts';
import type { Weather } from '../../support/mavlink-wire.ts';
import { DRONE, simulatedDrone } from '../../support/simulated-drone.ts';

const CALM: Weather = { seed: 1, loss: 0, duplicates: 0, delayMs: 5 };

/** `general`: the drone gives the checksum of this one, which lies on the station's disk already. */
function informed(
  weather: Weather,
  memory: VehicleMemory,
  firmware = PX4,
  general: Uint8Array | null = null,
) {
  const drone = simulatedDrone(weather, { firmware });
  const components = new ComponentBook(DRONE.systemId, new CommandProtocol(drone.port));
  const files = new ComponentFiles({
    ...{ port: drone.port, systemId: DRONE.systemId, autopilotId: DRONE.componentId, components },
  });
  const commands = new CommandProtocol(drone.port);
  const information = new ComponentInformation({
    ...{ ...DRONE, commands, files, memory, clock: drone.clock },
  });
  drone.connect({
    receive(frame) {
      files.receive(frame);
      if (isOfComponents(frame.messageId)) components.receive(frame, drone.clock.monotonicMs());
      if (general !== null && frame.messageId === COMPONENT_METADATA.id) parser.push(claim(general));
      else information.receive(frame);
      information.receiveAck(frame);
    },
  });
  const parser = new FrameParser((frame) => information.receive(frame));
  const read = async () => {
    await drone.clock.run(2_000, 20);
    await drone.finish(information.read(new AbortController().signal));
    return information;
  };
  return { drone, read };
}

function claim(general: Uint8Array): Uint8Array {
  const told = { timeBootMs: 0, fileCrc: mavlinkFileCrc32(general), uri: 'mftp://etc/general.json' };
  return new FrameWriter(DRONE.systemId, DRONE.componentId).write(message(common.ComponentMetadata, told));
}

function kept() {
  const files = new Map<number, Uint8Array>();
  const memory: VehicleMemory = {
    ...NO_MEMORY,
    loadDescription: (crc) => Promise.resolve(files.get(crc) ?? null),
    saveDescription: (crc, bytes) => Promise.resolve(void files.set(crc, bytes)),
  };
  return { files, memory };
}

test('what the maker says of the parameters comes from the drone, packed, over a channel that loses 20 %', async () => {
  for (const seed of [1, 2, 3]) {
    const { read } = informed({ seed, loss: 0.2, duplicates: 0.1, delayMs: 60 }, NO_MEMORY);
    const information = await read();
    // At such a loss it may fail, in words; it is never wrong.
    if (information.state.state === 'NONE') expect(information.state.sentence).toMatch(/\.$/);
    else
      expect(information.describe('RTL_RETURN_ALT')).toMatchObject({
        ...{ unit: 'm', lowest: 0, highest: 150, usual: 60, needsReboot: false },
        summary: 'Return mode return altitude',
      });
  }
  const information = await informed(CALM, NO_MEMORY).read();
  expect(information.describe('MAV_SYS_ID')).toMatchObject({ needsReboot: true });
});

test('a description that is known by its checksum is not read again; a damaged one is', async () => {
  const { files, memory } = kept();
  const first = informed(CALM, memory);
  await first.read();
  expect([...files].map(([crc, bytes]) => mavlinkFileCrc32(bytes) === crc)).toEqual([true, true]);
  const second = informed(CALM, memory);
  await second.drone.clock.run(2_000, 20);
  const before = second.drone.bytesSent();
  expect((await second.read()).state.state).toBe('READ');
  expect(second.drone.bytesSent() - before).toBeLessThan(2_000);
  for (const [crc, bytes] of files) files.set(crc, bytes.subarray(1));
  expect((await informed(CALM, memory).read()).state.state).toBe('READ');
});

test('an ArduPilot describes nothing, and that is said', async () => {
  expect((await informed(CALM, NO_MEMORY, ARDUCOPTER).read()).state).toEqual({
    state: 'NONE',
    sentence: 'This drone does not describe its parameters.',
  });
});

test('what lies in the network is not fetched, what is damaged is not believed', async () => {
  const general = (uri: string, fileCrc?: number) =>
    new TextEncoder().encode(
      JSON.stringify({ version: 1, metadataTypes: [{ type: 1, uri, ...(fileCrc && { fileCrc }) }] }),
    );
  const places: [Uint8Array, RegExp][] = [
    [
      general('https://example.org/parameters.json'),
      /lies at https:\/\/example\.org\. The station fetches nothing/,
    ],
    [general('mftp://[;comp=100]etc/x.json'), /on component 100, which is not heard/],
    [general('mftp://[;comp=191]etc/none.json'), /no such file/],
    [general('mftp://etc/none.json'), /\.$/],
    [general('mftp://etc/extras/parameters.json.xz', 5), /its checksum is wrong/],
    [general('file:///etc/passwd'), /is not understood/],
    [new TextEncoder().encode('{"version":7}'), /is not understood/],
    [new TextEncoder().encode('not JSON'), /is not JSON/],
  ];
  for (const [bytes, words] of places) {
    const { memory, files } = kept();
    files.set(mavlinkFileCrc32(bytes), bytes);
    const { read } = informed(CALM, memory, PX4, bytes);
    const { state } = await read();
    expect(state).toMatchObject({ state: 'NONE', sentence: expect.stringMatching(words) });
  }
});

test('a description that lies on another component is read from there', async () => {
  const parameters = [{ name: 'PAN_LIMIT', type: 'Float', shortDesc: 'Limit of the pan axis', units: 'deg' }];
  const type = { type: 1, uri: 'mftp://[;comp=191]etc/parameters.json' };
  const general = Buffer.from(JSON.stringify({ version: 1, metadataTypes: [type] }));
  const { memory, files } = kept();
  files.set(mavlinkFileCrc32(general), general);
  const { drone, read } = informed(CALM, memory, PX4, general);
  const file = Buffer.from(JSON.stringify({ version: 1, parameters }));
  drone.fleet.vehicles[0]?.companion.files.put('etc/parameters.json', file);
  expect((await read()).describe('PAN_LIMIT')).toMatchObject({
    summary: 'Limit of the pan axis',
    unit: 'deg',
  });
});

test('a packed file is unpacked up to a limit, and a damaged one is refused', async () => {
  const content = Buffer.from('{"x":1}'.repeat(20_000));
  expect(Buffer.from(await unpackXz(storedXz(content), 1_000_000)).equals(content)).toBe(true);
  await expect(unpackXz(storedXz(content), 1_000)).rejects.toThrow(RangeError);
  for (const damaged of [
    storedXz(content).subarray(0, 5_000),
    Buffer.from('nothing of the kind'),
    Buffer.alloc(0),
    Buffer.from(storedXz(content)).fill(0, 100, 200),
  ])
    await expect(unpackXz(damaged, 1_000_000)).rejects.toThrow();
  if (!existsSync('/usr/bin/xz')) return;
  const packed = execFileSync('/usr/bin/xz', ['-9', '-c'], { input: content });
  expect(Buffer.from(await unpackXz(packed, 1_000_000)).equals(content)).toBe(true);
  const bomb = execFileSync('/usr/bin/xz', ['-9', '-c'], { input: Buffer.alloc(50_000_000) });
  expect(bomb.length).toBeLessThan(10_000);
  await expect(unpackXz(bomb, 1_000_000)).rejects.toThrow(RangeError);
});

test('advice is given in the maker’s words and units, and never where there is none', () => {
  const described = (more: Partial<ParameterDescription>): ParameterDescription => ({
    ...{ name: 'P', summary: '', details: '', unit: 'm', usual: null, lowest: null, highest: null },
    ...{ values: [], needsReboot: false },
    ...more,
  });
  expect(adviceAgainst(described({ lowest: 0, highest: 150 }), 151)).toBe(
    'P should be at most 150 m: its maker gives 0 to 150 m.',
  );
  expect(adviceAgainst(described({ lowest: 0.1 }), 0.05)).toContain('at least 0.1 m');
  expect(adviceAgainst(described({ lowest: 0.1 }), Math.fround(0.1))).toBeNull();
  const values = [0, 1, 2].map((value) => ({ value, words: '' }));
  expect(adviceAgainst(described({ values, unit: null }), 7)).toContain('none of the values');
  expect(adviceAgainst(described({ values }), 1)).toBeNull();
  expect(adviceAgainst(described({}), 1e9)).toBeNull();
});
