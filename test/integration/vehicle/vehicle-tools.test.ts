import { readFile } from 'node:fs/promises';
import { afterEach, expect, test } from 'vitest';
import { firstOf, type StationClient } from '../../../scripts/station-client.ts';
import { type RunningStation, runStation } from '../../support/running-station.ts';

const SPEED = 5;
const PARAMETERS = 120;
const WAIT_MS = 60_000;
let running: RunningStation | null = null;
afterEach(async () => {
  await running?.stop();
  running = null;
});

/** The transfer with the vehicle, when it has ended. */
async function transferred(client: StationClient, systemId: number, kind: string) {
  const status = await firstOf(
    client.vehicleTools.watch({ systemId }),
    ({ transfer }) => transfer?.kind === kind && transfer.state !== 'RUNNING',
    WAIT_MS,
    `the end of ${kind}`,
  );
  return status.transfer;
}

// ArduPilot's side of all this runs in memory in test/sim/mavlink/both-autopilots.test.ts.
test('over the contract: parameters, files, logs, messages, plans and guided flight of a PX4', async () => {
  running = await runStation({
    seed: 5,
    speed: SPEED,
    drones: 1,
    simulatorArgs: ['--autopilot', 'px4', '--parameters', String(PARAMETERS), '--peripherals'],
  });
  const { vehicleTools, fleet } = running.client;
  const ready = await firstOf(
    fleet.watch(),
    ({ entries }) => entries.some(({ systemId, contact }) => systemId !== null && contact === 'LIVE'),
    WAIT_MS,
    'a drone is heard',
  );
  const drone = ready.entries.find(({ systemId, contact }) => systemId !== null && contact === 'LIVE');
  const systemId = drone?.systemId ?? 0;
  const detail = await firstOf(
    fleet.detail({ key: drone?.key ?? '' }),
    ({ vehicle }) => vehicle?.health?.readyToArm === true && vehicle.home !== null,
    WAIT_MS,
    'it is ready to arm',
  );
  const home = detail.vehicle?.home ?? null;
  if (home === null) throw new Error('It has no home.');

  await expect(vehicleTools.parameters({ systemId })).rejects.toThrow(/not read yet/);
  await vehicleTools.readParameters({ systemId });
  await expect(vehicleTools.readParameters({ systemId })).rejects.toThrow(/being transferred/);
  expect(await transferred(running.client, systemId, 'PARAMETERS')).toMatchObject({
    state: 'DONE',
    percent: 100,
  });
  const { parameters } = await vehicleTools.parameters({ systemId });
  expect(parameters).toHaveLength(PARAMETERS);
  const name = 'RTL_RETURN_ALT';
  const told = await firstOf(
    vehicleTools.watch({ systemId }),
    ({ descriptions }) => descriptions !== null,
    WAIT_MS,
    'what its maker says of its parameters',
  );
  expect(told).toMatchObject({ parameters: { verified: true }, parametersNote: null });
  expect(told.descriptions?.sentence).toBeNull();
  const { descriptions } = await vehicleTools.parameterDescriptions({ systemId });
  expect(descriptions.find((said) => said.name === name)).toMatchObject({ unit: 'm', highest: 150 });
  const tooHigh = { systemId, name, value: 200 };
  await expect(vehicleTools.setParameter(tooHigh)).rejects.toThrow(/at most 150 m.*Nothing was sent/);
  const set = await vehicleTools.setParameter({ ...tooHigh, againstAdvice: true });
  expect(set.value).toBe(200);
  await vehicleTools.setParameter({ systemId, name, value: set.before });
  const before = parameters.find((held) => held.name === name)?.value ?? Number.NaN;
  expect(await vehicleTools.setParameter({ systemId, name, value: before + 5 })).toEqual({
    name,
    value: before + 5,
    before,
  });
  await expect(vehicleTools.setParameter({ systemId, name: 'NO_SUCH', value: 1 })).rejects.toThrow(
    /may not have it/,
  );
  const parameterFile = await vehicleTools.parameterFile({ systemId, format: 'QGC' });
  expect(parameterFile.fileName).toMatch(/\.params$/);
  expect(
    await vehicleTools.compareParameterFile({
      systemId,
      text: parameterFile.text.replace(`${name}\t${before + 5}`, `${name}\t${before}`),
    }),
  ).toEqual({
    format: 'QGC',
    differences: [{ name, held: before + 5, wanted: before }],
    notOnVehicle: [],
    notInFile: 0,
  });
  await expect(vehicleTools.compareParameterFile({ systemId, text: 'no file' })).rejects.toThrow(/^Line 1/);
  const ofArduPilot = { systemId, text: '# ArduCopter 4.6.3\nRTL_ALT,3000\n' };
  await expect(vehicleTools.compareParameterFile(ofArduPilot)).rejects.toThrow(
    /file is of ArduPilot.*runs PX4/,
  );
  const { behaviours } = await vehicleTools.behaviours({ systemId });
  expect(behaviours.map(({ topic }) => topic)).toEqual(
    expect.arrayContaining(['FAILSAFE', 'RETURN', 'FENCE', 'RALLY', 'HOME']),
  );

  const { logs, folder } = await vehicleTools.logs({ systemId });
  expect(logs).toHaveLength(2);
  const log = logs[1];
  if (log === undefined) throw new Error('There is no log.');
  await vehicleTools.downloadLog({ systemId, logId: log.logId });
  expect(await transferred(running.client, systemId, 'LOG')).toMatchObject({
    state: 'DONE',
    sizeBytes: log.sizeBytes,
    sentence: 'Whole: its checksum is right.',
  });
  const again = await vehicleTools.logs({ systemId });
  const kept = again.logs.find(({ logId }) => logId === log.logId)?.kept ?? null;
  if (kept === null) throw new Error('The log is not found among those that were downloaded.');
  expect(kept.path.startsWith(folder)).toBe(true);
  expect(folder.startsWith(running.dataDirectory)).toBe(true);
  expect((await readFile(kept.path)).length).toBe(log.sizeBytes);
  expect((await vehicleTools.keptFiles()).files).toEqual([kept]);
  const { kind, vehicle } = kept;
  const held = await vehicleTools.logContents({ kind, vehicle, name: kept.name });
  expect(held).toMatchObject({ format: 'ULOG', unreadableBytes: 0 });
  const line = { kind, vehicle, name: kept.name, type: 'vehicle_height', field: 'relative_home' };
  expect(Math.max(...(await vehicleTools.logSeries(line)).values)).toBeCloseTo(50, 1);
  await expect(vehicleTools.logContents({ kind, vehicle, name: 'other.ulg' })).rejects.toThrow(
    /no longer there/,
  );
  await expect(vehicleTools.removeKeptFile({ kind, vehicle, name: '../station.key' })).rejects.toThrow(
    /No file has such a name/,
  );

  await vehicleTools.uploadFile({
    systemId,
    path: '/models/new.bin',
    base64: Buffer.from('hello').toString('base64'),
  });
  await vehicleTools.makeFolder({ systemId, path: '/models/old' });
  const { files } = await vehicleTools.files({ systemId, folder: '/models' });
  expect(files).toContainEqual({ name: 'new.bin', kind: 'FILE', sizeBytes: 5 });
  await vehicleTools.downloadFile({ systemId, path: '/models/new.bin', sizeBytes: 5 });
  expect(await transferred(running.client, systemId, 'FILE')).toMatchObject({
    state: 'DONE',
    label: 'models/new.bin',
    sentence: 'Whole: its checksum is right.',
  });
  const file = { kind: 'FILE', vehicle, name: 'models_new.bin' } as const;
  expect(await vehicleTools.keptFilePiece({ ...file, offset: 2 })).toEqual({
    base64: Buffer.from('llo').toString('base64'),
    sizeBytes: 5,
  });
  await vehicleTools.removeKeptFile(file);
  expect((await vehicleTools.keptFiles()).files).toEqual([kept]);
  await vehicleTools.removeFile({ systemId, path: '/models/new.bin' });
  await vehicleTools.removeFolder({ systemId, path: '/models/old' });
  await expect(vehicleTools.removeFolder({ systemId, path: '/models' })).rejects.toThrow(/could not do this/);
  await vehicleTools.cancelTransfer({ systemId });

  const inspected = await firstOf(
    vehicleTools.inspect({ systemId }),
    ({ messages }) => messages.some((message) => message.name === 'ATTITUDE' && message.rateHz > 1),
    WAIT_MS,
    'attitude is seen with its rate',
  );
  expect(
    inspected.messages.find((message) => message.name === 'ATTITUDE')?.fields.map((field) => field.name),
  ).toContain('roll');
  await vehicleTools.discoverComponents({ systemId });
  const status = await firstOf(
    vehicleTools.watch({ systemId }),
    ({ clock }) => clock !== null,
    WAIT_MS,
    'its clock',
  );
  expect(status.components.map(({ kind }) => kind)).toContain('Onboard computer');
  const camera = await firstOf(
    vehicleTools.watch({ systemId }),
    ({ components }) => components.some(({ model }) => model !== null),
    WAIT_MS,
    'what its camera is',
  );
  expect(camera.components.find(({ kind }) => kind === 'Camera')).toMatchObject({
    ...{ vendor: 'SkyRescue', model: 'Scene camera', softwareVersion: '1.1.2' },
  });
  const heard = await firstOf(
    vehicleTools.traffic(),
    ({ aircraft }) => aircraft.length === 2,
    WAIT_MS,
    'traffic',
  );
  expect(heard.aircraft.find(({ callsign }) => callsign === 'LIFE1')).toMatchObject({
    ...{ altitudeM: 250, altitudeDatum: 'AMSL', groundSpeedMps: 55, heardBySystemId: systemId },
  });

  const rally = { latitudeDeg: home.latitudeDeg + 0.0005, longitudeDeg: home.longitudeDeg };
  await vehicleTools.uploadRallyPoints({
    systemId,
    points: [{ position: rally, altitudeRelativeHomeM: 30 }],
  });
  const { items } = await vehicleTools.plan({ systemId, kind: 'RALLY' });
  expect(items).toMatchObject([{ command: 5_100, altitudeM: 30 }]);
  const standing = await firstOf(
    vehicleTools.watch({ systemId }),
    ({ plans }) => plans.some(({ comparedAtMs }) => comparedAtMs !== null),
    WAIT_MS,
    'how the rally points stand',
  );
  expect(standing.plans.find(({ kind: plan }) => plan === 'RALLY')).toMatchObject({
    ...{ state: 'AS_SENT', difference: null },
  });
  const courthouse = { latitudeDeg: 42.36, longitudeDeg: -71.0594 };
  const inZone = [{ position: courthouse, altitudeRelativeHomeM: 30 }];
  await expect(vehicleTools.uploadRallyPoints({ systemId, points: inZone })).rejects.toThrow(
    /^Point 1 lies in a no-fly zone/,
  );
  const { zones } = await vehicleTools.uploadFence({ systemId });
  expect(zones).toBeGreaterThan(2);
  const fence = await vehicleTools.plan({ systemId, kind: 'FENCE' });
  expect(new Set(fence.items.map(({ command }) => command))).toEqual(new Set([5_002]));
  for (const kind of ['RALLY', 'FENCE', 'MISSION'] as const) await vehicleTools.clearPlan({ systemId, kind });
  expect((await vehicleTools.plan({ systemId, kind: 'RALLY' })).items).toEqual([]);

  const here = { latitudeDeg: home.latitudeDeg, longitudeDeg: home.longitudeDeg };
  await expect(vehicleTools.goTo({ systemId, position: here, altitudeRelativeHomeM: 30 })).rejects.toThrow(
    /not in the air/,
  );
  await expect(vehicleTools.changeAltitude({ systemId, altitudeRelativeHomeM: 400 })).rejects.toThrow(
    /at most 120 m/,
  );
  await expect(vehicleTools.hold({ systemId: 99 })).rejects.toThrow(/No vehicle with system id 99/);
  await vehicleTools.hold({ systemId });
  const flown = await firstOf(
    vehicleTools.watch({ systemId }),
    ({ guided }) => guided?.action === 'HOLD',
    WAIT_MS,
    'the hold',
  );
  expect(flown.guided?.state).toBe('ACCEPTED');
  await vehicleTools.returnHome({ systemId });
  await vehicleTools.landHere({ systemId });

  const { entries } = await running.client.people.audit({
    ...{ dispatcherId: null, action: null, fromMs: null, untilMs: null, before: null, limit: 50 },
  });
  const actions = entries.map(({ action }) => action);
  expect(actions).toEqual(
    expect.arrayContaining([
      'PARAMETER_SET',
      'LOG_DOWNLOADED',
      'FILE_UPLOADED',
      'PLAN_CLEARED',
      'GUIDED_HOLD',
      'GUIDED_GO_TO',
    ]),
  );
  expect(entries.find(({ action }) => action === 'PARAMETER_SET')?.detail).toEqual({
    name,
    value: before + 5,
    before,
  });
}, 180_000);
