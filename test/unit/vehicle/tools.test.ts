import { ardupilotmega, common, type MavLinkData, minimal } from 'node-mavlink';
import { describe, expect, test } from 'vitest';
import { FrameWriter, message } from '../../../main/simulator/wire.ts';
import { sayBehaviours } from '../../../main/station/vehicle/autopilots/behaviour.ts';
import { habitsOf } from '../../../main/station/vehicle/autopilots/habits-of.ts';
import { vehicleBench } from '../../support/vehicle-bench.ts';

const QUADROTOR = 2;
const copter = habitsOf(3, QUADROTOR);
const px4 = habitsOf(12, QUADROTOR);

describe('the table of differences', () => {
  const said = (habits: typeof copter, values: Record<string, number>) =>
    new Map(
      sayBehaviours(habits.behaviours, (name) => values[name]).map(({ when, sentence }) => [when, sentence]),
    );

  test.each([
    [
      copter,
      { FS_GCS_ENABLE: 0 },
      'The link to the station is lost',
      'Nothing: it goes on with what it is doing.',
    ],
    [copter, { FS_GCS_ENABLE: 5 }, 'The link to the station is lost', 'Lands where it is.'],
    [
      copter,
      { FS_GCS_ENABLE: 42 },
      'The link to the station is lost',
      'Set to 42, which this station does not know. See FS_GCS_ENABLE.',
    ],
    [copter, {}, 'The battery is low', 'Not known: its parameters were not read.'],
    [copter, { BATT_FS_CRT_ACT: 1 }, 'The battery is critical', 'Lands where it is.'],
    [
      copter,
      { FENCE_ENABLE: 0, FENCE_ACTION: 2 },
      'It crosses its fence',
      'Nothing: its fence is switched off (FENCE_ENABLE).',
    ],
    [copter, { FENCE_ENABLE: 1, FENCE_ACTION: 2 }, 'It crosses its fence', 'Lands where it is.'],
    [
      copter,
      { RTL_ALT: 3_000, RTL_ALT_FINAL: 0 },
      'It returns',
      'Climbs to at least 30 m above its home, flies there in a straight line and lands. It does not avoid no-fly zones.',
    ],
    [
      copter,
      { RALLY_TOTAL: 2 },
      'It holds rally points',
      'It holds 2: it returns to the nearest of them or its home.',
    ],
    [
      px4,
      { NAV_DLL_ACT: 0 },
      'The link to the station is lost',
      'Nothing: it goes on with what it is doing.',
    ],
    [px4, { NAV_DLL_ACT: 2 }, 'The link to the station is lost', 'Returns.'],
    [
      px4,
      { COM_LOW_BAT_ACT: 3 },
      'The battery is low',
      'Returns when the charge is critical, and lands where it is when it is almost empty.',
    ],
    [px4, { GF_ACTION: 4 }, 'It crosses its fence', 'Stops its motors and falls.'],
    [
      px4,
      { RTL_RETURN_ALT: 30, RTL_LAND_DELAY: -1 },
      'It returns',
      'Climbs to at least 30 m above the place where it returns to, flies there and stays above it. It does not avoid no-fly zones.',
    ],
    [
      px4,
      { RTL_TYPE: 2 },
      'It chooses where to return to',
      'Along its mission to its landing; without one, back along its mission to its home. Rally points do not count.',
    ],
    // What the first version had wrong, by the sources that the table names.
    [
      copter,
      { FS_GCS_ENABLE: 2, FS_OPTIONS: 0 },
      'The link to the station is lost',
      'Returns to its home, or lands where it is when it cannot.',
    ],
    [
      copter,
      { FS_GCS_ENABLE: 5, FS_OPTIONS: 0b1010 },
      'The link to the station is lost',
      'Lands where it is. It goes on in a mission and while it lands (FS_OPTIONS).',
    ],
    [
      copter,
      { BATT_FS_LOW_ACT: 2, BATT_LOW_VOLT: 0, BATT_LOW_MAH: 0 },
      'The battery is low',
      'Nothing: it watches neither voltage nor charge (BATT_LOW_VOLT and BATT_LOW_MAH are 0).',
    ],
    [
      copter,
      { FS_EKF_ACTION: 1, FS_EKF_THRESH: 0 },
      'The position is lost',
      'Nothing: it does not watch its position (FS_EKF_THRESH is 0).',
    ],
    [
      copter,
      { FS_OPTIONS: 32 },
      'It acts on its own, for any of these reasons',
      'It also opens its gripper, and drops what it carries (FS_OPTIONS). On the ground it disarms.',
    ],
    [
      copter,
      { FENCE_ENABLE: 0, FENCE_AUTOENABLE: 3, FENCE_ACTION: 1 },
      'It crosses its fence',
      'Returns to its home, or lands where it is when it cannot. More than 100 m outside it lands.',
    ],
    [
      copter,
      { RALLY_TOTAL: 1, RALLY_INCL_HOME: 0, RALLY_LIMIT_KM: 0.3 },
      'It holds rally points',
      'It holds 1: it returns to the nearest of them; to its home only when that is nearer and they are more than 0.3 km away.',
    ],
    [
      px4,
      { NAV_RCL_ACT: 2, COM_RCL_EXCEPT: 1 },
      'The radio control is lost',
      'Returns. It goes on in a mission (COM_RCL_EXCEPT).',
    ],
    [
      px4,
      { RTL_RETURN_ALT: 60, RTL_CONE_ANG: 45, RTL_DESCEND_ALT: 30, RTL_LAND_DELAY: -1 },
      'It returns',
      'Climbs to at least 60 m above the place where it returns to, less when it is near, flies there and stays 30 m above it. It does not avoid no-fly zones.',
    ],
    [
      px4,
      { RTL_TYPE: 3 },
      'It chooses where to return to',
      'To the nearest of its home, its rally points and the landing of its mission, in a straight line.',
    ],
    [
      px4,
      { RTL_TYPE: 5 },
      'It chooses where to return to',
      'Set to 5, which this station does not know. See RTL_TYPE.',
    ],
    [px4, {}, 'It is armed', 'Its home becomes the place where it stands.'],
  ])('says in words what it does (%#)', (habits, values, when, sentence) => {
    expect(said(habits, values as Record<string, number>).get(when)).toBe(sentence);
  });

  test('names the mission, parameter and altitude habits of both', () => {
    expect(copter).toMatchObject({
      missionStartsWithHome: true,
      uploadsItemByItem: true,
      startsByCommand: true,
      repositionDatum: 'RELATIVE_HOME',
      parameterEncoding: 'C_CAST',
      offersParameterHash: false,
    });
    expect(px4).toMatchObject({
      missionStartsWithHome: false,
      uploadsItemByItem: false,
      startsByCommand: false,
      repositionDatum: 'AMSL',
      parameterEncoding: 'BYTEWISE',
      offersParameterHash: true,
    });
    expect(px4.modes?.returnHome.customMode).toBe(0x05_04_0000);
    expect(px4.modeOf(0x05_04_0000)).toEqual({ text: 'Return', kind: 'RETURN' });
    expect(copter.modeOf(copter.modes?.returnHome.customMode ?? 0)).toMatchObject({ kind: 'RETURN' });
  });
});

