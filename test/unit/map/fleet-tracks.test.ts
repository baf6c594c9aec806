import { expect, test } from 'vitest';
import { type FleetMotion, MOTION_FLAG } from '../../../preload/contract/fleet.ts';
import { type DroneTrack, FleetTracks, placeAt, staleForMs } from '../../../renderer/map/fleet-tracks.ts';
import { worldX } from '../../../renderer/map/mercator.ts';

function motion(longitudeDeg: number, headingDeg: number, ageMs = 0, flags = 0): FleetMotion {
  return { keys: ['Alpha-3'], values: [42, longitudeDeg, 60, headingDeg, 18, ageMs, flags] };
}

function only(tracks: FleetTracks): DroneTrack {
  const track = tracks.get('Alpha-3');
  if (track === undefined) throw new Error('Alpha-3 is gone.');
  return track;
}

test('a drone glides from where it is drawn to where it is reported, without a jump', () => {
  const tracks = new FleetTracks();
  tracks.apply(motion(-71, 350), 1000);
  expect(placeAt(only(tracks), 1000)).toMatchObject({ x: worldX(-71), headingDeg: 350 });
  tracks.apply(motion(-70.9, 10), 1100);
  expect(placeAt(only(tracks), 1100)).toMatchObject({ x: worldX(-71), headingDeg: 350 });
  const half = placeAt(only(tracks), 1150);
  expect(half.x).toBeCloseTo(worldX(-70.95), 9);
  expect(half.headingDeg).toBeCloseTo(0, 6);
  expect(tracks.gliding(1150)).toBe(true);
  tracks.apply(motion(-70.8, 10), 1150);
  expect(placeAt(only(tracks), 1150).x).toBeCloseTo(half.x, 12);
  expect(placeAt(only(tracks), 9999).x).toBe(worldX(-70.8));
  expect(tracks.gliding(9999)).toBe(false);
});

test('a drone that is named no more is gone, and one without a place is not shown', () => {
  const tracks = new FleetTracks();
  tracks.apply(motion(-71, 0), 0);
  tracks.apply({ keys: ['Bravo-1'], values: [Number.NaN, 0, 0, 0, 0, 0, 0] }, 100);
  expect([...tracks.all()]).toEqual([]);
});

test('F10: data older than 3 s is stale, also when no message comes at all', () => {
  const tracks = new FleetTracks();
  tracks.apply(motion(-71, 0, 500), 10_000);
  expect(staleForMs(only(tracks), 12_400)).toBeNull();
  expect(staleForMs(only(tracks), 12_600)).toBe(3100);
  tracks.apply(motion(-71, 0, 200, MOTION_FLAG.STALE), 13_000);
  expect(staleForMs(only(tracks), 13_000)).toBe(200);
});

test('a trail grows once a second while the drone moves, and is bounded', () => {
  const tracks = new FleetTracks();
  for (let second = 0; second < 300; second++) {
    tracks.apply(motion(-71 + second * 0.001, 0), second * 1000);
    tracks.apply(motion(-71 + second * 0.001 + 0.0005, 0), second * 1000 + 100);
  }
  expect(only(tracks).trail).toHaveLength(240);
  const before = only(tracks).trail.length;
  for (let second = 300; second < 310; second++) tracks.apply(motion(-70, 0), second * 1000);
  expect(only(tracks).trail).toHaveLength(before);
  expect(only(tracks).trail.at(-2)).toBe(worldX(-70));
});
