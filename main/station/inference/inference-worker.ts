import { serveModel } from './serve-model.ts';

/** A model's process under plain Node: it talks with the station that forked it. */
const receive = serveModel(
  (message) => process.send?.(message),
  () => process.disconnect(),
);
process.on('message', receive);
// A process whose station is gone has nothing to do.
process.on('disconnect', () => process.exit());
