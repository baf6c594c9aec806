import { RPCHandler } from '@orpc/server/message-port';
import { Refusal } from '../../preload/contract/errors.ts';
import { type HostedStation, hostStation } from '../station/host-station.ts';
import { parseHostArguments } from '../station/options.ts';
import { connectToShell } from './shell-client.ts';

/**
 * The station as Electron's utility process: the same station as under the headless host, its contract on the
 * MessagePorts that the shell hands over. What the shell asks before the station is open waits until it is.
 */
const shell = connectToShell(process.parentPort, {
  // The shell gives out ports to a station that is ready.
  onPage: (port) => void opening.then((serve) => serve(port)),
  onStop: () => void station.then(stop, () => {}),
});
const station = openStation();
/** What serves a page, once the station is open. */
const opening = station.then(serveWith);

opening.catch((error: unknown) => {
  console.error(error);
  if (error instanceof Refusal) shell.tell({ kind: 'refused', sentence: error.message });
  process.exitCode = 1;
  // The parent's port would keep this process alive; the turn lets the message leave first.
  setImmediate(() => process.exit());
});

async function openStation(): Promise<HostedStation> {
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
    keyStore: shell.keyStore,
    startModelProcess: shell.startModelProcess,
  });
}

/** Tells the shell that the station is there; returns what serves a page. */
function serveWith(opened: HostedStation): (port: Electron.MessagePortMain) => void {
  const handler = new RPCHandler(opened.router, opened.handlerOptions);
  opened.ready(process.uptime() * 1000);
  opened.onMissionsFlying((flying) => shell.tell({ kind: 'missions-flying', flying }));
  shell.tell({ kind: 'ready' });
  return (port) => {
    const connection = opened.connect(
      () => 0,
      () => port.close(),
    );
    port.on('close', connection.end);
    handler.upgrade(port, { context: connection.context });
    port.start();
  };
}

function stop(opened: HostedStation): void {
  opened.close().then(
    () => process.exit(0),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
}
