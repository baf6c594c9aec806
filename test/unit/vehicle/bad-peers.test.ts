import { common, minimal } from 'node-mavlink';
import { describe, expect, test } from 'vitest';
import { FrameWriter, message } from '../../../main/simulator/wire.ts';
import type { PlanItem } from '../../../main/station/ports/aircraft.ts';
import { CopterPeer } from '../../support/copter-peer.ts';
import { vehicleBench } from '../../support/vehicle-bench.ts';

const PLAN: PlanItem[] = [
  { kind: 'TAKEOFF', altitudeRelativeHomeM: 60 },
  { kind: 'LAND', position: { latitudeDeg: 42.3655, longitudeDeg: -71.0605 } },
];

/** Commands other than requests for telemetry. */
function flown(copter: CopterPeer): number[] {
  return copter.commands
    .map(({ command }) => command)
    .filter((command) => command !== 511 && command !== 512);
}

/** One that is armed and flies a mission from here. */
async function launched() {
  const bench = vehicleBench();
  const { clock, copter, aircraft, finish } = bench;
  await clock.run(12_000);
  expect(await finish(aircraft().uploadPlan(PLAN))).toEqual({ state: 'ACCEPTED' });
  expect(await finish(aircraft().arm({ setsHome: true }))).toEqual({ state: 'ACCEPTED' });
  expect(await finish(aircraft().startMission())).toEqual({ state: 'ACCEPTED' });
  await clock.run(1_000);
  copter.commands.length = 0;
  return bench;
}

describe('two vehicles with one system id', () => {
  /** Another one with this id, on an endpoint of its own. */
  async function withOther(bench: Awaited<ReturnType<typeof launched>>) {
    const { clock, links } = bench;
    const other: CopterPeer = new CopterPeer(7, clock, (bytes) => otherPath.deliver(bytes));
    other.customMode = 5;
    const otherPath = links.connect('udpin:127.0.0.1:14551', 7, (bytes) => other.receive(bytes));
    await clock.run(15_000);
    return { other, otherPath };
  }

  test.each([
    [
      'return home',
      20,
      (aircraft: ReturnType<ReturnType<typeof vehicleBench>['aircraft']>) => aircraft.returnHome(),
    ],
    ['land', 21, (aircraft: ReturnType<ReturnType<typeof vehicleBench>['aircraft']>) => aircraft.landHere()],
    ['hold', 176, (aircraft: ReturnType<ReturnType<typeof vehicleBench>['aircraft']>) => aircraft.hold()],
  ])(
    'F4, F2: on endpoints of their own, the one that was launched can be told to %s, the other hears nothing',
    async (_what, command, order) => {
      const bench = await launched();
      const { copter, vehicles, aircraft, finish, state } = bench;
      const { other, otherPath } = await withOther(bench);
      expect(vehicles.oddities()).toMatchObject([
        { kind: 'SHARED_ID', sentence: expect.stringContaining('can still be stopped') },
      ]);
      // What the other one says is not taken for what the launched one does.
      expect(state()).toMatchObject({ armed: true, modeText: 'Auto' });
      expect(await finish(order(aircraft()))).toEqual({ state: 'ACCEPTED' });
      expect(flown(copter)).toEqual([command]);
      expect(flown(other)).toEqual([]);
      // Even when the station would rather use the other way.
      bench.path.up = false;
      otherPath.up = true;
      await bench.clock.run(3_500);
      await expect(aircraft().returnHome()).rejects.toMatchObject({ code: 'CONFLICT' });
      expect(flown(other)).toEqual([]);
    },
  );

  test('F4: one that flew alone here since before the station was started can be stopped too', async () => {
    const bench = vehicleBench();
    bench.copter.armed = true;
    await bench.clock.run(45_000);
    bench.copter.commands.length = 0;
    const { other } = await withOther(bench);
    expect(await bench.finish(bench.aircraft().returnHome())).toEqual({ state: 'ACCEPTED' });
    expect(flown(bench.copter)).toEqual([20]);
    expect(flown(other)).toEqual([]);
  });

  test('F4: one that came over to another link meanwhile can be stopped over that one', async () => {
    const bench = await launched();
    const { clock, links, copter, path } = bench;
    const second = links.connect('serial:/dev/ttyUSB0', 7, (bytes) => copter.receive(bytes));
    const deliver = path.deliver;
    path.deliver = (bytes) => {
      deliver(bytes);
      second.deliver(bytes);
    };
    await clock.run(3_000);
    path.up = false;
    await clock.run(3_000);
    const { other } = await withOther(bench);
    expect(await bench.finish(bench.aircraft().returnHome())).toEqual({ state: 'ACCEPTED' });
    expect(flown(copter)).toEqual([20]);
    expect(flown(other)).toEqual([]);
  });

  test('F2: everything else stays refused, and says so', async () => {
    const bench = await launched();
    const { copter, aircraft } = bench;
    const { other } = await withOther(bench);
    for (const order of [
      aircraft().startMission(),
      aircraft().releaseAed(),
      aircraft().arm({ setsHome: false }),
      aircraft().uploadPlan(PLAN),
    ])
      await expect(order).rejects.toMatchObject({
        code: 'CONFLICT',
        message: expect.stringMatching(/Two vehicles use system id 7\. Nothing was sent/),
      });
    expect([...flown(copter), ...flown(other)]).toEqual([]);
  });

  test('F2: an abort whose way dies is not repeated over the way to the other', async () => {
    const bench = await launched();
    const { other } = await withOther(bench);
    bench.copter.mute.add(20);
    const going = bench.aircraft().returnHome();
    bench.path.up = false;
    expect(await bench.finish(going)).toMatchObject({ state: 'UNKNOWN' });
    expect(flown(bench.copter)).toEqual([20]);
    expect(flown(other)).toEqual([]);
  });

  test('F2: behind one endpoint nobody can tell them apart: a person is told what to do by hand', async () => {
    const bench = await launched();
    const { clock, copter, aircraft } = bench;
    clock.every(200, () =>
      copter.send(message(common.Attitude, { timeBootMs: Math.round(clock.monotonicMs()) + 60_000 })),
    );
    await clock.run(5_000);
    await expect(aircraft().returnHome()).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('remote control of the drone in the air'),
    });
    expect(flown(copter)).toEqual([]);
  });

  test('F2: which of them nobody launched from here is not known', async () => {
    const bench = vehicleBench();
    await bench.clock.run(12_000);
    bench.copter.commands.length = 0;
    const { other } = await withOther(bench);
    await expect(bench.aircraft().landHere()).rejects.toMatchObject({ code: 'CONFLICT' });
    expect([...flown(bench.copter), ...flown(other)]).toEqual([]);
  });
});

