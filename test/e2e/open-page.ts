import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { openBrowser } from '../../scripts/page-driver.ts';
import { type RunningStation, runStation } from '../support/running-station.ts';

export interface WatchedPage {
  page: Page;
  /** Everything that a page of this product must never do: errors, policy violations, requests to others. */
  misdeeds: string[];
}

export interface PageAndStation {
  running: RunningStation;
  /** A page in a profile of its own. */
  open(options?: BrowserContextOptions): Promise<WatchedPage>;
  close(): Promise<void>;
}

/** A station with its simulated fleet, and a browser. */
export async function runWithBrowser(options: Parameters<typeof runStation>[0]): Promise<PageAndStation> {
  const [running, browser] = await Promise.all([runStation(options), openBrowser()]);
  return {
    running,
    open: (context) => openWatched(browser, running, context),
    async close() {
      await browser.close();
      await running.stop();
    },
  };
}

/** A page that may ask nobody but this station. */
export async function openWatched(
  browser: Browser,
  running: { readonly url: string },
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  const misdeeds: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') misdeeds.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => misdeeds.push(`page error: ${error.message}`));
  const mayAsk = (url: string): boolean => {
    const { host, protocol } = new URL(url);
    return protocol === 'data:' || protocol === 'blob:' || host === new URL(running.url).host;
  };
  page.on('request', (request) => {
    if (!mayAsk(request.url())) misdeeds.push(`request: ${request.url()}`);
  });
  page.on('websocket', (socket) => {
    if (!mayAsk(socket.url())) misdeeds.push(`socket: ${socket.url()}`);
  });
  // Chromium reports some violations in the console only when the developer tools are open.
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) =>
      console.error(`policy violation: ${event.violatedDirective} ${event.blockedURI}`),
    );
  });
  return { page, misdeeds };
}
