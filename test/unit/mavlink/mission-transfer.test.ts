import { beforeEach, describe, expect, test } from 'vitest';
import { MAV_MISSION_RESULT } from '../../../main/station/mavlink/generated/enums.ts';
import {
  MISSION_ACK,
  MISSION_COUNT,
  MISSION_REQUEST_INT,
} from '../../../main/station/mavlink/generated/messages.ts';
import { MissionTransfer } from '../../../main/station/mavlink/protocol/mission-transfer.ts';
import type { TransferItem } from '../../../main/station/mavlink/protocol/mission-upload.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { CALM, type End, wire } from '../../support/mavlink-wire.ts';
import { PlanHolder } from '../../support/plan-holder.ts';

const TARGET = { systemId: 4, componentId: 1, missionType: 0 };
const TO_US = { targetSystem: 255, targetComponent: 190, missionType: 0 };

function items(count: number): TransferItem[] {
  return Array.from({ length: count }, (_, index) => ({
    frame: 6,
    command: 16,
    autocontinue: 1,
    param1: 0,
    param2: 0,
    param3: 0,
    param4: 0,
    x: 1000 + index,
    y: 2000,
    z: 30,
  }));
}

let clock: FakeClock;
let station: End;
let vehicle: End;
let transfer: MissionTransfer;

beforeEach(() => {
  clock = new FakeClock();
  ({ station, vehicle } = wire(clock, CALM, [255, 190], [4, 1]));
  transfer = new MissionTransfer(station);
  station.onFrame = (frame) => transfer.receive(frame);
});

describe('upload', () => {
  test.each([0, 1, 2])('of mission type %i, with progress, then download and clear', async (missionType) => {
    const holder = new PlanHolder(vehicle, [], missionType);
    const progress: number[] = [];
    let firstPackets = 0;
    const request = {
      ...TARGET,
      missionType,
      items: items(4),
      onProgress: (percent: number) => progress.push(percent),
      onFirstPacket: () => firstPackets++,
    };
    const upload = transfer.upload(request);
    expect(firstPackets).toBe(1);
    await clock.run(100);
    expect(await upload).toEqual({ state: 'DONE' });
    expect(holder.plan).toEqual(items(4));
    expect(progress).toEqual([25, 50, 75, 100]);
    expect(firstPackets).toBe(1);
    const download = transfer.download({ ...TARGET, missionType });
    await clock.run(100);
    expect(await download).toEqual({ state: 'DONE', items: items(4) });
    const clear = transfer.clear({ ...TARGET, missionType });
    await clock.run(100);
    expect(await clear).toEqual({ state: 'DONE' });
    expect(holder.plan).toEqual([]);
  });

  test('answers the old MISSION_REQUEST too', async () => {
    const holder = new PlanHolder(vehicle, []);
    holder.old = true;
    const upload = transfer.upload({ ...TARGET, items: items(3) });
    await clock.run(100);
    expect(await upload).toEqual({ state: 'DONE' });
    expect(holder.plan).toHaveLength(3);
  });

  test.each(
    Object.entries(MAV_MISSION_RESULT).filter(
      ([name]) => !['ACCEPTED', 'ERROR', 'INVALID_SEQUENCE'].includes(name),
    ),
  )('refused with %s says so in words, and the old plan stays', async (_name, result) => {
    const holder = new PlanHolder(vehicle, items(2));
    holder.verdict = result;
    const upload = transfer.upload({ ...TARGET, items: items(5) });
    await clock.run(100);
    expect(await upload).toMatchObject({
      state: 'REFUSED',
      result,
      resultText: expect.stringMatching(/^The .*\.$/),
    });
    expect(holder.plan).toEqual(items(2));
  });

  test('an ERROR before any item is believed when nothing else comes', async () => {
    vehicle.onFrame = () => vehicle.send(MISSION_ACK, { ...TO_US, type: 1, opaqueId: 0 });
    const upload = transfer.upload({ ...TARGET, items: items(5) });
    await clock.run(8000, 500);
    expect(await upload).toMatchObject({ state: 'REFUSED', result: MAV_MISSION_RESULT.ERROR });
  });

  test('an ACCEPTED that comes before the last item was asked for is of an earlier transfer', async () => {
    vehicle.onFrame = () => vehicle.send(MISSION_ACK, { ...TO_US, type: 0, opaqueId: 0 });
    const upload = transfer.upload({ ...TARGET, items: items(5) });
    await clock.run(8000, 500);
    expect(await upload).toEqual({ state: 'UNKNOWN' });
  });

  test('nobody answers: five tries, then unknown', async () => {
    let heard = 0;
    vehicle.onFrame = () => heard++;
    const upload = transfer.upload({ ...TARGET, items: items(5) });
    await clock.run(60_000, 500);
    expect(await upload).toEqual({ state: 'UNKNOWN' });
    expect(heard).toBe(5);
  });

  test('a vehicle that asks for ever is given up', async () => {
    vehicle.onFrame = () => {};
    clock.every(500, () => vehicle.send(MISSION_REQUEST_INT, { ...TO_US, seq: 0 }));
    const upload = transfer.upload({ ...TARGET, items: items(5) });
    await clock.run(76_000, 500);
    expect(await upload).toEqual({ state: 'UNKNOWN' });
  });

  test('requests for items that do not exist, of another type or for others are not answered', async () => {
    let heard = 0;
    vehicle.onFrame = () => heard++;
    const upload = transfer.upload({ ...TARGET, items: items(5) });
    await clock.run(100);
    vehicle.send(MISSION_REQUEST_INT, { ...TO_US, seq: 5 });
    vehicle.send(MISSION_REQUEST_INT, { ...TO_US, seq: 0, missionType: 1 });
    vehicle.send(MISSION_REQUEST_INT, { ...TO_US, seq: 0, targetSystem: 254 });
    await clock.run(100);
    expect(heard).toBe(1);
    transfer.close();
    expect(await upload).toEqual({ state: 'UNKNOWN' });
  });

  test('of more than 2000 items is refused before anything is sent', async () => {
    let heard = 0;
    vehicle.onFrame = () => heard++;
    expect(await transfer.upload({ ...TARGET, items: items(2001) })).toMatchObject({
      state: 'REFUSED',
      resultText: expect.stringContaining('2001'),
    });
    await clock.run(100);
    expect(heard).toBe(0);
  });

  test('of a position that is none, or to target 0 (F2), is not tried', async () => {
    const [item] = items(1);
    if (item === undefined) throw new Error('unreachable');
    await expect(transfer.upload({ ...TARGET, items: [{ ...item, x: Number.NaN }] })).rejects.toThrow(
      RangeError,
    );
    await expect(transfer.upload({ ...TARGET, systemId: 0, items: items(1) })).rejects.toThrow(RangeError);
    await expect(transfer.clear({ ...TARGET, componentId: 0 })).rejects.toThrow(RangeError);
  });
});

