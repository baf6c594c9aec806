import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freeUdpPort, type RunningProgram, startProgram } from '../../scripts/child-programs.ts';
import { connectToStation, type StationClient } from '../../scripts/station-client.ts';

export interface RunningStation {
  url: string;
  dataDirectory: string;
  station: RunningProgram;
  simulator: RunningProgram | null;
  client: StationClient;
  signedInAs(dispatcherId: string): Promise<StationClient>;
  /** Ends the station as a power cut would. */
  kill(): Promise<void>;
  /** Starts it again on the same records; on the same port where `stationArgs` name one. */
  restart(): Promise<void>;
  killAndRestart(): Promise<void>;
  stop(): Promise<void>;
}

/** The built headless host on demo data, with a simulator process when `drones` is not 0; all on free loopback ports. */
export async function runStation(options: {
  seed?: number;
  speed?: number;
  drones?: number;
  simulatorArgs?: string[];
  stationArgs?: string[];
}): Promise<RunningStation> {
  const { seed = 1, speed = 8, drones = 6, simulatorArgs = [], stationArgs = ['--demo'] } = options;
  const dataDirectory = await mkdtemp(join(tmpdir(), 'skyrescue-test-'));
  const udpPort = await freeUdpPort();
  const args = ['--data-dir', dataDirectory, '--no-open', '--link', `udpin:127.0.0.1:${udpPort}`];
  const anchor = ['--time-anchor', String(Date.now())];
  args.push('--time-scale', String(speed), ...anchor, ...stationArgs);
  const connections: (() => void)[] = [];

  async function connect(url: string, dispatcherId: string | null): Promise<StationClient> {
    const { client, close } = await connectToStation(url);
    connections.push(close);
    const { demoAccount } = await client.session.greeting();
    if (dispatcherId !== null && demoAccount !== null)
      await client.session.signIn({ dispatcherId, password: demoAccount.password });
    return client;
  }

  const signInName = stationArgs.includes('--demo') ? 'operator12' : null;
  const station = await startProgram('headless', args);
  const url = String(station.ready.url);
  const simulator =
    drones === 0
      ? null
      : await startProgram('simulator', [
          ...['--target', `127.0.0.1:${udpPort}`, '--seed', String(seed), '--speed', String(speed)],
          ...['--drones', String(drones), '--exit-with-parent', ...anchor, ...simulatorArgs],
        ]).catch(async (error: unknown) => {
          await station.stop();
          throw error;
        });
  const running: RunningStation = {
    url,
    dataDirectory,
    station,
    simulator,
    client: await connect(url, signInName),
    signedInAs: (dispatcherId) => connect(running.url, dispatcherId),
    async kill() {
      const ended = new Promise<void>((resolve) => running.station.child.once('exit', () => resolve()));
      running.station.child.kill('SIGKILL');
      await ended;
    },
    async restart() {
      running.station = await startProgram('headless', args);
      running.url = String(running.station.ready.url);
      running.client = await connect(running.url, signInName);
    },
    async killAndRestart() {
      await running.kill();
      await running.restart();
    },
    async stop() {
      for (const close of connections) close();
      await simulator?.stop();
      await running.station.stop();
      await rm(dataDirectory, { recursive: true, force: true });
    },
  };
  return running;
}
