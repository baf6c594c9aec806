import { serveModel } from '../station/inference/serve-model.ts';

/** A model's process under Electron: it talks with the station through the port that the shell hands over. */
process.parentPort.once('message', ({ ports: [port] }) => {
  if (port === undefined) return process.exit(1);
  const receive = serveModel(
    (message) => port.postMessage(message),
    () => process.exit(),
  );
  port.on('message', ({ data }) => receive(data));
  // A process whose station is gone has nothing to do.
  port.on('close', () => process.exit());
  port.start();
});