test('a second transfer with the same vehicle is refused while the first one runs', async () => {
  new PlanHolder(vehicle, []);
  const first = transfer.upload({ ...TARGET, items: items(2) });
  expect(await transfer.download(TARGET)).toMatchObject({
    state: 'REFUSED',
    resultText: expect.stringContaining('Wait'),
  });
  await clock.run(100);
  expect(await first).toEqual({ state: 'DONE' });
});

describe('download', () => {
  test('of an empty plan', async () => {
    new PlanHolder(vehicle, []);
    const download = transfer.download(TARGET);
    await clock.run(100);
    expect(await download).toEqual({ state: 'DONE', items: [] });
  });

  test('a vehicle that claims 65,535 items is refused in words', async () => {
    vehicle.onFrame = () => vehicle.send(MISSION_COUNT, { ...TO_US, count: 65_535, opaqueId: 0 });
    const download = transfer.download(TARGET);
    await clock.run(100);
    expect(await download).toMatchObject({ state: 'REFUSED', resultText: expect.stringContaining('65535') });
  });

  test('of a kind of plan the vehicle does not have is refused in words', async () => {
    const type = MAV_MISSION_RESULT.UNSUPPORTED;
    vehicle.onFrame = () => vehicle.send(MISSION_ACK, { ...TO_US, type, opaqueId: 0 });
    const download = transfer.download(TARGET);
    await clock.run(100);
    expect(await download).toMatchObject({ state: 'REFUSED', result: type });
  });

  test('items never come: unknown', async () => {
    vehicle.onFrame = () => vehicle.send(MISSION_COUNT, { ...TO_US, count: 3, opaqueId: 0 });
    const download = transfer.download(TARGET);
    await clock.run(20_000, 500);
    expect(await download).toEqual({ state: 'UNKNOWN' });
  });
});

test('clear without an answer is unknown after five tries', async () => {
  let heard = 0;
  vehicle.onFrame = () => heard++;
  const clear = transfer.clear(TARGET);
  await clock.run(8000, 500);
  expect(await clear).toEqual({ state: 'UNKNOWN' });
  expect(heard).toBe(5);
});

test('what the port throws rejects, and the vehicle is free again', async () => {
  const send = station.send;
  station.send = () => {
    throw new Error('no link');
  };
  await expect(transfer.upload({ ...TARGET, items: items(2) })).rejects.toThrow('no link');
  station.send = send;
  new PlanHolder(vehicle, []);
  const upload = transfer.upload({ ...TARGET, items: items(2) });
  await clock.run(100);
  expect(await upload).toEqual({ state: 'DONE' });
});
