import { readFileSync } from 'node:fs';
import { common, minimal } from 'node-mavlink';
import { describe, expect, it } from 'vitest';
import { loadDialect } from '../../../main/simulator/dialect.ts';
import { FrameWriter, message } from '../../../main/simulator/wire.ts';
import { CopterPeer } from '../../support/copter-peer.ts';
import { vehicleBench } from '../../support/vehicle-bench.ts';

const dialect = loadDialect(readFileSync('resources/mavlink/skyrescue.xml', 'utf8'));

describe('vehicles', () => {
  it('makes a vehicle known by the heartbeat of its autopilot alone', async () => {
    const { clock, path, copter, vehicles } = vehicleBench();
    const gcs = new FrameWriter(9, 190);
    path.deliver(gcs.write(message(minimal.Heartbeat, { type: 6, autopilot: 8 })));
    copter.send(message(common.Attitude, {}));
    expect(vehicles.all()).toEqual([]);
    await clock.run(1_000);
    expect(vehicles.all().map(({ systemId }) => systemId)).toEqual([7]);
  });

  it('asks for telemetry one message at a time, and gets it', async () => {
    const { clock, copter, state } = vehicleBench();
    await clock.run(3_000);
    expect(copter.streams).toEqual([
      33, 30, 1, 245, 147, 24, 74, 42, 242, 2, 193, 241, 162, 36, 11_030, 62, 168,
    ]);
    expect(
      copter.commands.every((command) => command.targetSystem === 7 && command.targetComponent === 1),
    ).toBe(true);
    expect(copter.commands.find(({ parameters }) => parameters[0] === 33)?.parameters[1]).toBe(200_000);
    await clock.run(2_000);
    expect(state()).toMatchObject({
      autopilot: 'ARDUPILOT',
      firmware: 'ArduCopter 4.6.3',
      contact: 'LIVE',
      position: { latitudeDeg: 42.3601, altitudeAmslM: 52, altitudeRelativeHomeM: 40 },
      attitude: { headingDeg: expect.closeTo(270, 3) },
      landedState: 'ON_GROUND',
      home: { altitudeAmslM: 12 },
      wind: { speedMps: 4, fromDeg: 270 },
    });
  });

  it('keeps asking a vehicle that answers nothing while it boots', async () => {
    const { clock, copter, state } = vehicleBench();
    copter.answersAfterMs = 20_000;
    await clock.run(45_000);
    expect(copter.streams).toContain(33);
    expect(state().position).not.toBeNull();
  });

  it('asks again after a reboot, and forgets what held before it', async () => {
    const { clock, copter, state } = vehicleBench();
    await clock.run(8_000);
    expect(state().home).not.toBeNull();
    copter.reboot();
    await clock.run(15_000);
    expect(copter.streams).toContain(33);
    expect(state().home).not.toBeNull();
  });

  it('falls back to data streams when message intervals are refused', async () => {
    const { clock, copter, state } = vehicleBench();
    copter.results.set(511, 3);
    await clock.run(5_000);
    expect(copter.received).toContain(common.RequestDataStream.MSG_ID);
    expect(state().attitude).not.toBeNull();
  });

  it('tells stale after 3 s and lost after 5 s without heartbeat, and when it is back', async () => {
    const { clock, path, vehicles, state } = vehicleBench();
    await clock.run(1_050);
    const told: string[] = [];
    vehicles.onContactChange((systemId, contact) => told.push(`${systemId} ${contact}`));
    path.up = false;
    await clock.run(2_800);
    expect(told).toEqual([]);
    await clock.run(300);
    expect(told).toEqual(['7 STALE']);
    expect(state().contact).toBe('STALE');
    await clock.run(2_000);
    expect(told).toEqual(['7 STALE', '7 LOST']);
    path.up = true;
    await clock.run(1_000);
    expect(told).toEqual(['7 STALE', '7 LOST', '7 LIVE']);
  });

  it('sends its own heartbeat once a second as a ground station', async () => {
    const { clock, copter } = vehicleBench();
    await clock.run(5_050);
    expect(copter.received.filter((id) => id === 0)).toHaveLength(5);
  });

  it('keeps texts newest first, collapses repeats and lets them age out', async () => {
    const { clock, copter, vehicles, state } = vehicleBench();
    await clock.run(1_000);
    const notices: string[] = [];
    vehicles.onNotice((notice) => notices.push(`${notice.kind} ${notice.text}`));
    copter.say(2, 'PreArm: Accels inconsistent');
    copter.say(6, 'EKF3 IMU0 is using GPS');
    await clock.run(30_000);
    copter.say(2, 'PreArm: Accels inconsistent');
    expect(state().statusTexts.map(({ text, count }) => `${count} ${text}`)).toEqual([
      '2 PreArm: Accels inconsistent',
      '1 EKF3 IMU0 is using GPS',
    ]);
    expect(notices).toHaveLength(3);
    await clock.run(275_000, 1_000);
    expect(state().statusTexts).toHaveLength(1);
  });

  it('tells two vehicles of one id by their boot times, over two paths and over one', async () => {
    for (const samePath of [true, false]) {
      const { clock, links, path, vehicles, aircraft } = vehicleBench();
      await clock.run(10_000);
      const other = new CopterPeer(7, clock, (bytes) => otherPath.deliver(bytes));
      const otherPath = samePath
        ? path
        : links.connect('udpin:127.0.0.1:14551', 7, (bytes) => other.receive(bytes));
      if (samePath)
        clock.every(200, () =>
          other.send(message(common.Attitude, { timeBootMs: clock.monotonicMs() - 10_000 })),
        );
      await clock.run(12_000);
      expect(vehicles.oddities()).toEqual([
        expect.objectContaining({
          systemId: 7,
          kind: 'SHARED_ID',
          sentence: expect.stringMatching(/Two vehicles/),
        }),
      ]);
      await expect(aircraft().returnHome()).rejects.toMatchObject({ code: 'CONFLICT' });
      expect(other.commands.filter(({ command }) => command !== 511 && command !== 512)).toEqual([]);
    }
  });

  it('takes one vehicle heard over two paths for one vehicle, and says everything once', async () => {
    const { clock, links, path, copter, vehicles } = vehicleBench();
    const second = links.connect('udpin:127.0.0.1:14551', 7, (bytes) => copter.receive(bytes));
    const deliver = path.deliver;
    path.deliver = (bytes) => {
      deliver(bytes);
      second.deliver(bytes);
    };
    await clock.run(20_000);
    expect(vehicles.oddities()).toEqual([]);
    const texts: string[] = [];
    vehicles.onNotice(({ text }) => texts.push(text));
    copter.say(4, 'Once');
    expect(texts).toEqual(['Once']);
    expect(vehicles.states()[0]?.links).toHaveLength(2);
  });

  it('asks anew for telemetry over the path that is left when the other one dies', async () => {
    const { clock, links, path, copter, state } = vehicleBench();
    await clock.run(5_000);
    const second = links.connect('udpin:127.0.0.1:14551', 7, (bytes) => copter.receive(bytes));
    path.up = false;
    const deliver = path.deliver;
    path.deliver = (bytes) => {
      deliver(bytes);
      second.deliver(bytes);
    };
    const before = copter.commands.length;
    await clock.run(1_000);
    expect(copter.commands.slice(before).filter(({ command }) => command === 511).length).toBeGreaterThan(5);
    expect(state().contact).toBe('LIVE');
  });

  it('says when a component pretends to be an autopilot or a vehicle changes its type', async () => {
    const { clock, copter, vehicles } = vehicleBench();
    await clock.run(2_000);
    copter.sendAsCompanion(message(minimal.Heartbeat, { type: 2, autopilot: 3, customMode: 9 }));
    expect(vehicles.states()[0]?.modeText).toBe('Stabilize');
    copter.type = 1;
    await clock.run(1_000);
    expect(vehicles.oddities().map(({ kind }) => kind)).toEqual(['TYPE_CHANGED', 'IMPOSTOR']);
    await clock.run(61_000, 1_000);
    expect(vehicles.oddities()).toEqual([]);
  });

  it('hands on what is said at the scene as a whole, and once', async () => {
    const { clock, copter, vehicles } = vehicleBench();
    await clock.run(1_000);
    const notices: unknown[] = [];
    vehicles.onNotice((notice) => notices.push(notice));
    const chunk = (index: number, text: string) =>
      dialect.voice.create({
        timeUsec: 0n,
        utterance: 5,
        chunk: index,
        chunks: 2,
        speaker: 2,
        confidence: 87,
        language: 'en',
        conversationState: 'ASKING',
        text,
      });
    copter.sendAsCompanion(chunk(0, 'He is not '.padEnd(160, '.')));
    copter.sendAsCompanion(chunk(1, 'breathing'));
    expect(notices).toEqual([
      {
        kind: 'VOICE',
        systemId: 7,
        speaker: 'BYSTANDER',
        text: `${'He is not '.padEnd(160, '.')}breathing`,
        language: 'en',
        confidence: 0.87,
        conversationState: 'ASKING',
      },
    ]);
  });
});
