import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';

const BROWSERS = [
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
  '/usr/bin/chromium-browser',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** Opens the page as an app window of an installed Chromium or Chrome, and says what happened. */
export function openWindowSentence(url: string, profileDirectory: string): string {
  const browser = BROWSERS.find((path) => existsSync(path));
  const hasDisplay =
    process.platform !== 'linux' || Boolean(process.env.DISPLAY ?? process.env.WAYLAND_DISPLAY);
  if (browser === undefined) return `No Chromium or Chrome is installed here. Open ${url}`;
  if (!hasDisplay) return `There is no display here. Open ${url}`;
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const child = spawn(
    browser,
    [
      `--app=${url}`,
      `--user-data-dir=${profileDirectory}`,
      '--no-first-run',
      '--disable-background-networking',
      ...asRoot,
    ],
    { stdio: 'ignore', detached: true },
  );
  child.on('error', () => console.log(`The browser could not be started. Open ${url}`));
  child.unref();
  return `The page opens in its own window. Its address is ${url}`;
}
