import { connect, createServer, type Socket } from 'node:net';

/** A cable that can be pulled: what connects through it is cut off at once, and nobody gets through until it is back. */
export interface NetworkSwitch {
  readonly port: number;
  cut(): void;
  join(): void;
  isCut(): boolean;
  close(): Promise<void>;
}

/** Listens on a free loopback port and passes everything on to `targetPort`. */
export async function openNetworkSwitch(targetPort: number): Promise<NetworkSwitch> {
  const open = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) {
      near.destroy();
      return;
    }
    const far = connect(targetPort, '127.0.0.1');
    for (const socket of [near, far]) {
      open.add(socket);
      socket.setNoDelay(true);
      // One end that breaks takes the other with it: nothing is left half open.
      socket.on('error', () => undefined);
      socket.on('close', () => {
        open.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far);
    far.pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No free port.');
  const hangUp = (): void => {
    for (const socket of open) socket.destroy();
  };
  return {
    port: address.port,
    cut() {
      isCut = true;
      hangUp();
    },
    join() {
      isCut = false;
    },
    isCut: () => isCut,
    async close() {
      isCut = true;
      hangUp();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
