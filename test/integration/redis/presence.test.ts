import { afterEach, beforeEach, expect, test } from 'vitest';
import { scaledClock, systemClock } from '../../../main/station/ports/clock.ts';
import type { Log } from '../../../main/station/ports/log.ts';
import { seededRandom } from '../../../main/station/ports/random.ts';
import { RedisConnection } from '../../../main/station/sync/redis-connection.ts';
import { RedisLive } from '../../../main/station/sync/redis-live.ts';
import {
  type HeardDrone,
  type OwnMission,
  RedisPresence,
} from '../../../main/station/sync/redis-presence.ts';
import { eventually } from '../../support/eventually.ts';
import { type RedisServer, startRedis } from '../../support/redis-server.ts';

const MISSION = '0198f3a0-0000-7000-8000-000000000001';
/** Five times as fast as life; Redis's own lifetimes are not. */
const clock = scaledClock(systemClock, 5);
const quiet: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Station North flies a mission and hears two drones; station South looks on. */
interface World {
  server: RedisServer;
  missions: OwnMission[];
  drones: HeardDrone[];
  /** What the central PostgreSQL has committed. */
  settled: string[];
  north: RedisConnection;
  presence: RedisPresence;
  south: RedisConnection;
  live: RedisLive;
  malformed: string[];
}
let world: World;

const mission = (changes: Partial<OwnMission> = {}): OwnMission => ({
  missionId: MISSION,
  droneId: 'Alpha-1',
  status: 'IN_FLIGHT',
  over: false,
  launchedAtMs: Date.now() - 45_000,
  timeToSceneS: 90,
  place: {
    latitudeDeg: 42.36,
    longitudeDeg: -71.06,
    altitudeRelativeHomeM: 62,
    headingDeg: 45,
    groundSpeedMps: 17,
  },
  ...changes,
});

function connect(server: RedisServer): RedisConnection {
  const random = seededRandom(4);
  return new RedisConnection({ url: server.url, authority: null, clock, random, log: quiet });
}

beforeEach(async () => {
  const server = await startRedis();
  const [north, south] = [connect(server), connect(server)];
  const missions = [mission()];
  const drones: HeardDrone[] = [{ droneId: 'Alpha-2', free: true, heardMsAgo: 200 }];
  const settled = [MISSION];
  const malformed: string[] = [];
  const presence = new RedisPresence({
    redis: north,
    stationId: 'north',
    clock,
    log: quiet,
    sources: {
      missions: () => world.missions,
      drones: () => world.drones,
      settled: async (missionIds) => missionIds.filter((id) => world.settled.includes(id)),
    },
  });
  const live = new RedisLive({
    redis: south,
    remote: { missionIds: () => [MISSION], droneIds: () => ['Alpha-1', 'Alpha-2'] },
    clock,
    log: { ...quiet, warn: (event) => void malformed.push(event) },
  });
  world = { server, missions, drones, settled, north, presence, south, live, malformed };
});

afterEach(async () => {
  world.presence.close();
  world.live.close();
  world.north.close();
  world.south.close();
  await world.server.stop();
});

const seen = () =>
  eventually(
    () => world.live.mission(MISSION),
    (known) => known !== null,
    'the mission is seen',
  );
const available = (droneId: string) => world.server.client.get(`drone:${droneId}:available`);

test('the keys have the names, the forms and the lifetimes of the specification', async () => {
  world.presence.active('operator12');
  await seen();
  const { client } = world.server;
  await eventually(
    () => client.exists('dispatcher:operator12:session'),
    (count) => count === 1,
    'the session',
  );
  expect((await client.keys('*')).sort()).toEqual([
    'dispatcher:operator12:session',
    'drone:Alpha-2:available',
    `mission:${MISSION}:state`,
  ]);
  const state = await client.hgetall(`mission:${MISSION}:state`);
  expect(state).toMatchObject({ status: 'IN_FLIGHT', drone_id: 'Alpha-1', eta_remaining: '90' });
  expect(Number(state.elapsed_seconds)).toBeGreaterThanOrEqual(45);
  expect(await client.pttl(`mission:${MISSION}:state`)).toBe(-1);
  expect(await available('Alpha-2')).toBe('true');
  const lifeMs = await client.pttl('drone:Alpha-2:available');
  expect(lifeMs).toBeGreaterThan(30_000);
  expect(lifeMs).toBeLessThanOrEqual(60_000 - 200);
  const session = await client.hgetall('dispatcher:operator12:session');
  expect(Object.keys(session).sort()).toEqual(['last_activity', 'station_id']);
  expect(await client.ttl('dispatcher:operator12:session')).toBeGreaterThan(23 * 3_600);

  world.presence.left('operator12');
  world.missions = [mission({ status: 'COMPLETED', over: true })];
  await eventually(
    () => client.keys('*'),
    (keys) => keys.join() === 'drone:Alpha-2:available',
    'all over',
  );
});

