import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { RPCHandler } from '@orpc/server/ws';
import type { WebSocket } from 'ws';
import { Refusal } from '../../preload/contract/errors.ts';
import { type HostedStation, hostStation } from '../station/host-station.ts';
import { parseHostArguments, USAGE } from '../station/options.ts';
import { checkHealth, EXIT_CODES, healthTable } from './health-check-command.ts';
import { openWindowSentence } from './open-window.ts';
import { openPageServer } from './page-server.ts';
import { respondWithTiles } from './tile-responder.ts';

/** The station under plain Node: the page over HTTP and the contract over WebSocket, on loopback. */
const PROGRAM_DIRECTORY = import.meta.dirname;
const PROJECT_DIRECTORY = join(PROGRAM_DIRECTORY, '../..');

run().catch((error: unknown) => {
  console.error(error instanceof Refusal ? error.message : error);
  process.exitCode = 1;
});

async function run(): Promise<void> {
  const startedMs = performance.now() - process.uptime() * 1000;
  const args = parseHostArguments(process.argv.slice(2));
  if (args.help) {
    console.log(USAGE);
    return;
  }
  const dataDirectory =
    args.station.dataDirectory ?? join(homedir(), '.local/share/skyrescue-ground-control');
  const hosted = hostStation({
    arguments: { ...args.station, dataDirectory },
    programDirectory: PROGRAM_DIRECTORY,
    resourcesDirectory: join(PROJECT_DIRECTORY, 'resources'),
    version: versionOf(PROJECT_DIRECTORY),
    firstAdministratorPassword: process.env.SKYRESCUE_ADMIN_PASSWORD ?? null,
    stationToken: process.env.SKYRESCUE_STATION_TOKEN ?? null,
    // What is asked for on the command line is the only thing printed.
    ...(args.healthCheck === null ? {} : { writeLog: () => {} }),
  });
  if (args.healthCheck !== null) return runHealthCheck(hosted, args.healthCheck);
  const station = await hosted;
  const handler = new RPCHandler(station.router, station.handlerOptions);
  const token = randomBytes(24).toString('base64url');
  const server = await openPageServer({
    port: args.port,
    token,
    pageDirectory: join(PROGRAM_DIRECTORY, '../renderer'),
    tiles: respondWithTiles(station.tiles),
    log: station.log,
    onConnection(socket: WebSocket) {
      const connection = station.connect(
        () => socket.bufferedAmount,
        () => socket.close(),
      );
      socket.on('close', connection.end);
      socket.on('error', (error) => station.log.warn('page-connection-failed', { error: error.message }));
      void handler.upgrade(socket, { context: connection.context });
    },
  }).catch(async (error: unknown) => {
    await station.close();
    throw error;
  });
  stopOnSignal(async () => {
    await server.close();
    await station.close();
  });
  const url = `${server.origin}/#token=${token}`;
  const startupMs = station.ready(performance.now() - startedMs);
  console.log(JSON.stringify({ event: 'ready', url, startupMs: Math.round(startupMs), dataDirectory }));
  const damage = await station.damage();
  if (damage !== null) console.error(damage);
  console.log(args.open ? openWindowSentence(url, join(dataDirectory, 'window')) : `Open ${url}`);
}

async function runHealthCheck(
  hosted: Promise<HostedStation>,
  { droneId, json }: { droneId: string; json: boolean },
): Promise<void> {
  let exitCode = EXIT_CODES.NOT_TESTABLE;
  try {
    const station = await hosted;
    stopOnSignal(() => station.close());
    const { services } = station.connect(
      () => 0,
      () => {},
    ).context;
    if (services === null)
      throw new Refusal('CONFLICT', (await station.damage()) ?? 'The records are damaged.');
    const report = await checkHealth(services, droneId);
    console.log(json ? JSON.stringify(report) : healthTable(report));
    console.error(report.sentence);
    exitCode = EXIT_CODES[report.result];
    await station.close();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    console.error(error.message);
  }
  // Output to a pipe may still be on its way: it is waited for.
  process.stdout.write('', () => process.exit(exitCode));
}

function stopOnSignal(stop: () => Promise<void>): void {
  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if (stopping) return;
      stopping = true;
      stop().then(
        () => process.exit(0),
        (error: unknown) => {
          console.error(error);
          process.exit(1);
        },
      );
    });
}

function versionOf(projectDirectory: string): string {
  const manifest = JSON.parse(readFileSync(join(projectDirectory, 'package.json'), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}
