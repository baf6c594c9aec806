import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { freeUdpPort, type RunningProgram, startProgram } from '../../../scripts/child-programs.ts';
import { holdMouse, launchButton, takeCall, workspaceButton } from '../../../scripts/page-driver.ts';
import { RunningShell, temporaryDirectory } from './running-shell.ts';

const SPEED = 5;

async function signIn(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Fill in the demo account' }).click();
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await workspaceButton(page, 'Operate').waitFor();
}

/** A drone of the list that is heard now: what the page shows of it comes from the simulator, over UDP and the port. */
async function seesLiveDrones(page: Page): Promise<void> {
  await page
    .getByRole('list', { name: 'Drones' })
    .locator('.drone[data-stale="false"]', { hasText: 'Alpha-1' })
    .waitFor({ timeout: 30_000 });
}

/** From whatever a try before left on the page: a dialog, a report, its look on paper. */
async function openMaintenanceOf(page: Page, droneId: string): Promise<void> {
  // Not 'screen': what is printed would be laid out for the screen as well.
  await page.emulateMedia({ media: null });
  await page.keyboard.press('Escape');
  const back = page.getByRole('button', { name: 'Back' });
  if (await back.isVisible()) await back.click();
  await page.getByRole('button', { name: 'Maintain' }).click();
  await page
    .getByRole('list', { name: 'Drones by what is due' })
    .getByRole('button', { name: new RegExp(`^${droneId}`) })
    .click();
}