async function heard() {
  const bench = vehicleBench();
  await bench.clock.run(2_500);
  return bench;
}

test('manned traffic is heard with its age, and forgotten after a minute', async () => {
  const { copter: peer, vehicles, clock } = await heard();
  const flying = {
    ICAOAddress: 0xa1b2c3,
    lat: 423_600_000,
    lon: -710_500_000,
    altitude: 450_000,
    altitudeType: 1,
    heading: 27_000,
    horVelocity: 6_200,
    callsign: 'N123AB',
    flags: 1 + 2 + 4 + 8 + 16,
    tslc: 3,
  };
  peer.send(message(common.AdsbVehicle, flying));
  peer.send(message(common.AdsbVehicle, { ...flying, ICAOAddress: 5, flags: 0 as common.AdsbFlags }));
  expect(vehicles.traffic()).toEqual([
    {
      source: 'ADS_B',
      aircraftId: 'a1b2c3',
      callsign: 'N123AB',
      latitudeDeg: 42.36,
      longitudeDeg: -71.05,
      altitudeM: 450,
      altitudeDatum: 'AMSL',
      headingDeg: 270,
      groundSpeedMps: 62,
      climbRateMps: null,
      ageMs: 3_000,
      heardBySystemId: 7,
    },
  ]);
  for (let address = 1; address <= 600; address++)
    peer.send(message(common.AdsbVehicle, { ...flying, ICAOAddress: address }));
  expect(vehicles.traffic()).toHaveLength(500);
  await clock.run(61_000, 1_000);
  expect(vehicles.traffic()).toEqual([]);
});

