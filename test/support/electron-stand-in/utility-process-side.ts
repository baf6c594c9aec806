import { EventEmitter } from 'node:events';
import { type ProcessMessage, StandInPort } from './ports.ts';

/**
 * Loaded first in a forked Node process: gives it the `process.parentPort` of an Electron utility process. Messages
 * wait until somebody listens, and the process ends with its parent.
 */
const ports = new Map<number, StandInPort>();
const parentPort = Object.assign(new EventEmitter(), {
  postMessage: (data: unknown) => send({ kind: 'message', data, portIds: [] }),
});
let waiting: unknown[] | null = [];
parentPort.on('newListener', (event) => {
  if (event !== 'message' || waiting === null) return;
  const early = waiting;
  waiting = null;
  // The listener is added after this event.
  queueMicrotask(() => {
    for (const message of early) parentPort.emit('message', message);
  });
});

process.on('message', (message: ProcessMessage) => {
  switch (message.kind) {
    case 'port-message':
      ports.get(message.portId)?.receiving.deliver(message.data);
      return;
    case 'port-closed':
      ports.get(message.portId)?.receiving.close();
      ports.delete(message.portId);
      return;
    case 'message': {
      const event = { data: message.data, ports: message.portIds.map(openPort) };
      if (waiting !== null) waiting.push(event);
      else parentPort.emit('message', event);
    }
  }
});
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
Object.defineProperty(process, 'parentPort', { value: parentPort });

/** This process's end of a port whose other end lives in the main process. */
function openPort(portId: number): StandInPort {
  const port = new StandInPort();
  port.peer = {
    deliver: (data) => send({ kind: 'port-message', portId, data }),
    close: () => send({ kind: 'port-closed', portId }),
  };
  ports.set(portId, port);
  return port;
}

function send(message: ProcessMessage): void {
  if (process.connected) process.send?.(message);
}
