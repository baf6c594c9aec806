import { contextBridge, ipcRenderer } from 'electron';
import type { SavedReport } from './contract/report-file.ts';

/**
 * All that the page gets from Electron: the MessagePort on which the station speaks the contract, word of its end, and
 * its own report as a file. A new port arrives after the station was restarted; the page then subscribes anew and
 * replays nothing.
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
  /** Asks the person for a place, and prints the open report into it. */
  saveReport: (name: string): Promise<SavedReport> => ipcRenderer.invoke('skyrescue:save-report', name),
});