test("other people's drones are traffic, by their serial number once it was heard; our own is not", async () => {
  const { copter: peer, vehicles } = await heard();
  const radio = [...Buffer.from('0a0b0c0d0e0f'.padEnd(40, '0'), 'hex')];
  const location = {
    ...{ latitude: 423_600_000, longitude: -710_500_000, direction: 9_000, speedHorizontal: 1_500 },
    ...{ altitudeGeodetic: 60, altitudeBarometric: -1_000, speedVertical: 6_300 },
  };
  peer.send(message(common.OpenDroneIdLocation, location));
  expect(vehicles.traffic()).toEqual([]);
  peer.send(message(common.OpenDroneIdLocation, { ...location, idOrMac: radio }));
  expect(vehicles.traffic()).toMatchObject([{ source: 'REMOTE_ID', aircraftId: '0a0b0c0d0e0f' }]);
  const uasId = [...Buffer.from('1581F4ABC'.padEnd(20, '\0'))];
  peer.send(message(common.OpenDroneIdBasicId, { idOrMac: radio, uasId }));
  peer.send(message(common.OpenDroneIdLocation, { ...location, idOrMac: radio }));
  expect(vehicles.traffic()).toEqual([
    {
      ...{ source: 'REMOTE_ID', aircraftId: '1581F4ABC', callsign: null, heardBySystemId: 7, ageMs: 0 },
      ...{ latitudeDeg: 42.36, longitudeDeg: -71.05, altitudeM: 60, altitudeDatum: 'ELLIPSOID' },
      ...{ headingDeg: 90, groundSpeedMps: 15, climbRateMps: null },
    },
  ]);
  expect(vehicles.tools(7)?.remoteId()?.uasId ?? null).toBeNull();
});

test('Remote ID, cameras and component descriptions are shown as their components say them', async () => {
  const { vehicles, clock, links, copter: peer } = await heard();
  const path = links.paths(7)[0];
  const as = (componentId: number, data: MavLinkData): void =>
    path?.deliver(new FrameWriter(7, componentId).write(data));
  const tools = vehicles.tools(7);
  if (tools === null) throw new Error('Not heard.');
  as(100, message(minimal.Heartbeat, { type: 30, autopilot: 8 }));
  as(
    100,
    message(common.CameraInformation, {
      vendorName: [...Buffer.from('Acme\0'.padEnd(32, '\0'))],
      modelName: [...Buffer.from('Eye'.padEnd(32, '\0'))],
      firmwareVersion: 0x030201,
    }),
  );
  as(236, message(minimal.Heartbeat, { type: 34, autopilot: 8 }));
  as(236, message(common.OpenDroneIdArmStatus, { status: 1, error: 'No GPS' }));
  as(236, message(common.OpenDroneIdBasicId, { uasId: [...Buffer.from('SR-0001'.padEnd(20, '\0'))] }));
  as(236, message(common.OpenDroneIdLocation, { latitude: 423_600_000, longitude: -710_500_000 }));
  expect(tools.components()).toMatchObject([
    { componentId: 1, kind: 'Autopilot' },
    { componentId: 100, kind: 'Camera', vendor: 'Acme', model: 'Eye', softwareVersion: '1.2.3' },
    { componentId: 236, kind: 'Remote ID' },
  ]);
  expect(tools.remoteId()).toMatchObject({
    readyToArm: false,
    error: 'No GPS',
    uasId: 'SR-0001',
    latitudeDeg: 42.36,
  });
  peer.commands.length = 0;
  const asking = tools.discoverComponents();
  await clock.run(30_000, 500);
  await asking;
  const asked = peer.commands.filter(({ command }) => command === 512).map(({ parameters }) => parameters[0]);
  expect(asked).toEqual(expect.arrayContaining([259, 396, 397]));
});

