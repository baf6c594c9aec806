import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Store } from '../../../main/station/store/store.ts';
import {
  emergencyInput,
  FIRE_STATION_10,
  missionEvent,
  NOW_MS,
  newId,
  newMission,
  SCENE,
  squareZone,
  telemetryRow,
} from './build-records.ts';
import { openTestStore, type TemporaryDirectory, temporaryDirectory } from './temporary-database.ts';

/** Metres of a thousandth of a degree of latitude near 42.36° N on the WGS 84 ellipsoid. */
const MILLIDEGREE_NORTH_M = 111.08;
const MINUTE_MS = 60_000;

let directory: TemporaryDirectory;
let opened: Awaited<ReturnType<typeof openTestStore>>;
let read: Store['read'];
let write: Store['write'];

beforeAll(async () => {
  directory = temporaryDirectory();
  opened = await openTestStore(directory.path);
  ({ read, write } = opened.store);
  await write.seedDemo({ password: 'a demo password', nowMs: NOW_MS });
});
afterAll(async () => {
  await opened.close();
  directory.remove();
});

async function launch(droneId: string): Promise<string> {
  const emergencyId = newId();
  await write.createEmergency({ ...emergencyInput(), emergencyId, nowMs: NOW_MS });
  return (await write.createMission(newMission({ emergencyId, droneId }))).missionId;
}

async function finish(missionId: string): Promise<void> {
  await write.recordMissionProgress({
    missionId,
    events: [],
    changes: { status: 'COMPLETED', completedAtMs: NOW_MS + MINUTE_MS },
    droneStatusAfter: 'READY',
  });
}

describe('the demo', () => {
  test('is seeded once, however often it is asked for', async () => {
    await write.seedDemo({ password: 'another', nowMs: NOW_MS + 1 });
    expect((await read.droneRecords({})).map((drone) => [drone.mavlinkSystemId, drone.droneId])).toEqual([
      [1, 'Alpha-1'],
      [2, 'Alpha-3'],
      [3, 'Bravo-4'],
      [4, 'Charlie-2'],
      [5, 'Delta-1'],
      [6, 'Echo-2'],
    ]);
    expect(await read.baseStations({})).toHaveLength(3);
    expect(await read.allZones({ nowMs: NOW_MS })).toHaveLength(8);
  });

  test('has a zone across the straight way to 61 Salem St, and none over a base or the scene', async () => {
    const window = { fromMs: NOW_MS, untilMs: NOW_MS + 10 * MINUTE_MS };
    expect(
      await read.nearestZone({ line: [FIRE_STATION_10, SCENE], altitudeAglM: 60, ...window }),
    ).toMatchObject({ name: 'City Hall Plaza event', clearanceM: 0 });
    const places = [SCENE, ...(await read.baseStations({})).map((base) => base.position)];
    for (const point of places)
      expect(await read.zonesAtPoint({ point, withinM: 60, ...window })).toEqual([]);
  });
});

