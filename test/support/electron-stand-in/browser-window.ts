import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { type Browser, chromium, type Page, type Route } from 'playwright-core';
import { ipcMain } from './ipc.ts';
import type { StandInPort } from './ports.ts';
import { handlerOf } from './protocol.ts';

/** Chromium cannot open a scheme of our own without Electron; the page is shown under this address instead. */
const SHOWN_ORIGIN = 'http://page.skyrescue.localhost';

interface WebPreferences {
  preload: string;
  contextIsolation: boolean;
  sandbox: boolean;
  nodeIntegration: boolean;
}

class WebContents extends EventEmitter {
  page: Page | null = null;
  origin = '';
  #nextPortId = 1;
  readonly #ports = new Map<number, StandInPort>();

  setWindowOpenHandler(): void {}

  /** A message to the preload, with ports that are handed over to the page. */
  postMessage(channel: string, message: unknown, transfer: StandInPort[] = []): void {
    const portIds = transfer.map((port) => {
      const portId = this.#nextPortId++;
      this.#ports.set(portId, port);
      port.handOver((data) => void this.#evaluate('port', [portId, data]));
      return portId;
    });
    void this.#evaluate('message', [channel, message, portIds]);
  }

  /** A message that the page posted on one of its ports. */
  fromPage(portId: number, data: unknown): void {
    this.#ports.get(portId)?.peer?.deliver(data);
  }

  async #evaluate(kind: 'port' | 'message', args: unknown[]): Promise<void> {
    await this.page?.evaluate(
      ([kind, args]) =>
        (window as unknown as Record<string, (kind: unknown, args: unknown) => void>).__fromMain?.(
          kind,
          args,
        ),
      [kind, args] as const,
    );
  }
}

/** A window that is a real Chromium page: the built preload runs before the built page does. */
export class BrowserWindow extends EventEmitter {
  readonly webContents = new WebContents();
  readonly #preferences: WebPreferences;
  #browser: Browser | null = null;

  constructor(options: { webPreferences: WebPreferences }) {
    super();
    const { contextIsolation, sandbox, nodeIntegration } = options.webPreferences;
    if (!contextIsolation || !sandbox || nodeIntegration) throw new Error('The window is not locked down.');
    this.#preferences = options.webPreferences;
  }

  isMinimized(): boolean {
    return false;
  }

  restore(): void {}

  focus(): void {}

  async loadURL(address: string): Promise<void> {
    const url = new URL(address);
    this.webContents.origin = `${url.protocol}//${url.host}`;
    this.#browser = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        `--remote-debugging-port=${debuggingPort()}`,
      ],
    });
    const page = await this.#browser.newPage({ viewport: { width: 1440, height: 900 } });
    this.webContents.page = page;
    await page.route('**/*', (route) => this.#answer(route));
    await page.exposeFunction('__toMain', (channel: string, args: unknown[]) => {
      if (channel === '__port') this.webContents.fromPage(args[0] as number, args[1]);
      else
        ipcMain.emit(
          channel,
          { sender: this.webContents, senderFrame: { url: `${this.webContents.origin}/index.html` } },
          ...args,
        );
    });
    await page.addInitScript({ content: preloadScript(readFileSync(this.#preferences.preload, 'utf8')) });
    await page.goto(`${SHOWN_ORIGIN}${url.pathname}`);
    process.send?.({ kind: 'window-shown' });
  }

  async close(): Promise<void> {
    this.webContents.emit('destroyed');
    await this.#browser?.close();
  }

  async #answer(route: Route): Promise<void> {
    const url = new URL(route.request().url());
    const handler = handlerOf(new URL(this.webContents.origin).protocol.slice(0, -1));
    if (url.origin !== SHOWN_ORIGIN || handler === null) return route.abort();
    const response = await handler(new Request(`${this.webContents.origin}${url.pathname}${url.search}`));
    await route.fulfill({
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: Buffer.from(await response.arrayBuffer()),
    });
  }
}

function debuggingPort(): string {
  return process.env.SKYRESCUE_TEST_DEBUGGING_PORT ?? '0';
}

/** The preload's world: what a sandboxed preload may require from Electron, and nothing of Node. */
function preloadScript(preload: string): string {
  return `(() => {
    const listeners = new Map();
    const ports = new Map();
    window.__fromMain = (kind, args) => {
      if (kind === 'port') return void ports.get(args[0])?.postMessage(args[1]);
      const [channel, message, portIds] = args;
      const handed = portIds.map((portId) => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = (event) => window.__toMain('__port', [portId, event.data]);
        ports.set(portId, port1);
        return port2;
      });
      for (const listener of listeners.get(channel) ?? []) listener({ ports: handed }, message);
    };
    const electron = {
      ipcRenderer: {
        on: (channel, listener) => void listeners.set(channel, [...(listeners.get(channel) ?? []), listener]),
        send: (channel, ...args) => void window.__toMain(channel, args),
      },
      contextBridge: { exposeInMainWorld: (name, api) => void Object.defineProperty(window, name, { value: Object.freeze(api) }) },
    };
    const require = (name) => {
      if (name === 'electron') return electron;
      throw new Error('A sandboxed preload cannot require ' + name);
    };
    const module = { exports: {} };
    ((exports, require, module) => { ${preload}\n })(module.exports, require, module);
  })();`;
}
