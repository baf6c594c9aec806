import { RPCHandler } from '@orpc/server/message-port';
import { hostStation } from '../station/host-station.ts';
import { parseHostArguments } from '../station/options.ts';

/**
 * The station as Electron's utility process: the same station as under the headless host, its contract on the
 * MessagePorts that the shell hands over.
 */
const { parentPort } = process;
const host = JSON.parse(process.env.SKYRESCUE_HOST ?? '{}') as {
  resources: string;
  dataDirectory: string;
  version: string;
};
const args = parseHostArguments(process.argv.slice(2));

const station = await hostStation({
  arguments: { ...args.station, dataDirectory: args.station.dataDirectory ?? host.dataDirectory },
  programDirectory: import.meta.dirname,
  resourcesDirectory: host.resources,
  version: host.version,
  firstAdministratorPassword: process.env.SKYRESCUE_ADMIN_PASSWORD ?? null,
});
const handler = new RPCHandler(station.router, { clientInterceptors: [station.refusals] });

parentPort.on('message', (event) => {
  if (event.data === 'skyrescue:stop') {
    station.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
    return;
  }
  for (const port of event.ports) {
    const connection = station.connect(() => 0);
    port.on('close', connection.end);
    handler.upgrade(port, { context: connection.context });
    port.start();
  }
});

station.onMissionsFlying((flying) => parentPort.postMessage({ kind: 'missions-flying', flying }));
parentPort.postMessage({ kind: 'ready' });
