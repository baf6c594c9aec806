import { BrowserWindow, session } from 'electron';
import { isPageAddress } from './page-protocol.ts';

/** The one window: a sandboxed page that can neither leave nor open another. */
export function openWindow(title: string, preload: string): BrowserWindow {
  const window = new BrowserWindow({
    width: 1440,
    height: 900,
    minWidth: 1024,
    minHeight: 700,
    backgroundColor: '#0e1216',
    title,
    webPreferences: {
      preload,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webSecurity: true,
      spellcheck: false,
    },
  });
  window.webContents.setWindowOpenHandler(() => ({ action: 'deny' }));
  window.webContents.on('will-attach-webview', (event) => event.preventDefault());
  window.webContents.on('will-navigate', (event) => {
    if (!isPageAddress(event.url)) event.preventDefault();
  });
  return window;
}

/** Nothing of the page may leave this machine, ask for a device, or be replaced by something from the network. */
export function refuseEverythingRemote(): void {
  const { defaultSession } = session;
  defaultSession.setPermissionRequestHandler((_contents, _permission, decide) => decide(false));
  // Without this, what a page may do without asking (and `permissions.query`) would be granted.
  defaultSession.setPermissionCheckHandler(() => false);
  defaultSession.setDevicePermissionHandler(() => false);
  defaultSession.webRequest.onBeforeRequest(({ url }, decide) => decide({ cancel: !isLocal(url) }));
}

function isLocal(url: string): boolean {
  return isPageAddress(url) || url.startsWith('data:') || url.startsWith('blob:');
}
