import { join } from 'node:path';
import { app, BrowserWindow, dialog, ipcMain, Menu, powerSaveBlocker, protocol, session } from 'electron';
import { applicationMenu } from './application-menu.ts';
import { handlePageRequest, PAGE_ORIGIN, PAGE_SCHEME } from './page-protocol.ts';
import { StationSupervisor } from './station-supervisor.ts';

/**
 * Electron's entry. Thin: one window, one station process, and what only a desktop can do. No domain logic.
 */
const programDirectory = import.meta.dirname;
const pageDirectory = join(programDirectory, '../renderer');
const resourcesDirectory = app.isPackaged
  ? join(process.resourcesPath, 'resources')
  : join(programDirectory, '../../resources');

protocol.registerSchemesAsPrivileged([
  { scheme: PAGE_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true } },
]);

if (app.requestSingleInstanceLock()) void run();
else app.quit();

async function run(): Promise<void> {
  await app.whenReady();
  refuseEverythingRemote();
  const tiles = await handlePageRequest({ pageDirectory, resourcesDirectory });
  let blocker: number | null = null;
  const supervisor = new StationSupervisor({
    entry: join(programDirectory, 'station.js'),
    args: stationArguments(),
    environment: {
      resources: resourcesDirectory,
      dataDirectory: join(app.getPath('userData'), 'records'),
      version: app.getVersion(),
    },
    onMissionsFlying(flying) {
      if (flying && blocker === null) blocker = powerSaveBlocker.start('prevent-display-sleep');
      if (!flying && blocker !== null) {
        powerSaveBlocker.stop(blocker);
        blocker = null;
      }
    },
    onGivenUp(sentence) {
      dialog.showErrorBox('SkyRescue Ground Control', sentence);
    },
  });
  const window = openWindow();
  ipcMain.on('skyrescue:request-port', (event) => {
    if (event.senderFrame?.url.startsWith(PAGE_ORIGIN) === true) supervisor.attach(event.sender);
  });
  app.on('second-instance', () => {
    if (window.isMinimized()) window.restore();
    window.focus();
  });
  app.on('window-all-closed', () => app.quit());
  app.on('before-quit', (event) => {
    if (supervisor.stopped) return;
    event.preventDefault();
    void supervisor.stop().then(async () => {
      await tiles.close();
      app.quit();
    });
  });
  Menu.setApplicationMenu(applicationMenu());
  supervisor.start();
  await window.loadURL(`${PAGE_ORIGIN}/index.html`);
}

function openWindow(): BrowserWindow {
  const window = new BrowserWindow({
    width: 1440,
    height: 900,
    minWidth: 1024,
    minHeight: 700,
    backgroundColor: '#0e1216',
    title: 'SkyRescue Ground Control',
    webPreferences: {
      preload: join(programDirectory, '../preload/index.cjs'),
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webSecurity: true,
      spellcheck: false,
    },
  });
  window.webContents.setWindowOpenHandler(() => ({ action: 'deny' }));
  window.webContents.on('will-navigate', (event, url) => {
    if (!url.startsWith(PAGE_ORIGIN)) event.preventDefault();
  });
  return window;
}

/** Nothing of the page may leave this machine, ask for a device, or be replaced by something from the network. */
function refuseEverythingRemote(): void {
  session.defaultSession.setPermissionRequestHandler((_contents, _permission, decide) => decide(false));
  session.defaultSession.webRequest.onBeforeRequest((details, decide) =>
    decide({
      cancel:
        !details.url.startsWith(PAGE_ORIGIN) &&
        !details.url.startsWith('data:') &&
        !details.url.startsWith('blob:'),
    }),
  );
}

/** The options after the program's own: `electron . --link …` in development, `skyrescue --link …` when packaged. */
function stationArguments(): string[] {
  return process.argv.slice(app.isPackaged ? 1 : 2);
}
