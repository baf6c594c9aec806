import { TOTP } from 'otpauth';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { workspaceButton } from '../../scripts/page-driver.ts';
import { type PageAndStation, runWithBrowser } from './open-page.ts';

const ADMIN_PASSWORD = 'correct horse battery';
const FIRST_PASSWORD = 'given-by-the-chief';
const OWN_PASSWORD = 'chosen-by-herself-9';

let world: PageAndStation;
beforeAll(async () => {
  world = await runWithBrowser({ drones: 0, speed: 1, stationArgs: [] });
});
afterAll(() => world.close());

const field = (at: Page | Locator, name: string): Locator => at.getByRole('textbox', { name });
const press = (at: Page | Locator, name: string | RegExp): Promise<void> =>
  at.getByRole('button', { name, exact: typeof name === 'string' }).click();

async function giveNameAndPassword(page: Page, name: string, password: string): Promise<void> {
  await field(page, 'User name').fill(name);
  await field(page, 'Password').fill(password);
  await press(page, 'Sign in');
}

test('an empty station makes its first administrator, who adds a dispatcher; she chooses a password, enrols and signs in with a code', async () => {
  const chief = await world.open();
  await makeFirstAdministrator(chief.page);
  await addDispatcher(chief.page);

  const ana = await world.open();
  await ana.page.goto(world.running.url);
  await giveNameAndPassword(ana.page, 'ana.ruiz', FIRST_PASSWORD);
  await ana.page.getByText('Choose a password of your own before you go on.').waitFor();
  await field(ana.page, 'New password').fill(OWN_PASSWORD);
  await press(ana.page, 'Sign in');
  await workspaceButton(ana.page, 'Operate').waitFor();
  const { totp, recoveryCode } = await enrol(ana.page);

  await changePermissions(chief.page, ana.page);

  const again = await world.open();
  await again.page.goto(world.running.url);
  await giveNameAndPassword(again.page, 'ana.ruiz', OWN_PASSWORD);
  await again.page.getByText('Enter the six digits that your authenticator app shows').waitFor();
  await field(again.page, 'Code or recovery code').fill('000000');
  await press(again.page, 'Sign in');
  await again.page.getByText('This code is wrong or was used already.').waitFor();
  // The code of the enrolment is spent: the next period's is already good.
  await field(again.page, 'Code or recovery code').fill(totp.generate({ timestamp: Date.now() + 30_000 }));
  await press(again.page, 'Sign in');
  await workspaceButton(again.page, 'Operate').waitFor();

  const byCode = await world.open();
  await byCode.page.goto(world.running.url);
  await giveNameAndPassword(byCode.page, 'ana.ruiz', OWN_PASSWORD);
  await field(byCode.page, 'Code or recovery code').fill(recoveryCode);
  await press(byCode.page, 'Sign in');
  await workspaceButton(byCode.page, 'System').click();
  expect(await byCode.page.getByRole('tab').allTextContents()).not.toContain('Users');

  await deactivate(chief.page);
  for (const { page } of [ana, again, byCode]) {
    await page.getByText('Your session has ended. Sign in again.').waitFor();
    await field(page, 'User name').waitFor();
  }
  await lookAtAudit(chief.page);
  for (const { misdeeds } of [chief, ana, again, byCode]) expect(misdeeds).toEqual([]);
});

test('five wrong passwords make the name wait, in words', async () => {
  const { page, misdeeds } = await world.open();
  await page.goto(world.running.url);
  for (let attempt = 0; attempt < 5; attempt++) {
    await giveNameAndPassword(page, 'nobody-here', `wrong ${attempt}`);
    await page.getByText('The name or the password is wrong.').waitFor();
    await field(page, 'Password').fill('');
  }
  await giveNameAndPassword(page, 'nobody-here', 'wrong again');
  await page.getByText(/Too many attempts\. Try again in \d+ s\./).waitFor();
  expect(misdeeds).toEqual([]);
});

async function makeFirstAdministrator(page: Page): Promise<void> {
  await page.goto(world.running.url);
  await field(page, 'Your name').fill('The Chief');
  await field(page, 'User name').fill('chief');
  await field(page, 'Password').fill(ADMIN_PASSWORD);
  await press(page, 'Make the administrator and sign in');
  await workspaceButton(page, 'Operate').waitFor();
}

