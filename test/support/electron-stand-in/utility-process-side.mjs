import { EventEmitter } from 'node:events';
import { StandInPort } from './ports.ts';

/** Gives a forked Node process the `process.parentPort` that Electron gives a utility process. */
const ports = new Map();
const parentPort = new EventEmitter();
parentPort.postMessage = (data) => process.send?.({ kind: 'message', data, portIds: [] });

/** This process's end of a port whose other end lives in the main process. */
function openPort(portId) {
  const port = new StandInPort();
  port.peer = {
    deliver: (data) => process.send?.({ kind: 'port-message', portId, data }),
    emit: () => false,
  };
  ports.set(portId, port);
  return port;
}

process.on('message', (message) => {
  if (message.kind === 'port-message') ports.get(message.portId)?.deliver(message.data);
  else parentPort.emit('message', { data: message.data, ports: message.portIds.map(openPort) });
});
Object.defineProperty(process, 'parentPort', { value: parentPort });
