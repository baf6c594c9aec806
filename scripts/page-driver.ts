import { type Browser, chromium, type Locator, type Page } from 'playwright-core';

/** Longer than a hold needs (1 s), also on a busy machine; the page gives a hold up after 5 s. */
const HOLD_TIMEOUT_MS = 5_000;

/** Debian's Chromium without a window. It may ask nobody for anything but the station. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
}

/** Opens the page at the address that the station printed and signs in as the page itself offers it. */
export async function signInToDemo(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.getByRole('button', { name: 'Fill in the demo account' }).click();
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await workspaceButton(page, 'Operate').waitFor();
}

export function workspaceButton(page: Page, name: 'Operate' | 'Dispatch' | 'System'): Locator {
  return page.getByRole('navigation', { name: 'Workspaces' }).getByRole('button', { name });
}

/** Dispatch, and where the patient is: an address, or degrees. */
export async function takeCall(page: Page, where: string): Promise<void> {
  await workspaceButton(page, 'Dispatch').click();
  await page.getByRole('textbox', { name: 'Where' }).fill(where);
}

/** The button that launches the best drone; it is there as soon as one may go. */
export function launchButton(page: Page): Locator {
  return page.getByRole('button', { name: /^Launch [A-Z]/ });
}

/** Holds what has the focus with Space, as long as the page asks for it. */
export async function holdSpace(page: Page): Promise<void> {
  await page.keyboard.down('Space');
  await holdIsOver(page);
  await page.keyboard.up('Space');
}

/** Holds a button with the mouse, as long as the page asks for it. */
export async function holdMouse(page: Page, button: Locator): Promise<void> {
  await button.hover();
  await page.mouse.down();
  await holdIsOver(page);
  await page.mouse.up();
}

async function holdIsOver(page: Page): Promise<void> {
  const held = page.locator('[data-phase="HOLDING"]');
  await held.waitFor({ timeout: HOLD_TIMEOUT_MS });
  await held.waitFor({ state: 'detached', timeout: HOLD_TIMEOUT_MS });
}