test('a vehicle that becomes one which the station cannot fly is told, and gets no start', async () => {
  const { clock, copter, vehicles, aircraft, finish } = vehicleBench();
  await clock.run(12_000);
  copter.commands.length = 0;
  copter.type = 1;
  await clock.run(1_500);
  expect(vehicles.oddities()).toMatchObject([
    { kind: 'TYPE_CHANGED', sentence: expect.stringContaining('another type') },
  ]);
  expect(await finish(aircraft().startMission())).toMatchObject({
    state: 'REFUSED',
    sentence: expect.stringContaining('does not know how to fly'),
  });
  expect(flown(copter)).toEqual([]);
});

test('a component that pretends to be the autopilot is told; it neither keeps a lost drone in contact nor flies', async () => {
  const { clock, copter, path, vehicles, aircraft } = vehicleBench();
  await clock.run(12_000);
  copter.stop();
  const impostor = new FrameWriter(7, 190);
  clock.every(1_000, () =>
    path.deliver(
      impostor.write(
        message(minimal.Heartbeat, { type: 2, autopilot: 3, baseMode: 129 as minimal.MavModeFlag }),
      ),
    ),
  );
  await clock.run(6_000);
  expect(vehicles.oddities()).toMatchObject([
    { kind: 'IMPOSTOR', sentence: expect.stringContaining('claims to be an autopilot') },
  ]);
  expect(vehicles.states()).toMatchObject([{ contact: 'LOST', armed: false }]);
  await expect(aircraft().arm({ setsHome: true })).rejects.toMatchObject({ code: 'DRONE_OUT_OF_CONTACT' });
});

test('an ack by the wrong component is no answer: the drone counts as not having said anything', async () => {
  const { clock, copter, aircraft, finish } = vehicleBench();
  await clock.run(12_000);
  copter.mute.add(20);
  const going = aircraft().returnHome();
  copter.sendAsCompanion(
    message(common.CommandAck, { command: 20, result: 0, targetSystem: 255, targetComponent: 190 }),
  );
  expect(await finish(going)).toMatchObject({
    state: 'UNKNOWN',
    sentence: expect.stringContaining('watch it'),
  });
});

test('a vehicle that claims 65,535 mission items is told, and is not started with a plan nobody saw', async () => {
  const { clock, copter, aircraft, finish } = vehicleBench();
  await clock.run(12_000);
  copter.commands.length = 0;
  copter.claimedItems = 65_535;
  expect(await finish(aircraft().uploadPlan(PLAN))).toMatchObject({
    state: 'REFUSED',
    sentence: expect.stringMatching(/65,?535/),
  });
  expect(flown(copter)).toEqual([]);
});