describe('a shell with a station that flies', () => {
  let shell: RunningShell;
  let simulator: RunningProgram;
  let page: Page;
  let args: string[];
  let userData: Awaited<ReturnType<typeof temporaryDirectory>>;

  beforeAll(async () => {
    userData = await temporaryDirectory();
    const udpPort = await freeUdpPort();
    args = ['--demo', '--link', `udpin:127.0.0.1:${udpPort}`, '--time-scale', String(SPEED)];
    args.push('--time-anchor', String(Date.now()));
    shell = new RunningShell(userData.path, args);
    simulator = await startProgram('simulator', [
      ...['--target', `127.0.0.1:${udpPort}`, '--seed', '31', '--speed', String(SPEED)],
      ...['--drones', '4', '--exit-with-parent'],
    ]);
    page = await shell.page();
  });
  afterAll(async () => {
    await shell?.kill();
    await simulator?.stop();
    await userData?.remove();
  });

  test('shows the built page, signs in and shows the fleet over the MessagePort', async () => {
    await signIn(page);
    await seesLiveDrones(page);
  });

  test('locks the window down', async () => {
    const [told] = await shell.told('window');
    expect(told?.webPreferences).toMatchObject({
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webSecurity: true,
    });
    expect(told?.webPreferences).not.toHaveProperty('webviewTag');
    const seen = await page.evaluate(async () => ({
      globals: ['require', 'process', 'module', 'Buffer', 'electron', 'toMain', 'standIn'].filter(
        (name) => name in window,
      ),
      bridge: Object.keys(window.skyrescue ?? {}),
      policy: (await fetch('/index.html')).headers.get('content-security-policy'),
      permissions: await Promise.all(
        (['geolocation', 'notifications', 'microphone'] as const).map(
          async (name) => (await navigator.permissions.query({ name })).state,
        ),
      ),
    }));
    expect(seen.globals).toEqual([]);
    expect(seen.bridge).toEqual(['requestPort', 'saveReport']);
    expect(seen.policy).toContain("default-src 'none'");
    expect(seen.policy).toContain("script-src 'self';");
    expect(seen.permissions).not.toContain('granted');
  });

  test('keeps the station’s key in the key store, and says so', async () => {
    const beside = await readdir(join(userData.path, 'records'));
    expect(beside).toContain('station.key.sealed');
    expect(beside).not.toContain('station.key');
    await workspaceButton(page, 'System').click();
    await page.getByRole('tab', { name: 'Database' }).click();
    const keys = page.getByRole('region', { name: 'Keys' });
    await keys.getByText(/this computer’s key store keeps/).waitFor();
    expect(await keys.getByRole('alert').count()).toBe(0);
    await workspaceButton(page, 'Operate').click();
  });

  test('starts the models again when their native code crashes, and the station does not notice', async () => {
    const started = await shell.told('model-process-started');
    const model = started.at(-1);
    process.kill(model?.pid ?? 0, 'SIGSEGV');
    await shell.told('model-process-ended', started.length);
    expect((await shell.told('model-process-started', started.length + 1)).at(-1)?.pid).not.toBe(model?.pid);
    expect(shell.all('station-ended')).toEqual([]);
    await seesLiveDrones(page);
  });

  test('saves the open report as PDF where the person chooses, and nothing else of the page', async () => {
    await openMaintenanceOf(page, 'Alpha-1');
    shell.ask({ kind: 'choose-file', path: null });
    // A try before that failed on the way has left its check open: that one serves as well.
    const start = page.getByRole('button', { name: 'Start health check' });
    const discard = page.getByRole('button', { name: 'Discard…' });
    await start.or(discard).waitFor();
    if (await start.isVisible()) await start.click();
    await page
      .getByRole('region', { name: 'Automatic checks' })
      .getByText(/passed/)
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'Report' }).click();
    const save = page.getByRole('button', { name: 'Save as PDF' });
    const askedBefore = shell.all('save-asked').length;
    await save.click();
    const asked = (await shell.told('save-asked', askedBefore + 1)).at(-1);
    expect(basename(asked?.defaultPath ?? '')).toMatch(/^Health check Alpha-1 \d{4}-\d\d-\d\d\.pdf$/);
    expect(await page.getByText(/^Saved as/).count()).toBe(0);

    const path = join(userData.path, 'report.pdf');
    await writeFile(path, 'an older report');
    shell.ask({ kind: 'choose-file', path });
    await save.click();
    await page.getByText(`Saved as ${path}`).waitFor();
    const pdf = await readFile(path);
    expect(pdf.toString('latin1', 0, 5)).toBe('%PDF-');
    expect(pdf.toString('latin1')).toMatch(/\/Title \(Health check Alpha-1 \d{4}-\d\d-\d\d\)/);
    expect(pdf.toString('latin1')).toMatch(/\/MediaBox \[0 0 59\d\.\d+ 84\d\.\d+\]/);
    expect((await readdir(userData.path)).filter((name) => name.includes('report.pdf'))).toEqual([
      'report.pdf',
    ]);

    await page.emulateMedia({ media: 'print' });
    const onPaper = await page.evaluate(() => {
      const report = document.querySelector('.report');
      const others = [...document.querySelectorAll('body *')].filter(
        (element) =>
          !report?.contains(element) && !element.contains(report) && element.getClientRects().length > 0,
      );
      const { backgroundColor, colorScheme } = getComputedStyle(document.documentElement);
      return { others: others.map(({ className }) => className), root: { backgroundColor, colorScheme } };
    });
    expect(onPaper.others).toEqual([]);
    expect(onPaper.root).toMatchObject({ backgroundColor: 'rgb(255, 255, 255)', colorScheme: 'light' });
    await page.emulateMedia({ media: null });

    shell.ask({ kind: 'choose-file', path: join(userData.path, 'no-such-folder', 'report.pdf') });
    await save.click();
    await page
      .getByRole('alert')
      .getByText(/is not there any more\. Choose another folder\./)
      .waitFor();
    expect(await readFile(path)).toEqual(pdf);
    await page.getByRole('button', { name: 'Back' }).click();
    await discard.click();
    await page.getByRole('button', { name: 'Discard it' }).click();
    await page.getByRole('button', { name: 'Start health check' }).waitFor();
    await workspaceButton(page, 'Operate').click();
  });

  test('lets the page neither open a window nor go elsewhere nor ask anybody else', async () => {
    const elsewhere = await countingServer();
    await page.evaluate((url) => void window.open(url), `${elsewhere.url}/window`);
    expect(await shell.told('window-open-asked')).toMatchObject([{ action: 'deny' }]);
    await page.evaluate((url) => window.location.assign(url), `${elsewhere.url}/away`);
    expect(await shell.told('navigation-asked')).toMatchObject([
      { url: `${elsewhere.url}/away`, prevented: true },
    ]);
    // A page of our own with its policy switched off: the session itself must refuse.
    const session = await page.context().newCDPSession(page);
    await session.send('Page.setBypassCSP', { enabled: true });
    await page.reload();
    const asked = await page.evaluate(
      (url) =>
        fetch(url, { mode: 'no-cors' }).then(
          () => 'answered',
          () => 'failed',
        ),
      `${elsewhere.url}/fetch`,
    );
    expect(asked).toBe('failed');
    expect((await shell.told('request-cancelled')).map(({ url }) => url)).toContain(`${elsewhere.url}/fetch`);
    await session.send('Page.setBypassCSP', { enabled: false });
    await page.reload();
    await page.bringToFront();
    expect(elsewhere.paths).toEqual([]);
    expect(page.context().pages()).toHaveLength(1);
    await seesLiveDrones(page);
  });

  test('quits a second instance at once and shows the first', async () => {
    const second = new RunningShell(userData.path, args);
    onTestFinished(() => second.kill());
    expect(await second.ended(5_000)).toBe(0);
    expect(second.all('station-started')).toEqual([]);
    expect(second.all('window')).toEqual([]);
    await shell.told('window-focused');
  });

  test('starts a killed station again, and the page goes on by itself', async () => {
    const [first] = await shell.told('station-started');
    const lost = page.getByText(/Station lost since/);
    process.kill(first?.pid ?? 0, 'SIGKILL');
    await lost.waitFor();
    const [, second] = await shell.told('station-started', 2);
    expect(second?.pid).not.toBe(first?.pid);
    // Its models go with it.
    const models = await shell.told('model-process-ended', 2);
    expect(models.at(-1)).toMatchObject({ signal: 'SIGKILL' });
    await lost.waitFor({ state: 'detached' });
    await seesLiveDrones(page);
    // A request, not only a feed: an emergency is stored and assessed.
    await takeCall(page, '42.3638, -71.0559');
    await launchButton(page).waitFor({ timeout: 30_000 });
  });

  test('keeps the machine awake exactly while a mission flies', async () => {
    expect(shell.all('power-save')).toEqual([]);
    await takeCall(page, '42.3638, -71.0559');
    await launchButton(page).waitFor({ timeout: 30_000 });
    await holdMouse(page, launchButton(page));
    expect(await shell.told('power-save')).toEqual([{ kind: 'power-save', blocked: true }]);
    const detail = page.getByRole('complementary', { name: 'Selected drone' });
    await holdMouse(page, detail.getByRole('button', { name: 'Abort and return' }));
    await detail.getByText('Aborted: Operator abort', { exact: true }).waitFor();
    expect(await shell.told('power-save', 2, 120_000)).toEqual([
      { kind: 'power-save', blocked: true },
      { kind: 'power-save', blocked: false },
    ]);
  }, 200_000);

  test('closes the database before it quits, and starts on the same records', async () => {
    shell.ask({ kind: 'quit' });
    expect(await shell.ended()).toBe(0);
    expect(shell.all('station-ended').at(-1)).toMatchObject({ code: 0, signal: null });

    shell = new RunningShell(userData.path, args);
    page = await shell.page();
    await signIn(page);
    await seesLiveDrones(page);
    shell.ask({ kind: 'close-window' });
    expect(await shell.ended()).toBe(0);
    expect(shell.all('station-ended')).toMatchObject([{ code: 0, signal: null }]);
    expect(shell.all('error-box')).toEqual([]);
  });
});