test('another station sees the mission, its place and its drone; what it may not see it does not ask for', async () => {
  const known = await seen();
  expect(known).toMatchObject({ stationId: 'north', droneId: 'Alpha-1', timeToSceneS: 90 });
  expect(known?.place).toMatchObject({ latitudeDeg: 42.36, longitudeDeg: -71.06 });
  expect(known?.ageMs()).toBeLessThan(10_000);
  expect(world.live.mission('0198f3a0-0000-7000-8000-00000000dead')).toBeNull();
  await eventually(
    () => world.live.availability('Alpha-2'),
    (value) => value === 'FREE',
    'Alpha-2 is free',
  );
  expect(world.live.availability('Alpha-1')).toBe('UNKNOWN');
});

test('case 25, Redis flushed: the next second brings everything back from the station itself', async () => {
  await seen();
  await world.server.client.flushall();
  await eventually(
    () => world.server.client.exists(`mission:${MISSION}:state`),
    (count) => count === 1,
    'the mission is back',
  );
  // A restart empties it too, and takes the connections with it.
  await world.server.kill();
  await eventually(
    () => world.live.mission(MISSION) === null || !world.south.usable(),
    Boolean,
    'it is away',
  );
  await world.server.start();
  await eventually(
    async () =>
      [await available('Alpha-2'), await world.server.client.exists(`mission:${MISSION}:state`)].join(),
    (both) => both === 'true,1',
    'drone and mission are back',
  );
});

test('case 26, Redis down or hanging while PostgreSQL is up: nothing waits, and it is said', async () => {
  await seen();
  for (const away of [world.server.hang, world.server.kill] as const) {
    await away();
    await eventually(
      () => world.north.health(),
      ({ state }) => state === 'DOWN',
      'it is known',
    );
    expect(world.north.health().sentence).toContain('everything else goes on');
    const startedMs = performance.now();
    expect(await world.north.attempt((client) => client.get('x'))).toBeNull();
    expect(performance.now() - startedMs).toBeLessThan(400);
    world.server.goOn();
    await eventually(() => world.north.usable() || away === world.server.kill, Boolean, 'it is back');
  }
});

test('case 27, PostgreSQL down while Redis is up: the cache never says more than PostgreSQL has', async () => {
  world.settled = [];
  world.missions = [mission({ missionId: MISSION, status: 'LANDED' })];
  await world.server.client.flushall();
  await eventually(
    () => available('Alpha-2'),
    (value) => value === 'true',
    'drones are heard all the same',
  );
  await new Promise((resolve) => setTimeout(resolve, 700));
  const before = await world.server.client.hget(`mission:${MISSION}:state`, 'status');
  expect(before === null || before === 'IN_FLIGHT').toBe(true);
  world.settled = [MISSION];
  await eventually(
    () => world.server.client.hget(`mission:${MISSION}:state`, 'status'),
    (status) => status === 'LANDED',
    'after the commit it is told',
  );
});

test('case 39, a stale heartbeat revives nothing: neither a drone that was taken nor one that fell silent', async () => {
  await eventually(
    () => available('Alpha-2'),
    (value) => value === 'true',
    'it is free',
  );
  // It is launched now; a heartbeat from before the launch is still on its way, from this station or another.
  world.drones = [{ droneId: 'Alpha-2', free: false, heardMsAgo: 100 }];
  await eventually(
    () => available('Alpha-2'),
    (value) => value === 'false',
    'it is taken',
  );
  world.drones = [{ droneId: 'Alpha-2', free: true, heardMsAgo: 8_000 }];
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect(await available('Alpha-2')).toBe('false');
  // One that was last heard 59.5 s ago lives for half a second; one of 61 s ago is not told at all.
  world.drones = [
    { droneId: 'Alpha-3', free: true, heardMsAgo: 58_500 },
    { droneId: 'Alpha-4', free: true, heardMsAgo: 61_000 },
  ];
  await eventually(
    () => available('Alpha-3'),
    (value) => value === 'true',
    'just heard',
  );
  await eventually(
    () => available('Alpha-3'),
    (value) => value === null,
    'and silent again',
  );
  expect(await available('Alpha-4')).toBeNull();
});

test('what somebody else wrote is checked before it is used', async () => {
  await seen();
  world.presence.close();
  const { client } = world.server;
  await client.hset(`mission:${MISSION}:state`, 'status', 'TELEPORTED');
  await client.set('drone:Alpha-2:available', 'perhaps');
  await eventually(
    () => world.live.mission(MISSION),
    (known) => known === null,
    'an unknown status is not shown',
  );
  await eventually(
    () => world.live.availability('Alpha-2'),
    (value) => value === 'UNKNOWN',
    'unknown is not free',
  );
  await client.del(`mission:${MISSION}:state`);
  await client.set(`mission:${MISSION}:state`, 'not a hash');
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect(world.live.mission(MISSION)).toBeNull();
  expect(world.malformed).toEqual(['redis-value-malformed']);
  expect(world.south.usable()).toBe(true);
});
