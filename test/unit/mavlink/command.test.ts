import { beforeEach, describe, expect, test } from 'vitest';
import type { Frame } from '../../../main/station/mavlink/frame.ts';
import { MAV_RESULT } from '../../../main/station/mavlink/generated/enums.ts';
import {
  COMMAND_ACK,
  COMMAND_CANCEL,
  COMMAND_INT,
  COMMAND_LONG,
  type CommandAck,
} from '../../../main/station/mavlink/generated/messages.ts';
import { CommandProtocol, type CommandRequest } from '../../../main/station/mavlink/protocol/command.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { CALM, type End, wire } from '../../support/mavlink-wire.ts';

const ARM: CommandRequest = { systemId: 3, componentId: 1, command: 400, parameters: [1, 0, 0, 0, 0, 0, 0] };

let clock: FakeClock;
let station: End;
let vehicle: End;
let commands: CommandProtocol;
/** What the vehicle heard: id, command, confirmation or latitude. */
let heard: {
  id: number;
  command: number;
  confirmation?: number;
  x?: number;
  target: number;
  param1: number;
}[];

beforeEach(() => {
  clock = new FakeClock();
  ({ station, vehicle } = wire(clock, CALM, [255, 190], [3, 1]));
  commands = new CommandProtocol(station);
  station.onFrame = (frame) => commands.receive(frame);
  heard = [];
  vehicle.onFrame = (frame: Frame) => {
    const fields = frame.messageId === COMMAND_INT.id ? COMMAND_INT.read(frame) : COMMAND_LONG.read(frame);
    heard.push({ ...fields, id: frame.messageId, target: fields.targetSystem });
  };
});

function ack(result: number, fields: Partial<CommandAck> = {}, from: End = vehicle): void {
  from.send(COMMAND_ACK, {
    command: 400,
    result,
    progress: 0,
    resultParam2: 0,
    targetSystem: 255,
    targetComponent: 190,
    ...fields,
  });
}

async function isOpen(outcome: Promise<unknown>): Promise<boolean> {
  return (await Promise.race([outcome, Promise.resolve('open')])) === 'open';
}

test('an ack ACCEPTED ends it as accepted', async () => {
  let firstPackets = 0;
  const outcome = commands.run({ ...ARM, onFirstPacket: () => firstPackets++ });
  expect(firstPackets).toBe(1);
  await clock.run(100);
  ack(MAV_RESULT.ACCEPTED);
  await clock.run(100);
  expect(await outcome).toEqual({ state: 'ACCEPTED' });
  await clock.run(5000);
  expect(heard).toMatchObject([{ id: COMMAND_LONG.id, command: 400, confirmation: 0, target: 3, param1: 1 }]);
});

test('without an ack it is sent three times, a second apart, and is unknown', async () => {
  const outcome = commands.run(ARM);
  await clock.run(2900);
  expect(heard.map(({ confirmation }) => confirmation)).toEqual([0, 1, 2]);
  expect(await isOpen(outcome)).toBe(true);
  await clock.run(200);
  expect(await outcome).toEqual({ state: 'UNKNOWN' });
  await clock.run(60_000, 1000);
  expect(heard).toHaveLength(3);
});

const NO_REFUSALS = ['ACCEPTED', 'IN_PROGRESS', 'COMMAND_INT_ONLY'];

test.each(Object.entries(MAV_RESULT).filter(([name]) => !NO_REFUSALS.includes(name)))(
  'an ack %s is refused with words',
  async (_name, result) => {
    const outcome = commands.run(ARM);
    ack(result);
    await clock.run(100);
    expect(await outcome).toMatchObject({
      state: 'REFUSED',
      result,
      resultText: expect.stringMatching(/^(The|An)/),
    });
  },
);

test('a result that is not in the standard is refused with its number', async () => {
  const outcome = commands.run(ARM);
  ack(99);
  await clock.run(100);
  expect(await outcome).toMatchObject({ state: 'REFUSED', resultText: expect.stringContaining('99') });
});

test('a position goes out as COMMAND_INT in 1e-7 degrees', async () => {
  const asInt = { frame: 6, latitudeDeg: 37.1234567, longitudeDeg: -122.7654321, altitudeM: 30 };
  void commands.run({ ...ARM, command: 192, asInt });
  await clock.run(1100);
  expect(heard).toMatchObject([
    { id: COMMAND_INT.id, command: 192, frame: 6, x: 371_234_567, y: -1_227_654_321, z: 30 },
    { id: COMMAND_INT.id },
  ]);
});

