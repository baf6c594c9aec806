import axe, { type AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

export const THEMES = ['Dark', 'Light', 'Sunlight'] as const;

export async function chooseTheme(page: Page, theme: (typeof THEMES)[number]): Promise<void> {
  await page
    .getByRole('banner')
    .getByRole('button', { name: /Operator/ })
    .click();
  await page.getByRole('menuitemradio', { name: theme, exact: true }).click();
  await page.keyboard.press('Escape');
  await page.getByRole('menu').waitFor({ state: 'detached' });
  await page.locator(`html[data-theme="${theme.toLowerCase()}"]`).waitFor();
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