describe('a station that cannot run', () => {
  async function startShell(
    dataDirectory: string,
    userData: string,
    keyStore?: string,
  ): Promise<RunningShell> {
    const link = `udpin:127.0.0.1:${await freeUdpPort()}`;
    const shell = new RunningShell(
      userData,
      ['--demo', '--link', link, '--data-dir', dataDirectory],
      keyStore,
    );
    onTestFinished(() => shell.kill());
    return shell;
  }

  async function directory(): Promise<string> {
    const made = await temporaryDirectory();
    onTestFinished(made.remove);
    return made.path;
  }

  test('says where records cannot be kept, and ends', async () => {
    const userData = await directory();
    const file = join(userData, 'not-a-directory');
    await writeFile(file, '');
    const shell = await startShell(file, userData);
    const [box] = await shell.told('error-box');
    expect(box?.content).toContain(`The records cannot be kept in ${file}.`);
    expect(await shell.ended()).toBe(1);
    expect(shell.all('station-started')).toEqual([]);
  });

  test('says what to do when the key store does not open the station’s key, and touches no records', async () => {
    const [records, userData] = [await directory(), await directory()];
    await writeFile(
      join(records, 'station.key.sealed'),
      Buffer.from('v11 of another computer').toString('base64'),
    );
    const shell = await startShell(records, userData);
    const [box] = await shell.told('error-box');
    expect(box?.content).toMatch(
      /key store does not open the station's key.*unlock it.*copy of station\.key/s,
    );
    shell.ask({ kind: 'quit' });
    expect(await shell.ended()).toBe(0);
    expect((await readdir(records)).sort()).toEqual(['maps', 'station.key.sealed']);
  });

  test('says which program has the records, and does not try again and again', async () => {
    const [records, userData, otherUserData] = [await directory(), await directory(), await directory()];
    await writeFile(join(records, 'station.key'), `${Buffer.alloc(32, 5).toString('base64')}\n`);
    const keyStore = join(userData, 'os-key-store');
    const holder = await startShell(records, userData, keyStore);
    const page = await holder.page();
    await page.getByRole('button', { name: 'Fill in the demo account' }).waitFor({ timeout: 30_000 });
    // The plain key of a station before there was a key store was taken over.
    expect(existsSync(join(records, 'station.key'))).toBe(false);
    expect(existsSync(join(records, 'station.key.sealed'))).toBe(true);
    const shell = await startShell(records, otherUserData, keyStore);
    const [box] = await shell.told('error-box');
    expect(box?.content).toContain('Close the other ground control first.');
    expect(shell.all('station-started')).toHaveLength(1);
    shell.ask({ kind: 'quit' });
    expect(await shell.ended()).toBe(0);
    expect(shell.all('station-started')).toHaveLength(1);
  });

  test('gives up on a station that ends again and again, and says so once', async () => {
    const userData = await directory();
    const shell = await startShell(join(userData, 'records'), userData);
    for (let count = 1; count <= 5; count++) {
      const started = await shell.told('station-started', count);
      process.kill(started.at(-1)?.pid ?? 0, 'SIGKILL');
    }
    const [box] = await shell.told('error-box');
    expect(box?.content).toMatch(/ended several times in a row.*start it again/);
    shell.ask({ kind: 'quit' });
    expect(await shell.ended()).toBe(0);
    expect(shell.all('station-started')).toHaveLength(5);
    expect(shell.all('error-box')).toHaveLength(1);
  });
});

/** Another origin on this machine that remembers who asked. */
async function countingServer(): Promise<{ url: string; paths: string[] }> {
  const paths: string[] = [];
  const server = createServer((request, response) => {
    paths.push(request.url ?? '');
    response.end('reached');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    // Chromium may have connected ahead of the request that it was then not allowed to make.
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, paths };
}