describe('IN_PROGRESS', () => {
  test('waits up to 60 s for the end and reports how far it is', async () => {
    const progress: (number | null)[] = [];
    const outcome = commands.run({ ...ARM, onProgress: (percent) => progress.push(percent) });
    ack(MAV_RESULT.IN_PROGRESS, { progress: 255 });
    await clock.run(50_000, 1000);
    ack(MAV_RESULT.IN_PROGRESS, { progress: 40 });
    await clock.run(50_000, 1000);
    expect(await isOpen(outcome)).toBe(true);
    ack(MAV_RESULT.ACCEPTED);
    await clock.run(100);
    expect(await outcome).toEqual({ state: 'ACCEPTED' });
    expect(progress).toEqual([null, 40]);
    expect(heard).toHaveLength(1);
  });

  test('can be cancelled; the command’s own answer says what came of it', async () => {
    const cancelled: unknown[] = [];
    const before = vehicle.onFrame;
    vehicle.onFrame = (frame) => {
      if (frame.messageId === COMMAND_CANCEL.id) cancelled.push(COMMAND_CANCEL.read(frame));
      else before(frame);
    };
    const outcome = commands.run(ARM);
    expect(commands.cancel(ARM), 'the vehicle is not at work on it yet').toBe(false);
    ack(MAV_RESULT.IN_PROGRESS);
    await clock.run(100);
    expect(commands.cancel(ARM)).toBe(true);
    await clock.run(100);
    expect(cancelled).toEqual([{ targetSystem: 3, targetComponent: 1, command: 400 }]);
    ack(MAV_RESULT.CANCELLED);
    await clock.run(100);
    expect(await outcome).toMatchObject({
      state: 'REFUSED',
      resultText: 'The vehicle cancelled the command.',
    });
  });

  test('then silence is unknown', async () => {
    const outcome = commands.run(ARM);
    ack(MAV_RESULT.IN_PROGRESS);
    await clock.run(61_000, 1000);
    expect(await outcome).toEqual({ state: 'UNKNOWN' });
  });
});

describe('an ack that is not the answer is ignored', () => {
  test.each([
    ['for another command', { command: 401 }],
    ['for another station', { targetSystem: 254 }],
    ['for another component of ours', { targetComponent: 7 }],
  ])('%s', async (_case, fields) => {
    const outcome = commands.run(ARM);
    ack(MAV_RESULT.ACCEPTED, fields);
    await clock.run(100);
    expect(await isOpen(outcome)).toBe(true);
  });

  test.each([
    ['from another component', 3, 191],
    ['from another system', 4, 1],
  ])('%s', async (_case, systemId, componentId) => {
    const other = wire(clock, CALM, [255, 190], [systemId, componentId]);
    other.station.onFrame = (frame) => commands.receive(frame);
    const outcome = commands.run(ARM);
    ack(MAV_RESULT.ACCEPTED, {}, other.vehicle);
    await clock.run(100);
    expect(await isOpen(outcome)).toBe(true);
  });

  test('to a repetition of the command before: disarm is not accepted by the ack of arm', async () => {
    const arm = commands.run(ARM);
    await clock.run(1500);
    expect(heard).toHaveLength(2);
    ack(MAV_RESULT.ACCEPTED);
    await clock.run(50);
    expect(await arm).toEqual({ state: 'ACCEPTED' });
    const disarm = commands.run({ ...ARM, parameters: [0, 0, 0, 0, 0, 0, 0] });
    ack(MAV_RESULT.ACCEPTED);
    await clock.run(100);
    expect(await isOpen(disarm)).toBe(true);
    ack(MAV_RESULT.FAILED);
    await clock.run(100);
    expect(await disarm).toMatchObject({ state: 'REFUSED', result: MAV_RESULT.FAILED });
  });
});

test('an ack from an autopilot that does not fill in the target counts', async () => {
  const outcome = commands.run(ARM);
  ack(MAV_RESULT.ACCEPTED, { targetSystem: 0, targetComponent: 0 });
  await clock.run(100);
  expect(await outcome).toEqual({ state: 'ACCEPTED' });
});

describe('the same command to the same target', () => {
  test('is refused locally while the first one waits, and sends nothing', async () => {
    const first = commands.run(ARM);
    expect(await commands.run(ARM)).toMatchObject({
      state: 'REFUSED',
      resultText: expect.stringContaining('Wait'),
    });
    ack(MAV_RESULT.ACCEPTED);
    await clock.run(100);
    expect(await first).toEqual({ state: 'ACCEPTED' });
    expect(heard).toHaveLength(1);
  });

  test('takes its place when it must not wait', async () => {
    const first = commands.run(ARM);
    await clock.run(100);
    const second = commands.run({ ...ARM, parameters: [0, 0, 0, 0, 0, 0, 0], supersede: true });
    expect(await first).toEqual({ state: 'UNKNOWN' });
    await clock.run(50);
    expect(heard.map(({ param1 }) => param1)).toEqual([1, 0]);
    ack(MAV_RESULT.ACCEPTED);
    ack(MAV_RESULT.ACCEPTED);
    await clock.run(100);
    expect(await second).toEqual({ state: 'ACCEPTED' });
  });
});