async function addDispatcher(page: Page): Promise<void> {
  await workspaceButton(page, 'System').click();
  await page.getByRole('tab', { name: 'Users' }).click();
  await press(page, 'New user…');
  const dialog = page.getByRole('dialog');
  await field(dialog, 'First name').fill('Ana');
  await field(dialog, 'Last name').fill('Ruiz');
  await field(dialog, 'User name').fill('ana.ruiz');
  await field(dialog, 'First password').fill('short');
  await field(dialog, 'States covered').fill('ma');
  await press(dialog, 'Make the account');
  await dialog.getByText('The password needs at least 12 characters. This one has 5.').waitFor();
  await field(dialog, 'First password').fill(FIRST_PASSWORD);
  await press(dialog, 'Make the account');
  await page.getByRole('row', { name: /Ana Ruiz ana\.ruiz Dispatcher/ }).waitFor();
}

async function enrol(page: Page): Promise<{ totp: TOTP; recoveryCode: string }> {
  await press(page, /^Ana Ruiz/);
  await page.getByRole('menuitem', { name: 'My account' }).click();
  await press(page.getByRole('region', { name: 'Second factor' }), 'Set up…');
  const dialog = page.getByRole('dialog');
  await field(dialog, 'Your password').fill(OWN_PASSWORD);
  await press(dialog, 'Go on');
  await dialog.getByRole('img', { name: 'QR code of the secret' }).waitFor();
  const secret = (await dialog.getByTitle('Secret').innerText()).replaceAll(' ', '');
  const totp = new TOTP({ secret });
  await field(dialog, 'Code that the app shows now').fill(totp.generate());
  await press(dialog, 'Switch on');
  const codes = page.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem');
  await codes.first().waitFor();
  expect(await codes.count()).toBe(10);
  const recoveryCode = await codes.first().innerText();
  await press(page, 'I have written them down');
  return { totp, recoveryCode };
}

/** What she may do changes on her open page, without a new sign-in; and it is on record. */
async function changePermissions(chief: Page, ana: Page): Promise<void> {
  await workspaceButton(ana, 'Dispatch').click();
  await field(ana, 'Where').waitFor();
  await press(chief, 'Ana Ruiz');
  await press(chief, 'Change…');
  const dialog = chief.getByRole('dialog');
  await dialog.getByRole('radiogroup', { name: 'Permissions' }).getByText('Technician').click();
  const calls = dialog.getByRole('checkbox', { name: 'Take calls and close emergencies' });
  expect(await calls.isChecked()).toBe(false);
  await dialog.getByText('Read the audit', { exact: true }).click();
  await dialog.getByText('Chosen', { exact: true }).waitFor();
  await press(dialog, 'Save');
  await chief
    .getByRole('row', { name: /Ana Ruiz .* Return drones to service · Register drones · Read the audit/ })
    .waitFor();
  await field(ana, 'Where').waitFor({ state: 'detached' });
  await workspaceButton(ana, 'System').click();
  await ana.getByRole('tab', { name: 'Audit' }).waitFor();
}

async function deactivate(page: Page): Promise<void> {
  await press(page, 'Ana Ruiz');
  await press(page, 'Deactivate…');
  await press(page.getByRole('dialog'), 'Deactivate');
  await page.getByRole('row', { name: /Ana Ruiz .* deactivated/ }).waitFor();
}

async function lookAtAudit(page: Page): Promise<void> {
  await page.getByRole('tab', { name: 'Audit' }).click();
  await page.getByRole('row', { name: /The Chief Person deactivated ana\.ruiz/ }).waitFor();
  await page.getByRole('row', { name: /The Chief Person changed ana\.ruiz .*maintain_drones/ }).waitFor();
  await press(page, /Action$/);
  await page.getByRole('option', { name: 'Second factor enabled' }).click();
  const rows = page.getByRole('table', { name: 'Audit' }).getByRole('row');
  await expect.poll(() => rows.count()).toBe(2);
  expect(await rows.nth(1).innerText()).toContain('Ana Ruiz');
}
