import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BrowserContext, type CDPSession, chromium, type Page, type Route } from 'playwright-core';
import { tellTest } from './driver.ts';
import { type StandInPort, TransferredPorts } from './ports.ts';
import { decodeData, encodeData, PRELOAD_WORLD, pageSideScript, preloadSideScript } from './preload-world.ts';
import { handlerOf, isCancelled, isGranted } from './session.ts';

/** Chromium cannot open a scheme of our own without Electron; the page is shown under this address instead. */
const SHOWN_ORIGIN = 'http://page.skyrescue.localhost';
/** Electron's names for permissions, and Chromium's. */
const PERMISSIONS = [
  ['geolocation', 'geolocation'],
  ['notifications', 'notifications'],
  ['media', 'microphone'],
  ['clipboard-read', 'clipboard-read'],
] as const;

type InvokeHandler = (event: IpcEvent, ...args: unknown[]) => unknown;
interface IpcEvent {
  sender: WebContents;
  senderFrame: { url: string; parent: null };
}

class IpcMain extends EventEmitter {
  readonly handlers = new Map<string, InvokeHandler>();

  handle(channel: string, handler: InvokeHandler): void {
    this.handlers.set(channel, handler);
  }
}
export const ipcMain = new IpcMain();

interface WebPreferences extends Record<string, unknown> {
  preload: string;
}
interface PrintOptions {
  preferCSSPageSize: boolean;
  printBackground: boolean;
  generateTaggedPDF: boolean;
}
type WindowOpenHandler = (details: { url: string }) => { action: 'allow' | 'deny' };

class WebContents extends EventEmitter {
  readonly ports = new TransferredPorts();
  onWindowOpen: WindowOpenHandler = () => ({ action: 'allow' });
  /** Runs an expression where the preload ran; null while no page is shown. */
  evaluate: ((expression: string) => void) | null = null;
  page: Page | null = null;

  /** Chromium's own printing, as Electron's. */
  async printToPDF({ preferCSSPageSize, printBackground, generateTaggedPDF }: PrintOptions): Promise<Buffer> {
    if (this.page === null) throw new Error('There is no page to print.');
    return this.page.pdf({ preferCSSPageSize, printBackground, tagged: generateTaggedPDF });
  }

  setWindowOpenHandler(handler: WindowOpenHandler): void {
    this.onWindowOpen = handler;
  }

  /** A message to the preload, with ports that are handed over to the page. */
  postMessage(channel: string, message: unknown, transfer: StandInPort[] = []): void {
    const portIds = transfer.map((port) =>
      this.ports.add(port, (portId) => ({
        deliver: (data) => this.#call('portMessage', portId, encodeData(data)),
        close: () => this.#call('portClosed', portId),
      })),
    );
    this.#call('message', channel, message, portIds);
  }

  #call(name: string, ...args: unknown[]): void {
    this.evaluate?.(`standIn.${name}(...${JSON.stringify(args)})`);
  }
}

/** A window that is a real Chromium page; the built preload runs in an isolated world before the built page does. */
export class BrowserWindow extends EventEmitter {
  static readonly #open = new Set<BrowserWindow>();
  static #allClosed: () => void = () => {};
  readonly webContents = new WebContents();
  readonly #preload: string;
  #address = '';
  #isLoading = false;
  #context: BrowserContext | null = null;
  #page: Page | null = null;

  constructor(options: { webPreferences: WebPreferences }) {
    super();
    const { contextIsolation, sandbox, nodeIntegration } = options.webPreferences;
    tellTest({ kind: 'window', webPreferences: options.webPreferences });
    if (contextIsolation !== true || sandbox !== true || nodeIntegration !== false)
      throw new Error('The stand-in has no windows but locked down ones.');
    this.#preload = readFileSync(options.webPreferences.preload, 'utf8');
    BrowserWindow.#open.add(this);
  }

  static onAllClosed(listener: () => void): void {
    BrowserWindow.#allClosed = listener;
  }

