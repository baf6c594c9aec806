import { RPCHandler } from '@orpc/server/message-port';
import { Refusal } from '../../preload/contract/errors.ts';
import { type HostedStation, hostStation } from '../station/host-station.ts';
import { parseHostArguments } from '../station/options.ts';
import type { StationMessage } from './station-message.ts';

/**
 * The station as Electron's utility process: the same station as under the headless host, its contract on the
 * MessagePorts that the shell hands over. What the shell sends before the station is open waits in `parentPort`.
 */
const { parentPort } = process;

try {
  serve(await openStation());
} catch (error) {
  console.error(error);
  if (error instanceof Refusal) tell({ kind: 'refused', sentence: error.message });
  process.exitCode = 1;
  // The parent's port would keep this process alive; the turn lets the message leave first.
  setImmediate(() => process.exit());
}

function openStation(): Promise<HostedStation> {
  const host = JSON.parse(process.env.SKYRESCUE_HOST ?? '{}') as {
    resources: string;
    dataDirectory: string;
    version: string;
  };
  return hostStation({
    arguments: { ...parseHostArguments(process.argv.slice(2)).station, dataDirectory: host.dataDirectory },
    programDirectory: import.meta.dirname,
    resourcesDirectory: host.resources,
    version: host.version,
    firstAdministratorPassword: process.env.SKYRESCUE_ADMIN_PASSWORD ?? null,
    stationToken: process.env.SKYRESCUE_STATION_TOKEN ?? null,
  });
}

function serve(station: HostedStation): void {
  const handler = new RPCHandler(station.router, station.handlerOptions);
  parentPort.on('message', (event) => {
    if (event.data === 'skyrescue:stop') {
      station.close().then(
        () => process.exit(0),
        (error: unknown) => {
          console.error(error);
          process.exit(1);
        },
      );
      return;
    }
    for (const port of event.ports) {
      const connection = station.connect(
        () => 0,
        () => port.close(),
      );
      port.on('close', connection.end);
      handler.upgrade(port, { context: connection.context });
      port.start();
    }
  });
  station.ready(process.uptime() * 1000);
  station.onMissionsFlying((flying) => tell({ kind: 'missions-flying', flying }));
  tell({ kind: 'ready' });
}

function tell(message: StationMessage): void {
  parentPort.postMessage(message);
}
