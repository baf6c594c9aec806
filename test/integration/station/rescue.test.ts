import { afterEach, expect, test } from 'vitest';
import { complaintsAbout, flyRescue, RESCUE_SCENE } from '../../../scripts/rescue.ts';
import { firstOf } from '../../../scripts/station-client.ts';
import { launchRescue } from '../../support/launch-rescue.ts';
import { type RunningStation, runStation } from '../../support/running-station.ts';

const SPEED = 5;
let running: RunningStation | null = null;
afterEach(async () => {
  await running?.stop();
  running = null;
});

test('a call comes in, a drone flies round the zones, the AED is delivered and recorded; another flight is aborted', async () => {
  running = await runStation({ seed: 11, speed: SPEED });
  const figures = await flyRescue(running.client, SPEED);
  expect(complaintsAbout(figures)).toEqual([]);
}, 180_000);

test('a station killed in flight finds its mission again, goes on, and has lost no recorded second', async () => {
  running = await runStation({ seed: 12, speed: SPEED });
  const { missionId } = await launchRescue(running.client, RESCUE_SCENE, SPEED);
  await firstOf(
    running.client.missions.timeline({ missionId }),
    ({ events }) => events.some((event) => event.type === 'TAKEOFF_COMPLETE'),
    60_000,
    'takeoff',
  );
  const before = await running.client.missions.report({ missionId });
  await running.killAndRestart();
  const after = await running.client.missions.report({ missionId });
  const idsAfter = new Set(after.events.map((event) => event.eventId));
  expect(before.events.every((event) => idsAfter.has(event.eventId))).toBe(true);
  expect(after.telemetryRows).toBeGreaterThanOrEqual(before.telemetryRows);
  await firstOf(
    running.client.missions.watch(),
    ({ missions }) => missions.some((mission) => mission.missionId === missionId && mission.phase === 'OVER'),
    150_000,
    'the mission is over',
  );
  const report = await running.client.missions.report({ missionId });
  expect(report.mission.status).toBe('COMPLETED');
  expect(report.events.map((event) => event.type)).toContain('STATION_RESTARTED');
}, 240_000);
