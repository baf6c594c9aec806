import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, it, vi } from 'vitest';
import { openLinks } from '../../../main/station/link/link-set.ts';
import type { PlanItem } from '../../../main/station/ports/aircraft.ts';
import { systemClock } from '../../../main/station/ports/clock.ts';
import { createVehicles } from '../../../main/station/vehicle/vehicle-registry.ts';
import { freeUdpPort } from '../../support/udp-peer.ts';

const silent = { info: () => {}, warn: () => {}, error: () => {} };
let simulator: ChildProcess | null = null;

afterEach(async () => {
  if (simulator === null || simulator.exitCode !== null) return;
  const ended = once(simulator, 'exit');
  simulator.kill();
  await ended;
});

it('flies a simulated drone from boot to return, over UDP, in another process', async () => {
  const port = await freeUdpPort();
  const links = openLinks({ addresses: [`udpin:127.0.0.1:${port}`], clock: systemClock, log: silent });
  const vehicles = createVehicles({ links, clock: systemClock, log: silent });
  simulator = spawn(
    process.execPath,
    [
      'main/simulator/index.ts',
      '--target',
      `127.0.0.1:${port}`,
      '--drones',
      '1',
      '--boot-s',
      '6',
      '--exit-with-parent',
    ],
    { stdio: ['pipe', 'ignore', 'inherit'] },
  );
  const drone = await vi.waitFor(
    () => {
      const [first] = vehicles.all();
      if (first?.state().health?.readyToArm !== false) throw new Error('Not heard yet.');
      return first;
    },
    { timeout: 15_000 },
  );
  expect(await drone.arm({ setsHome: true })).toEqual({
    state: 'REFUSED',
    sentence: expect.stringMatching(/^The drone refused to arm.*: .*requires position/),
  });

  await vi.waitFor(() => expect(drone.state().health?.readyToArm).toBe(true), { timeout: 20_000 });
  const { position, firmware, home } = drone.state();
  if (position === null) throw new Error('It is ready and has no position.');
  expect(firmware).toMatch(/^ArduCopter 4\./);
  expect(home).not.toBeNull();
  const ahead = { latitudeDeg: position.latitudeDeg + 0.004, longitudeDeg: position.longitudeDeg };
  const plan: PlanItem[] = [
    { kind: 'TAKEOFF', altitudeRelativeHomeM: 30 },
    { kind: 'SPEED', groundSpeedMps: 12 },
    { kind: 'WAYPOINT', position: ahead, altitudeRelativeHomeM: 30 },
    { kind: 'LAND', position: ahead },
  ];
  for (const action of [
    () => drone.uploadPlan(plan),
    () => drone.arm({ setsHome: true }),
    () => drone.startMission(),
  ])
    expect(await action()).toEqual({ state: 'ACCEPTED' });
  await vi.waitFor(() => expect(drone.state().position?.altitudeRelativeHomeM).toBeGreaterThan(3), {
    timeout: 15_000,
  });
  for (const [action, modeKind] of [
    [() => drone.hold(), 'HOLD'],
    [() => drone.resumeMission(), 'MISSION'],
    [() => drone.returnHome(), 'RETURN'],
    [() => drone.landHere(), 'LAND'],
  ] as const) {
    expect(await action()).toEqual({ state: 'ACCEPTED' });
    await vi.waitFor(() => expect(drone.state().modeKind).toBe(modeKind), { timeout: 3_000 });
  }
  expect(vehicles.oddities()).toEqual([]);
  vehicles.close();
  await links.close();
});
