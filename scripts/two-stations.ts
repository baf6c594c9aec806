import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsAdministrator } from './central-database.ts';
import { type CentralDevServers, startCentralDev } from './central-dev.ts';
import { addStation } from './central-stations.ts';
import { freeUdpPort, type RunningProgram, startProgram } from './child-programs.ts';
import { type NetworkSwitch, openNetworkSwitch } from './network-switch.ts';
import { connectToStation, type StationClient } from './station-client.ts';

export interface DemoStation {
  readonly stationId: string;
  readonly url: string;
  readonly account: { dispatcherId: string; password: string };
  readonly client: StationClient;
  readonly program: RunningProgram;
  /** Its cable to the centre, PostgreSQL and Redis alike. */
  readonly network: { cut(): void; join(): void; isCut(): boolean };
}

export interface TwoStations {
  readonly north: DemoStation;
  readonly south: DemoStation;
  readonly central: { administratorUrl: string };
  stop(): Promise<void>;
}

const PASSWORD = 'shock-advised-12';
/** A quarter of its own, clear of the demo's zones. */
const SOUTH_BASE = { latitudeDeg: 42.3255, longitudeDeg: -71.066 };

/** Both stations may have it in their books, as if it had been handed over without a word. */
export const SHARED_DRONE = 'Echo-2';

interface TwoStationOptions {
  /** Both stations register SHARED_DRONE, and both hear a drone of that name. */
  withSharedDrone?: boolean;
  seed: string;
  speed: number;
  open: boolean;
  onProgress(sentence: string): void;
}

/** A centre (PostgreSQL, PgBouncer, Redis) and two stations with drones of their own, all on loopback. */
export async function startTwoStations({
  withSharedDrone = false,
  ...options
}: TwoStationOptions): Promise<TwoStations> {
  const stops: (() => unknown)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of stops.splice(0).reverse()) await end();
  };
  try {
    const central = await startCentralDev(null, options.onProgress);
    stops.push(() => central.stop());
    const directory = await mkdtemp(join(tmpdir(), 'skyrescue-two-stations-'));
    stops.push(() => rm(directory, { recursive: true, force: true }));
    const tokens = await addStations(central.administratorUrl, ['north', 'south']);
    const town: Town = { ...options, central, directory, anchorMs: Date.now(), stops };
    const north = await startStation(town, {
      ...{ stationId: 'north', token: tokens.north ?? '', dispatcherId: 'operator12' },
      args: ['--demo', '--station-name', 'North'],
      simulatorArgs: ['--drones', '6'],
    });
    const at = `${SOUTH_BASE.latitudeDeg}/${SOUTH_BASE.longitudeDeg}`;
    const south = await startStation(town, {
      ...{ stationId: 'south', token: tokens.south ?? '', dispatcherId: 'south12' },
      args: [
        ...['--create-admin', 'south12', '--station-name', 'South'],
        ...['--register', `South-1=sysid:1,base:SOU-1,serial:SR-SOUTH-1,at:${at}`],
        ...['--register', `South-2=sysid:2,base:SOU-1,serial:SR-SOUTH-2,at:${at}`],
        ...(withSharedDrone
          ? ['--register', `${SHARED_DRONE}=sysid:3,base:SOU-1,serial:SR1000-0006,at:${at}`]
          : []),
      ],
      simulatorArgs: ['--drones', withSharedDrone ? '3' : '2', '--at', at],
    });
    return { north, south, central: { administratorUrl: central.administratorUrl }, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Town extends TwoStationOptions {
  central: CentralDevServers;
  directory: string;
  anchorMs: number;
  stops: (() => unknown)[];
}

interface OwnArguments {
  stationId: string;
  token: string;
  dispatcherId: string;
  args: string[];
  simulatorArgs: string[];
}

async function startStation(town: Town, own: OwnArguments): Promise<DemoStation> {
  const { central, directory, stops, speed } = town;
  const database = await openNetworkSwitch(Number(new URL(central.stationUrl).port));
  const redis = await openNetworkSwitch(central.redis.port);
  stops.push(database.close, redis.close);
  const udpPort = await freeUdpPort();
  const program = await startProgram(
    'headless',
    [
      ...['--data-dir', join(directory, own.stationId), '--link', `udpin:127.0.0.1:${udpPort}`],
      ...['--time-scale', String(speed), '--time-anchor', String(town.anchorMs)],
      ...['--central', through(database, central.stationUrl), '--station-id', own.stationId],
      ...['--redis', `redis://127.0.0.1:${redis.port}`, ...own.args],
      ...(town.open ? [] : ['--no-open']),
    ],
    { environment: { SKYRESCUE_STATION_TOKEN: own.token, SKYRESCUE_ADMIN_PASSWORD: PASSWORD } },
  );
  stops.push(program.stop);
  const simulator = await startProgram('simulator', [
    ...['--target', `127.0.0.1:${udpPort}`, '--seed', town.seed, '--speed', String(speed)],
    ...['--exit-with-parent', ...own.simulatorArgs],
  ]);
  stops.push(simulator.stop);
  const url = String(program.ready.url);
  const { client, close } = await connectToStation(url);
  stops.push(close);
  const account = { dispatcherId: own.dispatcherId, password: PASSWORD };
  await client.session.signIn(account);
  return { stationId: own.stationId, url, account, client, program, network: bothOf(database, redis) };
}

async function addStations(
  administratorUrl: string,
  ids: readonly string[],
): Promise<Record<string, string>> {
  const client = await connectAsAdministrator(administratorUrl, null);
  try {
    const tokens: Record<string, string> = {};
    for (const stationId of ids)
      tokens[stationId] = await addStation(client, {
        stationId,
        name: stationId,
        states: ['MA'],
        validDays: 30,
      });
    return tokens;
  } finally {
    await client.end();
  }
}

/** The same address, through the cable. */
function through(cable: NetworkSwitch, url: string): string {
  const address = new URL(url);
  address.port = String(cable.port);
  return address.href;
}

function bothOf(database: NetworkSwitch, redis: NetworkSwitch): DemoStation['network'] {
  return {
    cut() {
      database.cut();
      redis.cut();
    },
    join() {
      database.join();
      redis.join();
    },
    isCut: database.isCut,
  };
}