test('HIGH_LATENCY2 keeps a vehicle known that sends nothing else, and makes one known', async () => {
  const { vehicles, clock, links, copter: peer } = await heard();
  const path = links.paths(7)[0];
  peer.stop();
  const said = {
    type: 2,
    autopilot: 3,
    customMode: 6,
    latitude: 423_610_000,
    longitude: -710_590_000,
    altitude: 62,
    groundspeed: 50,
    battery: 71,
    windspeed: 20,
    windHeading: 45,
    climbRate: -10,
  };
  await clock.run(20_000, 500);
  expect(vehicles.find(7)?.state().contact).toBe('LOST');
  path?.deliver(
    new FrameWriter(7, 1).write(
      message(common.HomePosition, { latitude: 423_600_000, longitude: -710_590_000, altitude: 12_000 }),
    ),
  );
  path?.deliver(new FrameWriter(7, 1).write(message(common.HighLatency2, said)));
  expect(vehicles.find(7)?.state()).toMatchObject({
    contact: 'LIVE',
    modeText: 'Return to launch',
    position: { latitudeDeg: 42.361, altitudeAmslM: 62, altitudeRelativeHomeM: 50 },
    velocity: { groundSpeedMps: 10, climbRateMps: -1 },
    battery: { remainingPercent: 71 },
    wind: { speedMps: 4, fromDeg: 90 },
  });
  path?.deliver(
    new FrameWriter(9, 1).write(message(common.HighLatency2, { ...said, autopilot: 12, customMode: 0x0504 })),
  );
  expect(vehicles.find(9)?.state()).toMatchObject({ autopilot: 'PX4', modeText: 'Return', position: null });
});

test('the inspector shows fields of every kind, and is bounded', async () => {
  const { vehicles, links, copter: peer, clock } = await heard();
  const tools = vehicles.tools(7);
  const stop = tools?.watchMessages();
  peer.send(message(common.FileTransferProtocol, { payload: Array<number>(251).fill(1) }));
  peer.send(message(ardupilotmega.Wind, { direction: -90, speed: 4.2, speedZ: 0 }));
  peer.send(message(common.SystemTime, { timeUnixUsec: 5n, timeBootMs: 1 }));
  const fields = new Map(tools?.messages().map(({ name, fields: shown }) => [name, shown]));
  expect(fields.get('WIND')).toContainEqual({ name: 'speed', text: '4.2' });
  expect(fields.get('SYSTEM_TIME')).toContainEqual({ name: 'timeUnixUsec', text: '5' });
  expect(fields.get('FILE_TRANSFER_PROTOCOL')?.at(-1)?.text).toMatch(/^1, .*… \(251\)$/);
  const path = links.paths(7)[0];
  for (let componentId = 2; componentId < 255; componentId++)
    for (const type of [ardupilotmega.Wind, common.SystemTime, common.Attitude])
      path?.deliver(new FrameWriter(7, componentId).write(new type() as MavLinkData));
  expect(tools?.messages()).toHaveLength(500);
  await clock.run(5_000, 100);
  expect(
    tools?.messages().find(({ componentId, name }) => componentId === 200 && name === 'WIND')?.rateHz ?? 0,
  ).toBe(0);
  stop?.();
});
