import { join } from 'node:path';
import {
  app,
  type BrowserWindow,
  dialog,
  type IpcMainEvent,
  ipcMain,
  Menu,
  powerSaveBlocker,
  protocol,
} from 'electron';
import { Refusal } from '../../preload/contract/errors.ts';
import { prepareDataDirectory } from '../station/data-directory.ts';
import { parseHostArguments, USAGE } from '../station/options.ts';
import { applicationMenu } from './application-menu.ts';
import { osKeyStore } from './key-store.ts';
import { handlePageRequests, isPageAddress, PAGE_ADDRESS, PAGE_SCHEME } from './page-protocol.ts';
import { openWindow, refuseEverythingRemote } from './page-window.ts';
import { reportSaver } from './report-pdf.ts';
import { StationSupervisor } from './station-supervisor.ts';

/**
 * Electron's entry. Thin: one window, one station process, and what only a desktop can do. No domain logic.
 */
const TITLE = 'SkyRescue Ground Control';
const programDirectory = import.meta.dirname;
const resourcesDirectory = app.isPackaged
  ? join(process.resourcesPath, 'resources')
  : join(programDirectory, '../../resources');
/** Once packaged, the station runs from plain files: electron-builder.yml leaves them beside the archive. */
const stationDirectory = programDirectory.replace(/\bapp\.asar\b/, 'app.asar.unpacked');
/** What an AppImage puts before the person's options where the system allows no user namespaces. */
const CHROMIUM_SWITCHES = ['--no-sandbox'];
/** The options after the program's own: `electron . --link …` in development, `skyrescue --link …` when packaged. */
const stationArguments = process.argv
  .slice(app.isPackaged ? 1 : 2)
  .filter((argument) => !CHROMIUM_SWITCHES.includes(argument));

protocol.registerSchemesAsPrivileged([
  { scheme: PAGE_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } },
]);

if (!app.requestSingleInstanceLock()) app.quit();
else
  run().catch((error: unknown) => {
    console.error(error);
    dialog.showErrorBox(TITLE, error instanceof Refusal ? error.message : `It could not start: ${error}`);
    app.exit(1);
  });

async function run(): Promise<void> {
  const { help, station } = parseHostArguments(stationArguments);
  if (help) {
    console.log(USAGE);
    return app.exit(0);
  }
  await app.whenReady();
  refuseEverythingRemote();
  const dataDirectory = station.dataDirectory ?? join(app.getPath('userData'), 'records');
  const tiles = await handlePageRequests({
    page: join(programDirectory, '../renderer'),
    maps: [join(resourcesDirectory, 'map'), await prepareDataDirectory(dataDirectory)],
  });
  const supervisor = new StationSupervisor({
    entry: join(stationDirectory, 'station.js'),
    modelEntry: join(stationDirectory, 'model-process.js'),
    args: stationArguments,
    environment: { resources: resourcesDirectory, dataDirectory, version: app.getVersion() },
    keyStore: osKeyStore,
    onMissionsFlying: keepAwakeWhile(),
    onGivenUp: (sentence) => dialog.showErrorBox(TITLE, sentence),
  });
  Menu.setApplicationMenu(applicationMenu());
  const window = openWindow(TITLE, join(programDirectory, '../preload/index.cjs'));
  ipcMain.on('skyrescue:request-port', (event) => {
    if (isFromPage(event)) supervisor.attach(event.sender);
  });
  const saveReport = reportSaver(window);
  ipcMain.handle('skyrescue:save-report', (event, name) => {
    if (!isFromPage(event)) throw new Error('Only the page itself may ask for that.');
    return saveReport(name);
  });
  quitInOrder(async () => {
    await supervisor.stop();
    await tiles.close();
  });
  showWhenStartedAgain(window);
  supervisor.start();
  await window.loadURL(PAGE_ADDRESS);
}

/** Our page, and not something that it was made to show. */
function isFromPage({ senderFrame }: Pick<IpcMainEvent, 'senderFrame'>): boolean {
  return senderFrame !== null && senderFrame.parent === null && isPageAddress(senderFrame.url);
}

/** The screen stays on and the machine awake while a drone flies. */
function keepAwakeWhile(): (flying: boolean) => void {
  let blocker: number | null = null;
  return (flying) => {
    if (flying && blocker === null) blocker = powerSaveBlocker.start('prevent-display-sleep');
    if (!flying && blocker !== null) {
      powerSaveBlocker.stop(blocker);
      blocker = null;
    }
  };
}

/** However the program is asked to quit, the station closes its database first. */
function quitInOrder(stop: () => Promise<void>): void {
  let isStopped = false;
  let isStopping = false;
  app.on('window-all-closed', () => app.quit());
  app.on('before-quit', (event) => {
    if (isStopped) return;
    event.preventDefault();
    if (isStopping) return;
    isStopping = true;
    stop()
      .catch((error: unknown) => console.error(error))
      .finally(() => {
        isStopped = true;
        app.quit();
      });
  });
}

function showWhenStartedAgain(window: BrowserWindow): void {
  app.on('second-instance', () => {
    if (window.isDestroyed()) return;
    if (window.isMinimized()) window.restore();
    window.focus();
  });
}
