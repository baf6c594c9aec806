import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchButton, signInToDemo, takeCall, workspaceButton } from '../../scripts/page-driver.ts';
import { RESCUE_SCENE } from '../../scripts/rescue.ts';
import { launchRescue } from '../support/launch-rescue.ts';
import { type PageAndStation, runWithBrowser } from './open-page.ts';
import { THEMES, violations, violationsInEveryTheme } from './violations.ts';

/** Slow, so that the drone is still in flight when every theme and size has been looked at. */
const SPEED = 2;

let world: PageAndStation;
beforeAll(async () => {
  world = await runWithBrowser({ seed: 25, speed: SPEED });
});
afterAll(() => world.close());

test('U6, U12: every theme passes WCAG 2.2 AA, and nothing is cut off on a small or a large screen', async () => {
  const { page, misdeeds } = await world.open();
  await page.goto(world.running.url);
  await page.getByRole('button', { name: 'Fill in the demo account' }).waitFor();
  const found: string[] = [];
  for (const theme of THEMES) {
    await page.evaluate((name) => {
      localStorage.setItem('skyrescue.settings', JSON.stringify({ theme: name }));
    }, theme.toLowerCase());
    await page.reload();
    await page.getByRole('button', { name: 'Fill in the demo account' }).waitFor();
    found.push(...(await violations(page, `sign-in ${theme}`)));
  }

  await signInToDemo(page, world.running.url);
  const { droneId } = await launchRescue(world.running.client, RESCUE_SCENE, SPEED);
  await page
    .getByRole('list', { name: 'Missions in flight' })
    .getByRole('button', { name: new RegExp(`^${droneId}`) })
    .click();
  await page.getByRole('button', { name: 'Abort and return' }).waitFor();
  found.push(...(await everyThemeAndSize(page, 'Operate', ['Abort and return'])));

  await takeCall(page, '42.3744, -71.0372');
  await launchButton(page).waitFor();
  found.push(...(await everyThemeAndSize(page, 'Dispatch', ['Launch ', `Abort ${droneId} and return`])));
  expect(found).toEqual([]);
  expect(misdeeds).toEqual([]);
}, 180_000);

async function everyThemeAndSize(
  page: Page,
  workspace: 'Operate' | 'Dispatch',
  buttons: string[],
): Promise<string[]> {
  await workspaceButton(page, workspace).waitFor();
  const found = await violationsInEveryTheme(page, workspace);
  for (const size of [
    { width: 1280, height: 720 },
    { width: 2560, height: 1440 },
  ]) {
    await page.setViewportSize(size);
    found.push(...(await cutOff(page, `${workspace} ${size.width}x${size.height}`, buttons)));
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  return found;
}

/** One line for each thing that does not fit the window. */
async function cutOff(page: Page, where: string, buttons: string[]): Promise<string[]> {
  const found: string[] = [];
  const size = page.viewportSize();
  if (size === null) throw new Error('The page has no size.');
  const scroll = await page.evaluate(() => ({
    width: document.documentElement.scrollWidth,
    height: document.documentElement.scrollHeight,
  }));
  if (scroll.width !== size.width || scroll.height !== size.height)
    found.push(`${where}: the page scrolls, ${scroll.width} by ${scroll.height}`);
  for (const name of buttons) {
    const box = await page.getByRole('button', { name: new RegExp(`^${name}`) }).boundingBox();
    const inside =
      box !== null &&
      box.x >= 0 &&
      box.y >= 0 &&
      box.x + box.width <= size.width &&
      box.y + box.height <= size.height;
    if (!inside) found.push(`${where}: "${name}" is outside, ${JSON.stringify(box)}`);
  }
  const overlaps = await page.evaluate(() => {
    const panes = [...document.querySelectorAll('.frame > :is(header, nav, section, main, aside)')];
    const boxes = panes.map((pane) => ({
      name: pane.getAttribute('aria-label') ?? pane.tagName,
      box: pane.getBoundingClientRect(),
    }));
    return boxes.flatMap((a, index) =>
      boxes
        .slice(index + 1)
        .filter(
          (b) =>
            a.box.left < b.box.right - 1 &&
            b.box.left < a.box.right - 1 &&
            a.box.top < b.box.bottom - 1 &&
            b.box.top < a.box.bottom - 1,
        )
        .map((b) => `${a.name} and ${b.name} overlap`),
    );
  });
  return [...found, ...overlaps.map((overlap) => `${where}: ${overlap}`)];
}