  /** As quitting does: nobody is told that all windows are closed. */
  static async closeAll(): Promise<void> {
    BrowserWindow.#allClosed = () => {};
    for (const window of [...BrowserWindow.#open]) await window.#context?.close();
  }

  static async closeByPerson(): Promise<void> {
    for (const window of [...BrowserWindow.#open]) await window.#page?.close();
  }

  isDestroyed(): boolean {
    return !BrowserWindow.#open.has(this);
  }

  isMinimized(): boolean {
    return false;
  }

  restore(): void {}

  focus(): void {
    if (this.isDestroyed()) throw new TypeError('Object has been destroyed');
    tellTest({ kind: 'window-focused' });
  }

  async loadURL(address: string): Promise<void> {
    const url = new URL(address);
    this.#address = `${url.protocol}//${url.host}`;
    const profile = join(process.env.SKYRESCUE_TEST_USER_DATA ?? '', 'chromium');
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: '/usr/bin/chromium',
      viewport: { width: 1440, height: 900 },
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        // The test drives the page through this; the port's number is in the profile.
        '--remote-debugging-port=0',
      ],
    });
    this.#context = context;
    const page = context.pages()[0] ?? (await context.newPage());
    this.#page = page;
    this.webContents.page = page;
    page.once('close', () => this.#closed());
    await context.route('**/*', (route) => this.#answer(route));
    for (const [asked, granted] of PERMISSIONS)
      if (await isGranted(this.webContents, asked, this.#address))
        await context.grantPermissions([granted], { origin: SHOWN_ORIGIN });
    await this.#bridge(await context.newCDPSession(page));
    this.#isLoading = true;
    await page.goto(`${SHOWN_ORIGIN}${url.pathname}`);
    this.#isLoading = false;
    tellTest({ kind: 'page-shown' });
  }

  /** Puts the preload's world into the page, and a way between it and this process that the page itself cannot see. */
  async #bridge(session: CDPSession): Promise<void> {
    const { webContents } = this;
    session.on('Runtime.executionContextCreated', ({ context: { name, uniqueId } }) => {
      if (name !== PRELOAD_WORLD) return;
      webContents.evaluate = (expression) => {
        session.send('Runtime.evaluate', { expression, uniqueContextId: uniqueId }).catch(() => {
          // The page left while this was on its way, as a message to a closed window does.
        });
      };
    });
    session.on('Runtime.executionContextsCleared', () => {
      webContents.evaluate = null;
      webContents.ports.closeAll();
    });
    session.on('Runtime.bindingCalled', ({ payload }) => this.#receive(JSON.parse(payload)));
    await session.send('Page.enable');
    await session.send('Runtime.enable');
    await session.send('Runtime.addBinding', { name: 'toMain', executionContextName: PRELOAD_WORLD });
    await session.send('Page.addScriptToEvaluateOnNewDocument', { source: pageSideScript() });
    await session.send('Page.addScriptToEvaluateOnNewDocument', {
      source: preloadSideScript(this.#preload),
      worldName: PRELOAD_WORLD,
    });
  }

  #receive([kind, ...args]: [string, ...unknown[]]): void {
    const { ports } = this.webContents;
    const senderFrame = { url: this.#realUrl(this.#page?.url() ?? ''), parent: null };
    const event = { sender: this.webContents, senderFrame };
    if (kind === 'send') {
      const [channel, ...rest] = args;
      ipcMain.emit(String(channel), event, ...rest);
    } else if (kind === 'invoke') {
      const [id, channel, ...rest] = args;
      void this.#invoke(Number(id), String(channel), event, rest);
    } else if (kind === 'windowOpen') this.#openWindow(String(args[0]));
    else ports.fromElsewhere(Number(args[0]), decodeData(args[1]));
  }

  async #invoke(id: number, channel: string, event: IpcEvent, args: unknown[]): Promise<void> {
    const handler = ipcMain.handlers.get(channel);
    const answer = await Promise.resolve()
      .then(() => handler?.(event, ...args))
      .then(
        (value) => ({ value }),
        (error: unknown) => ({ error: String(error) }),
      );
    this.webContents.evaluate?.(`standIn.answered(${id}, ${JSON.stringify(answer)})`);
  }

  /** Asked before a window is made, as in Electron: one that Chromium opened by itself would be closed too late. */
  #openWindow(url: string): void {
    const { action } = this.webContents.onWindowOpen({ url });
    tellTest({ kind: 'window-open-asked', url, action });
    if (action === 'allow') void this.#context?.newPage().then((page) => page.goto(url));
  }

  /** As Electron asks the shell: may the page go there, may this be requested at all, and what is the answer. */
  async #answer(route: Route): Promise<void> {
    const request = route.request();
    const url = this.#realUrl(request.url());
    if (!this.#isLoading && this.#isPageNavigation(route) && this.#isNavigationPrevented(url))
      return route.abort('aborted');
    if (await isCancelled(url)) {
      tellTest({ kind: 'request-cancelled', url });
      return route.abort('blockedbyclient');
    }
    const handler = handlerOf(new URL(url).protocol.slice(0, -1));
    if (handler === null) return route.continue();
    const response = await handler(new Request(url, { method: request.method() }));
    await route.fulfill({
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: Buffer.from(await response.arrayBuffer()),
    });
  }

  #isPageNavigation(route: Route): boolean {
    const request = route.request();
    if (!request.isNavigationRequest()) return false;
    try {
      return request.frame() === this.#page?.mainFrame();
    } catch {
      // The frame of a new window is not known yet.
      return false;
    }
  }

  #isNavigationPrevented(url: string): boolean {
    let prevented = false;
    const preventDefault = (): void => {
      prevented = true;
    };
    this.webContents.emit('will-navigate', { url, preventDefault }, url);
    tellTest({ kind: 'navigation-asked', url, prevented });
    return prevented;
  }

  #realUrl(shown: string): string {
    return shown.startsWith(`${SHOWN_ORIGIN}/`) ? this.#address + shown.slice(SHOWN_ORIGIN.length) : shown;
  }

  #closed(): void {
    BrowserWindow.#open.delete(this);
    this.webContents.evaluate = null;
    this.webContents.ports.closeAll();
    this.webContents.emit('destroyed');
    this.emit('closed');
    if (BrowserWindow.#open.size === 0) BrowserWindow.#allClosed();
  }
}
