import axe, { type AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

export const THEMES = ['Dark', 'Light', 'Sunlight'] as const;

export async function chooseTheme(page: Page, theme: (typeof THEMES)[number]): Promise<void> {
  await page
    .getByRole('banner')
    .getByRole('button', { name: /Operator/ })
    .click();
  await page.getByRole('menuitemradio', { name: theme, exact: true }).click();
  await page.getByRole('menu').waitFor({ state: 'detached' });
  await page.locator(`html[data-theme="${theme.toLowerCase()}"]`).waitFor();
}

/** WCAG 2.2 AA: one line for each rule that is broken, with the places. */
export async function violations(page: Page, where: string): Promise<string[]> {
  await page.evaluate(() =>
    Promise.allSettled(document.getAnimations().map((animation) => animation.finished)),
  );
  await page.evaluate(axe.source);
  const results = await page.evaluate(() =>
    (window as unknown as { axe: { run(options: unknown): Promise<AxeResults> } }).axe.run({
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
    }),
  );
  return results.violations.map(
    ({ id, nodes }) =>
      `${where}: ${id} at ${nodes.map((node) => `${node.target.join(' ')} (${node.any.map((check) => check.message).join('; ')})`).join(' | ')}`,
  );
}

/** The same in every theme; leaves the page in the dark one. */
export async function violationsInEveryTheme(page: Page, where: string): Promise<string[]> {
  const found: string[] = [];
  for (const theme of THEMES) {
    await chooseTheme(page, theme);
    found.push(...(await violations(page, `${where} ${theme}`)));
  }
  await chooseTheme(page, 'Dark');
  return found;
}