describe('drones', () => {
  test('a new one waits for a technician, keeps its base, and its ids stay its own', async () => {
    const input = {
      droneId: 'Foxtrot-1',
      systemId: 40,
      serialNumber: 'F-1',
      baseStationId: 'BOS-2',
      model: undefined,
    };
    expect(await write.registerDrone(input)).toEqual({
      droneId: 'Foxtrot-1',
      model: 'SkyRescue SR-1000',
      serialNumber: 'F-1',
      mavlinkSystemId: 40,
      status: 'READY',
      batteryPercent: null,
      baseStationId: 'BOS-2',
      basePosition: { latitudeDeg: 42.3662, longitudeDeg: -71.03 },
    });
    const other = { ...input, droneId: 'Foxtrot-2', systemId: 41, serialNumber: 'F-2' };
    await expect(write.registerDrone(input)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('this id'),
    });
    await expect(write.registerDrone({ ...other, systemId: 40 })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('system id'),
    });
    await expect(write.registerDrone({ ...other, serialNumber: 'F-1' })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('serial number'),
    });
    await expect(write.registerDrone({ ...other, baseStationId: 'X' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('base station'),
    });
    await expect(write.setDroneStatus({ droneId: 'Nobody', status: 'READY' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(await write.setDroneStatus({ droneId: 'Foxtrot-1', status: 'OFFLINE' })).toMatchObject({
      status: 'OFFLINE',
    });
  });

  test('what was last heard moves them in the order of distance; what cannot be true is left out', async () => {
    const silent = {
      batteryPercent: null,
      position: null,
      altitudeAmslM: null,
      firmware: null,
      modelVersion: null,
    };
    await write.recordDroneSeen({
      drones: [
        { ...silent, droneId: 'Echo-2', position: SCENE, batteryPercent: 71.6, altitudeAmslM: 1e9 },
        { ...silent, droneId: 'Not registered', position: SCENE },
      ],
    });
    const [first, second] = await read.dronesByDistance({ destination: SCENE, limit: 2 });
    expect(first).toEqual({ droneId: 'Echo-2', distanceM: 0 });
    expect(second?.droneId).toBe('Alpha-1');
    // 8.8 thousandths of a degree north and 8.1 east of Fire Station 10.
    expect(second?.distanceM).toBeCloseTo(Math.hypot(8.8 * MILLIDEGREE_NORTH_M, 8.1 * 82.36), -1);
    await write.recordDroneSeen({ drones: [{ ...silent, droneId: 'Echo-2' }] });
    expect((await read.droneRecords({})).find((drone) => drone.droneId === 'Echo-2')).toMatchObject({
      batteryPercent: 72,
    });
  });
});

describe('zones', () => {
  const far = { latitudeDeg: 10, longitudeDeg: 20 };

  test('are kept corner for corner; an edit must know the newest version', async () => {
    const input = squareZone(far, 0.001, {
      name: 'O\'Hara\'s "field"',
      ceilingAglM: 50,
      startsAtMs: NOW_MS,
      endsAtMs: NOW_MS + 1,
    });
    const zoneId = newId();
    const created = await write.createZone({ ...input, zoneId, nowMs: NOW_MS });
    expect(created).toEqual({ ...input, zoneId, version: 1, inForce: true });
    const changed = await write.updateZone({ ...input, active: false, zoneId, version: 1, nowMs: NOW_MS });
    expect(changed).toMatchObject({ version: 2, inForce: false });
    await expect(write.updateZone({ ...input, zoneId, version: 1, nowMs: NOW_MS })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    await expect(
      write.updateZone({ ...input, zoneId: newId(), version: 1, nowMs: NOW_MS }),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('whose outline crosses itself are refused', async () => {
    const zone = squareZone(far, 0.001);
    const [first, second, third, fourth] = zone.corners;
    const bowTie = [first, third, second, fourth].filter((corner) => corner !== undefined);
    await expect(
      write.createZone({ ...zone, corners: bowTie, zoneId: newId(), nowMs: NOW_MS }),
    ).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('crosses or touches itself'),
    });
  });

  test('count within their times and below their ceiling only', async () => {
    const place = { latitudeDeg: -30, longitudeDeg: 20 };
    const zone = squareZone(place, 0.001, {
      ceilingAglM: 30,
      startsAtMs: NOW_MS,
      endsAtMs: NOW_MS + MINUTE_MS,
    });
    await write.createZone({ ...zone, name: 'Low', zoneId: newId(), nowMs: NOW_MS });
    const line = [place, { latitudeDeg: -29.99, longitudeDeg: 20 }];
    const nameAt = async (altitudeAglM: number, fromMs: number, untilMs: number): Promise<string | null> =>
      (await read.nearestZone({ line, altitudeAglM, fromMs, untilMs }))?.name ?? null;
    expect(await nameAt(30, NOW_MS, NOW_MS)).toBe('Low');
    expect(await nameAt(31, NOW_MS, NOW_MS)).toBe(null);
    expect(await nameAt(30, NOW_MS - 2, NOW_MS - 1)).toBe(null);
    expect(await nameAt(30, NOW_MS - 2, NOW_MS)).toBe('Low');
    expect(await nameAt(30, NOW_MS + MINUTE_MS, NOW_MS + 2 * MINUTE_MS)).toBe(null);
    const window = { fromMs: NOW_MS, untilMs: NOW_MS };
    expect(await read.zonesAtPoint({ point: place, withinM: 0, ...window })).toMatchObject([
      { name: 'Low', clearanceM: 0 },
    ]);
    expect(await read.obstacles({ line, corridorM: 10, marginM: 10, altitudeAglM: 31, ...window })).toEqual({
      rings: [],
    });
  });

  test('the nearest is found at every distance up to 50 km, and none beyond', async () => {
    const place = { latitudeDeg: -40, longitudeDeg: 20 };
    await write.createZone({ ...squareZone(place, 0.001), zoneId: newId(), nowMs: NOW_MS });
    for (const north of [0.0005, 0.002, 0.02, 0.2, 0.4]) {
      const line = [{ latitudeDeg: place.latitudeDeg + 0.001 + north, longitudeDeg: 20 }];
      const nearest = await read.nearestZone({ line, altitudeAglM: 60, fromMs: NOW_MS, untilMs: NOW_MS });
      // A degree of latitude at 40° S is 111.03 km.
      expect(nearest?.clearanceM).toBeCloseTo(north * 111_035, north < 0.01 ? 0 : -2);
    }
    const line = [{ latitudeDeg: -39.5, longitudeDeg: 20 }];
    expect(await read.nearestZone({ line, altitudeAglM: 60, fromMs: NOW_MS, untilMs: NOW_MS })).toBe(null);
  });

  test('as obstacles are grown by at least the margin, and merged where they meet', async () => {
    const place = { latitudeDeg: 50, longitudeDeg: 20 };
    const beside = { latitudeDeg: 50, longitudeDeg: 20.0025 };
    const apart = { latitudeDeg: 50.01, longitudeDeg: 20 };
    for (const centre of [place, beside, apart])
      await write.createZone({ ...squareZone(centre, 0.001), zoneId: newId(), nowMs: NOW_MS });
    const window = { altitudeAglM: 60, fromMs: NOW_MS, untilMs: NOW_MS };
    const line = [place, apart];
    const { rings } = await read.obstacles({ line, corridorM: 500, marginM: 50, ...window });
    expect(rings).toHaveLength(2);
    for (const ring of rings) {
      expect(ring[0]).not.toEqual(ring.at(-1));
      for (const [index, corner] of ring.entries()) {
        const next = ring[(index + 1) % ring.length] ?? corner;
        const side = await read.nearestZone({ line: [corner, next], ...window });
        expect(side?.clearanceM).toBeGreaterThanOrEqual(49.9);
        expect(side?.clearanceM).toBeLessThan(56);
      }
    }
    expect(
      (await read.obstacles({ line: [place, place], corridorM: 10, marginM: 1, ...window })).rings,
    ).toHaveLength(1);
  });
});

describe('emergencies', () => {
  test('come back as they were entered; unasked is not no; closing keeps the first reason', async () => {
    const emergencyId = newId();
    const input = emergencyInput({ calledAtMs: NOW_MS - 5_000 });
    const created = await write.createEmergency({ ...input, emergencyId, nowMs: NOW_MS });
    expect(created).toEqual({ ...input, emergencyId, closed: null, missionId: null });
    expect(await write.updateEmergency({ ...emergencyInput({ trauma: true }), emergencyId })).toMatchObject({
      trauma: true,
      bystanderAvailable: null,
      calledAtMs: NOW_MS - 5_000,
    });
    expect((await read.openEmergencies({})).map((open) => open.emergencyId)).toContain(emergencyId);
    const close = { emergencyId, note: null, byDispatcherId: 'operator12', nowMs: NOW_MS };
    expect(await write.closeEmergency({ ...close, reason: 'TRAUMA' })).toMatchObject({
      closed: { reason: 'TRAUMA', note: null, atMs: NOW_MS },
    });
    await expect(write.closeEmergency({ ...close, reason: 'OTHER' })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    expect((await read.emergency({ emergencyId }))?.closed?.reason).toBe('TRAUMA');
    expect((await read.openEmergencies({})).map((open) => open.emergencyId)).not.toContain(emergencyId);
    await expect(write.createMission(newMission({ emergencyId, droneId: 'Delta-1' }))).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    await expect(write.updateEmergency({ ...input, emergencyId: newId() })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await expect(write.createEmergency({ ...input, emergencyId, nowMs: NOW_MS })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    await expect(
      write.createEmergency({ ...input, victimAgeYears: 200, emergencyId: newId(), nowMs: NOW_MS }),
    ).rejects.toMatchObject({ code: 'INVALID_INPUT', message: expect.stringContaining('age') });
    expect(await read.emergency({ emergencyId: newId() })).toBe(null);
  });

  test('wait again when their mission was broken off, and are done when it was completed', async () => {
    const isOpen = async (emergencyId: string) =>
      (await read.openEmergencies({})).find((open) => open.emergencyId === emergencyId);
    const emergencyId = newId();
    await write.createEmergency({ ...emergencyInput(), emergencyId, nowMs: NOW_MS });
    const first = await write.createMission(newMission({ emergencyId, droneId: 'Delta-1' }));
    expect(await isOpen(emergencyId)).toMatchObject({ missionId: first.missionId });
    await write.recordMissionProgress({
      missionId: first.missionId,
      events: [],
      changes: { status: 'ABORTED', abortedAtMs: NOW_MS },
    });
    expect(await isOpen(emergencyId)).toMatchObject({ missionId: null });
    expect(await write.setDroneStatus({ droneId: 'Delta-1', status: 'READY' })).toMatchObject({
      status: 'READY',
    });
    const second = await write.createMission(newMission({ emergencyId, droneId: 'Delta-1' }));
    await finish(second.missionId);
    expect(await isOpen(emergencyId)).toBeUndefined();
  });
});

describe('missions', () => {
  test('a launch records everything or nothing; a drone flies one mission at a time', async () => {
    const emergencyId = newId();
    await write.createEmergency({ ...emergencyInput(), emergencyId, nowMs: NOW_MS });
    const position = SCENE;
    const weather = {
      windSpeedMps: 5,
      windFromDeg: 270.4,
      condition: 'RAIN',
      temperatureC: -3.5,
      visibilityM: 4_000,
      source: 'entered',
      position,
      observedAtMs: NOW_MS,
    } as const;
    const input = newMission({
      emergencyId,
      droneId: 'Alpha-3',
      weather: [{ ...weather, weatherId: newId() }],
      override: { reason: 'Nobody else is near.', byDispatcherId: 'operator12' },
    });
    const mission = await write.createMission(input);
    expect(mission).toEqual({
      missionId: input.missionId,
      remoteStationId: null,
      emergencyId,
      droneId: 'Alpha-3',
      dispatcherId: 'operator12',
      dispatcherName: 'Operator 12',
      status: 'LAUNCHED',
      destination: SCENE,
      destinationAddress: '61 Salem St',
      launchedAtMs: NOW_MS,
      arrivedAtMs: null,
      aedDeployedAtMs: null,
      completedAtMs: null,
      abortedAtMs: null,
      estimatedEtaS: 92,
      actualEtaS: null,
      abortReason: null,
      aedDeployed: null,
      voiceExchanges: 0,
      plan: input.plan,
    });
    expect((await read.droneRecords({})).find((drone) => drone.droneId === 'Alpha-3')?.status).toBe(
      'IN_FLIGHT',
    );
    const again = newMission({ emergencyId, droneId: 'Alpha-3' });
    await expect(write.createMission(again)).rejects.toMatchObject({ code: 'DRONE_BUSY' });
    expect(await read.missionEvents({ missionId: again.missionId })).toEqual([]);
    await expect(write.setDroneStatus({ droneId: 'Alpha-3', status: 'READY' })).rejects.toMatchObject({
      code: 'DRONE_BUSY',
    });
    await expect(
      write.createMission(newMission({ emergencyId: newId(), droneId: 'Bravo-4' })),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect((await read.unfinishedMissions({})).map((unfinished) => unfinished.missionId)).toContain(
      mission.missionId,
    );
    await finish(mission.missionId);
  });

  test('F5: status moves forward only, and a mission that is over changes in its outcome only', async () => {
    const missionId = await launch('Charlie-2');
    const progress = (changes: Parameters<typeof write.recordMissionProgress>[0]['changes']) =>
      write.recordMissionProgress({ missionId, events: [], changes });
    expect(
      await progress({ status: 'LANDED', arrivedAtMs: NOW_MS + 90_000, actualEtaS: 90.2 }),
    ).toMatchObject({ status: 'LANDED', actualEtaS: 90 });
    expect(await progress({ status: 'IN_FLIGHT', voiceAiActive: true })).toMatchObject({ status: 'LANDED' });
    expect(
      await progress({ status: 'ABORTED', abortedAtMs: NOW_MS + 1_000, abortReason: 'Smoke' }),
    ).toMatchObject({ status: 'ABORTED', abortReason: 'Smoke' });
    for (const status of ['RETURNING', 'COMPLETED'] as const)
      await expect(progress({ status })).rejects.toMatchObject({ code: 'MISSION_OVER' });
    await expect(progress({ abortReason: 'Another' })).rejects.toMatchObject({ code: 'MISSION_OVER' });
    const outcome = {
      bystanderUsedAed: true,
      shockDelivered: false,
      ambulanceArrivedAtMs: NOW_MS,
      patientOutcome: 'SURVIVED',
    } as const;
    expect(await progress({ outcome, aedDeployed: true })).toMatchObject({
      status: 'ABORTED',
      aedDeployed: true,
    });
    // Said again, because the first answer was lost: the same, not an error.
    expect(
      await progress({ status: 'ABORTED', abortedAtMs: NOW_MS + 1_000, abortReason: 'Smoke' }),
    ).toMatchObject({ status: 'ABORTED' });
    // Nobody said what state the drone is in.
    expect((await read.droneRecords({})).find((drone) => drone.droneId === 'Charlie-2')?.status).toBe(
      'MAINTENANCE',
    );
  });

  test('a refused change leaves no event behind; a repeated event is one event; events keep their order', async () => {
    const missionId = await launch('Bravo-4');
    const first = missionEvent({ type: 'ARMED', sentence: 'First.', atMs: NOW_MS + 5 });
    const second = missionEvent({ type: 'TAKEOFF_COMPLETE', sentence: 'Second.', atMs: NOW_MS + 5 });
    await write.recordMissionProgress({
      missionId,
      events: [first, second],
      changes: { status: 'IN_FLIGHT' },
    });
    await write.recordMissionProgress({ missionId, events: [second], changes: {} });
    await finish(missionId);
    await expect(
      write.recordMissionProgress({ missionId, events: [missionEvent()], changes: { status: 'RETURNING' } }),
    ).rejects.toMatchObject({ code: 'MISSION_OVER' });
    const sentences = (await read.missionEvents({ missionId })).map((event) => event.sentence);
    expect(sentences).toEqual(['Launched.', 'First.', 'Second.']);
    await expect(
      write.recordMissionProgress({ missionId: newId(), events: [], changes: {} }),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('recordings', () => {
  test('a path is thinned evenly with both ends; repeats count once', async () => {
    const missionId = await launch('Alpha-1');
    const rows = Array.from({ length: 10_000 }, (_, index) =>
      telemetryRow(missionId, { atMs: NOW_MS + index * 100, latitudeDeg: 42 + index * 1e-6 }),
    );
    expect(await write.appendTelemetry({ rows })).toEqual({ inserted: 10_000 });
    expect(await write.appendTelemetry({ rows: rows.slice(0, 10) })).toEqual({ inserted: 0 });
    expect(await read.telemetryCount({ missionId })).toBe(10_000);
    const path = await read.flownPath({ missionId, maximumPoints: 1_000 });
    expect(path).toHaveLength(1_000);
    expect(path[0]?.latitudeDeg).toBe(42);
    expect(path.at(-1)?.latitudeDeg).toBeCloseTo(42.009_999, 8);
    const steps = path
      .slice(1)
      .map((point, index) => Math.round((point.latitudeDeg - (path[index]?.latitudeDeg ?? 0)) * 1e6));
    expect(new Set(steps)).toEqual(new Set([10, 11]));
    expect(await read.flownPath({ missionId, maximumPoints: 20_000 })).toHaveLength(10_000);
    await finish(missionId);
  });

  test('a measurement that cannot be true does not cost its batch; a place off Earth and an unknown mission do', async () => {
    const missionId = await launch('Alpha-1');
    const odd = telemetryRow(missionId, {
      headingDeg: 700,
      groundSpeedMps: Number.NaN,
      batteryPercent: -1,
      temperatureC: 9e9,
      altitudeAmslM: 1e7,
    });
    expect(await write.appendTelemetry({ rows: [odd] })).toEqual({ inserted: 1 });
    for (const latitudeDeg of [91, Number.NaN])
      await expect(
        write.appendTelemetry({ rows: [telemetryRow(missionId, { latitudeDeg })] }),
      ).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await expect(write.appendTelemetry({ rows: [telemetryRow(newId())] })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(await write.appendTelemetry({ rows: [] })).toEqual({ inserted: 0 });
    await finish(missionId);
  });

  test('the flown clearance counts zones in force then, and a low ceiling only where the flight was below it', async () => {
    const start = { latitudeDeg: 60, longitudeDeg: 20 };
    const zone = (north: number, changes = {}) =>
      write.createZone({
        ...squareZone({ latitudeDeg: 60 + north, longitudeDeg: 20.005 }, 0.001, changes),
        zoneId: newId(),
        nowMs: NOW_MS,
      });
    const missionId = await launch('Alpha-1');
    expect(await read.flownClearance({ missionId })).toBe(null);
    // North along 20° E: climbs from 10 m to 60 m above its start, and stays there.
    const rows = Array.from({ length: 11 }, (_, step) =>
      telemetryRow(missionId, {
        atMs: NOW_MS + step * 1_000,
        latitudeDeg: start.latitudeDeg + step * 0.001,
        longitudeDeg: 20,
        altitudeAmslM: 100 + Math.min(60, step * 10),
      }),
    );
    await write.appendTelemetry({ rows });
    expect(await read.flownClearance({ missionId })).toBe(null);
    await zone(0.009, { ceilingAglM: 30 });
    // Below 30 m until 0.003° (the step from there ends above): the zone begins at 0.008° north, 0.004° east.
    const lowM = await read.flownClearance({ missionId });
    expect(lowM).toBeCloseTo(Math.hypot(0.004 * 111_420, 0.004 * 55_790), -1);
    await zone(0.009, { startsAtMs: NOW_MS + 60_000 });
    expect(await read.flownClearance({ missionId })).toBe(lowM);
    await zone(0.009);
    expect(await read.flownClearance({ missionId })).toBeCloseTo(0.004 * 55_790, 0);
    await finish(missionId);
  });

  test('utterances are counted once each and come in order', async () => {
    const missionId = await launch('Alpha-1');
    const utterance = {
      missionId,
      speaker: 'BYSTANDER',
      language: 'es',
      confidence: 0.5,
      conversationState: 'PADS',
    } as const;
    const second = { ...utterance, transcriptId: newId(), atMs: NOW_MS + 2, text: '¿Dónde?' };
    await write.appendTranscript(second);
    await write.appendTranscript({
      ...utterance,
      transcriptId: newId(),
      atMs: NOW_MS + 1,
      text: 'Hola',
      speaker: 'DRONE',
      confidence: null,
    });
    await write.appendTranscript(second);
    expect((await read.missionTranscript({ missionId })).map((spoken) => spoken.text)).toEqual([
      'Hola',
      '¿Dónde?',
    ]);
    expect((await read.mission({ missionId }))?.voiceExchanges).toBe(2);
    await finish(missionId);
    await write.appendTranscript({ ...utterance, transcriptId: newId(), atMs: NOW_MS + 3, text: 'Adiós' });
    expect(await read.missionTranscript({ missionId })).toHaveLength(3);
  });
});

describe('people', () => {
  test('a session names its person until it ends or is revoked', async () => {
    const session = {
      dispatcherId: 'operator12',
      tokenHash: 'hash of a token',
      nowMs: NOW_MS,
      expiresAtMs: NOW_MS + 1_000,
    };
    await write.createSession(session);
    await write.recordSignIn({ dispatcherId: 'operator12', nowMs: NOW_MS });
    const who = (nowMs: number) => read.personBySession({ tokenHash: session.tokenHash, nowMs });
    expect(await who(NOW_MS)).toEqual({
      dispatcherId: 'operator12',
      displayName: 'Operator 12',
      role: 'SUPERVISOR',
      permissions: null,
    });
    expect(await who(NOW_MS + 1_000)).toBe(null);
    await write.revokeSession({ tokenHash: session.tokenHash, nowMs: NOW_MS + 1 });
    expect(await who(NOW_MS + 1)).toBe(null);
    expect(await read.credentials({ dispatcherId: 'dispatcher04' })).toMatchObject({
      active: true,
      passwordHash: expect.stringMatching(/^\$2[aby]\$10\$/),
    });
    expect(await read.credentials({ dispatcherId: "x' OR '1'='1" })).toBe(null);
    await expect(
      write.createSession({ ...session, tokenHash: 'b', dispatcherId: 'nobody' }),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('a first administrator is only for a station without people; a base is made once', async () => {
    expect(await read.hasPeople({})).toBe(true);
    const input = {
      dispatcherId: 'first',
      displayName: 'First',
      passwordHash: `$2b$10$${'a'.repeat(53)}`,
      nowMs: NOW_MS,
    };
    await expect(write.createFirstAdministrator(input)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(await write.ensureBaseStation({ baseStationId: 'NEW', position: SCENE })).toMatchObject({
      position: SCENE,
    });
    expect(await write.ensureBaseStation({ baseStationId: 'BOS-1', position: SCENE })).toMatchObject({
      name: 'Fire Station 10',
      position: FIRE_STATION_10,
    });
  });

  test('an audit entry is taken', async () => {
    await write.appendAudit({
      atMs: NOW_MS,
      dispatcherId: null,
      action: 'SIGN_IN_REFUSED',
      subject: 'x',
      detail: { tries: 2 },
    });
    expect(await read.databaseSize({})).toBeGreaterThan(5_000_000);
  });
});