describe('a vehicle that takes a command in one form only', () => {
  const place = { frame: 3, latitudeDeg: 42.3601, longitudeDeg: -71.0589, altitudeM: 60 };

  test('as COMMAND_INT gets it so, once it has refused it as COMMAND_LONG', async () => {
    const outcome = commands.run({ ...ARM, parameters: [1, 2, 3, 4, 1, Number.NaN, 7] });
    await clock.run(10);
    ack(MAV_RESULT.COMMAND_INT_ONLY);
    await clock.run(10);
    expect(heard.map(({ id, x }) => [id, x])).toEqual([
      [COMMAND_LONG.id, undefined],
      [COMMAND_INT.id, 1],
    ]);
    ack(MAV_RESULT.ACCEPTED);
    await clock.run(10);
    expect(await outcome).toEqual({ state: 'ACCEPTED' });
    await clock.run(10_000);
    expect(heard).toHaveLength(2);
  });

  test('as COMMAND_LONG gets a position so, where its altitude is known to mean the same', async () => {
    for (const refusal of [MAV_RESULT.COMMAND_LONG_ONLY, MAV_RESULT.UNSUPPORTED]) {
      heard.length = 0;
      const outcome = commands.run({ ...ARM, asInt: { ...place, sameAsLong: true } });
      await clock.run(10);
      ack(refusal);
      await clock.run(10);
      expect(heard.map(({ id }) => id)).toEqual([COMMAND_INT.id, COMMAND_LONG.id]);
      ack(MAV_RESULT.ACCEPTED);
      await clock.run(10);
      expect(await outcome).toEqual({ state: 'ACCEPTED' });
    }
  });

  test('F8: as COMMAND_LONG is not given a position whose altitude it may take for another', async () => {
    const outcome = commands.run({ ...ARM, asInt: place });
    await clock.run(10);
    ack(MAV_RESULT.COMMAND_LONG_ONLY);
    await clock.run(10);
    expect(await outcome).toMatchObject({ state: 'REFUSED', result: MAV_RESULT.COMMAND_LONG_ONLY });
    expect(heard).toHaveLength(1);
  });

  test('F1: late refusals of the first form are no answers to the second', async () => {
    const outcome = commands.run(ARM);
    await clock.run(1_100);
    ack(MAV_RESULT.COMMAND_INT_ONLY);
    await clock.run(10);
    ack(MAV_RESULT.COMMAND_INT_ONLY);
    await clock.run(10);
    expect(await isOpen(outcome)).toBe(true);
    ack(MAV_RESULT.ACCEPTED);
    await clock.run(10);
    expect(await outcome).toEqual({ state: 'ACCEPTED' });
    expect(heard.map(({ id }) => id)).toEqual([COMMAND_LONG.id, COMMAND_LONG.id, COMMAND_INT.id]);
  });

  test('and then in none is refused; one that does not answer gets no other form', async () => {
    const refused = commands.run(ARM);
    await clock.run(10);
    ack(MAV_RESULT.COMMAND_INT_ONLY);
    await clock.run(10);
    ack(MAV_RESULT.COMMAND_LONG_ONLY);
    await clock.run(10);
    expect(await refused).toMatchObject({ state: 'REFUSED', result: MAV_RESULT.COMMAND_LONG_ONLY });
    heard.length = 0;
    const silent = commands.run({ ...ARM, command: 401 });
    await clock.run(5_000);
    expect(await silent).toEqual({ state: 'UNKNOWN' });
    expect(heard.map(({ id }) => id)).toEqual([COMMAND_LONG.id, COMMAND_LONG.id, COMMAND_LONG.id]);
  });
});

test('F2: nothing is ever sent to target 0', async () => {
  await expect(commands.run({ ...ARM, systemId: 0 })).rejects.toThrow(RangeError);
  await expect(commands.run({ ...ARM, componentId: 0 })).rejects.toThrow(RangeError);
  await clock.run(100);
  expect(heard).toHaveLength(0);
});

test('a position that is none is not sent as 0', async () => {
  const asInt = { frame: 6, latitudeDeg: Number.NaN, longitudeDeg: 1, altitudeM: 1 };
  await expect(commands.run({ ...ARM, asInt })).rejects.toThrow(RangeError);
});

test('what the port throws rejects, at once or at a repetition, and leaves nothing behind', async () => {
  const send = station.send;
  const fail = () => {
    throw new Error('no link');
  };
  station.send = fail;
  await expect(commands.run(ARM)).rejects.toThrow('no link');
  station.send = send;
  const outcome = commands.run(ARM);
  outcome.catch(() => {});
  station.send = fail;
  await clock.run(1100);
  await expect(outcome).rejects.toThrow('no link');
  station.send = send;
  await clock.run(10_000, 500);
  expect(heard).toHaveLength(1);
});

test('F1: close ends what waits as unknown, and nothing is sent later', async () => {
  const outcome = commands.run(ARM);
  commands.close();
  expect(await outcome).toEqual({ state: 'UNKNOWN' });
  await clock.run(10_000, 500);
  expect(heard).toHaveLength(1);
});
