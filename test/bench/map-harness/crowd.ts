import type { Zone } from '../../../preload/contract/airspace.ts';
import { MOTION_FLAG } from '../../../preload/contract/fleet.ts';
import { circle, source } from './boston.ts';

/** mulberry32: the page may not import the station's source of chance. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** Zones over some 60 × 60 km around Boston, most in force. */
export function crowdZones(count: number, seed: number): Zone[] {
  const next = seeded(seed);
  return Array.from({ length: count }, (_, index) => ({
    zoneId: `zone-${index}`,
    name: `Zone ${index}`,
    type: 'SCHOOL',
    corners: circle(
      { latitudeDeg: 42.355 + (next() - 0.5) * 0.55, longitudeDeg: -71.064 + (next() - 0.5) * 0.75 },
      60 + next() * 240,
      12 + Math.floor(next() * 20),
    ),
    ceilingAglM: 120,
    startsAtMs: null,
    endsAtMs: null,
    authority: null,
    authorityReference: null,
    active: true,
    version: 1,
    inForce: next() > 0.1,
  }));
}

/** Drones that fly straight at 18 m/s within some 12 km and turn back at the edge. */
export function crowdMotion(count: number, seed: number) {
  const next = seeded(seed + 1);
  const drones = Array.from({ length: count }, (_, index) => ({
    key: `Drone-${index}`,
    latitudeDeg: 42.355 + (next() - 0.5) * 0.08,
    longitudeDeg: -71.064 + (next() - 0.5) * 0.12,
    headingDeg: next() * 360,
    flags: MOTION_FLAG.ARMED | (next() > 0.95 ? MOTION_FLAG.UNREGISTERED : 0),
  }));
  const stepDeg = (18 * 0.1) / 111_320;
  return source(() => {
    for (const drone of drones) {
      const heading = (drone.headingDeg * Math.PI) / 180;
      drone.latitudeDeg += Math.cos(heading) * stepDeg;
      drone.longitudeDeg += Math.sin(heading) * stepDeg;
      const away =
        Math.abs(drone.latitudeDeg - 42.355) > 0.05 || Math.abs(drone.longitudeDeg + 71.064) > 0.07;
      drone.headingDeg = (drone.headingDeg + (away ? 180 : 0.5)) % 360;
    }
    return {
      keys: drones.map((drone) => drone.key),
      values: drones.flatMap(({ latitudeDeg, longitudeDeg, headingDeg, flags }) => [
        latitudeDeg,
        longitudeDeg,
        60,
        headingDeg,
        18,
        80,
        flags,
      ]),
    };
  });
}
