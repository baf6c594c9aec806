import { contextBridge, ipcRenderer } from 'electron';

/**
 * All that the page gets from Electron: the MessagePort on which the station speaks the contract, and word of its end.
 * A new port arrives after the station was restarted; the page then subscribes anew and replays nothing.
 */
ipcRenderer.on('skyrescue:port', (event) => {
  window.postMessage('skyrescue:port', window.location.origin, [...event.ports]);
});
ipcRenderer.on('skyrescue:station-ended', () => {
  window.postMessage('skyrescue:station-ended', window.location.origin);
});

contextBridge.exposeInMainWorld('skyrescue', {
  /** Called once the page listens: asks the shell for a port. */
  requestPort: (): void => ipcRenderer.send('skyrescue:request-port'),
});
