import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  holdSpace,
  launchButton,
  signInToDemo,
  takeCall,
  workspaceButton,
} from '../../scripts/page-driver.ts';
import { type PageAndStation, runWithBrowser } from './open-page.ts';

let world: PageAndStation;
beforeAll(async () => {
  world = await runWithBrowser({ seed: 23, speed: 4 });
});
afterAll(() => world.close());

test('a destination inside a zone in force is no-go by the name of the zone, and nobody can launch', async () => {
  const { page, misdeeds } = await world.open();
  await signInToDemo(page, world.running.url);
  await takeCall(page, '42.3467, -71.0972');
  const side = page.getByRole('complementary', { name: 'Go or no-go' });
  await side.getByText('NO-GO', { exact: true }).waitFor();
  await side
    .getByRole('region', { name: 'Checks' })
    .getByText('The destination lies in the no-fly zone Fenway Park.')
    .waitFor();
  expect(await launchButton(page).count()).toBe(0);
  expect(await side.getByRole('button', { name: /Override/ }).count()).toBe(0);
  const refused = side.getByRole('button', { name: /^No-go for/ });
  expect(await refused.getAttribute('aria-disabled')).toBe('true');
  await refused.focus();
  await page.keyboard.press('Space', { delay: 1_300 });
  const { client } = world.running;
  expect(await client.missions.recent({ limit: 10 })).toEqual([]);
  expect(misdeeds).toEqual([]);
});

test('an ambulance on scene forbids the launch, unless a supervisor gives a reason that is recorded', async () => {
  const supervisor = await world.open();
  const { page } = supervisor;
  await signInToDemo(page, world.running.url);
  await takeCall(page, '42.3638, -71.0559');
  await launchButton(page).waitFor();
  await page
    .getByRole('radiogroup', { name: 'Ambulance on scene' })
    .getByText('Yes', { exact: true })
    .click();
  const side = page.getByRole('complementary', { name: 'Go or no-go' });
  const override = side.getByRole('button', { name: /^Override and launch/ });
  await override.waitFor();
  await side.getByText('NO-GO', { exact: true }).waitFor();
  expect(await launchButton(page).count()).toBe(0);

  await dispatcherSeesNoOverride();

  await override.click();
  const dialog = page.getByRole('dialog');
  const launch = dialog.getByRole('button', { name: /^Launch/ });
  expect(await launch.getAttribute('aria-disabled')).toBe('true');
  await dialog
    .getByRole('textbox', { name: /Reason for the override/ })
    .fill('The crew asks for a second AED');
  await launch.focus();
  await holdSpace(page);
  await page
    .getByRole('complementary', { name: 'Selected drone' })
    .getByRole('button', { name: 'Abort and return' })
    .waitFor();
  const [mission] = await world.running.client.missions.recent({ limit: 1 });
  expect(mission).toBeDefined();
  const report = await world.running.client.missions.report({ missionId: mission?.missionId ?? '' });
  expect(JSON.stringify(report)).toContain('The crew asks for a second AED');
  expect(supervisor.misdeeds).toEqual([]);
});

/** The same call, seen by somebody who may not override. */
async function dispatcherSeesNoOverride(): Promise<void> {
  const { demoAccount } = await world.running.client.session.greeting();
  const { page, misdeeds } = await world.open();
  await page.goto(world.running.url);
  await page.getByRole('textbox', { name: 'User name' }).fill('dispatcher04');
  await page.getByRole('textbox', { name: 'Password' }).fill(demoAccount?.password ?? '');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await workspaceButton(page, 'Dispatch').click();
  await page
    .getByRole('region', { name: 'Open emergencies' })
    .getByRole('button', { name: /Ambulance there/ })
    .click();
  const side = page.getByRole('complementary', { name: 'Go or no-go' });
  await side.getByText('NO-GO', { exact: true }).waitFor();
  await side.getByText('The ambulance is already on scene: it has a defibrillator.').first().waitFor();
  await side.getByRole('button', { name: /^No-go for/ }).waitFor();
  expect(await side.getByRole('button', { name: /Override/ }).count()).toBe(0);
  expect(misdeeds).toEqual([]);
}
