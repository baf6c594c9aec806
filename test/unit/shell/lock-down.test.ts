import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { openWindow, refuseEverythingRemote } from '../../../main/shell/page-window.ts';
import { pageHeaders } from '../../../main/station/page-headers.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** What the shell gave Electron to ask. */
const given = vi.hoisted(() => ({
  permissionRequest: null as
    | ((contents: null, permission: string, decide: (granted: boolean) => void) => void)
    | null,
  permissionCheck: null as (() => boolean) | null,
  devicePermission: null as (() => boolean) | null,
  beforeRequest: null as
    | ((details: { url: string }, decide: (answer: { cancel: boolean }) => void) => void)
    | null,
}));

vi.mock('electron', () => ({
  protocol: {},
  session: {
    defaultSession: {
      setPermissionRequestHandler: (handler: typeof given.permissionRequest) =>
        (given.permissionRequest = handler),
      setPermissionCheckHandler: (handler: typeof given.permissionCheck) => (given.permissionCheck = handler),
      setDevicePermissionHandler: (handler: typeof given.devicePermission) =>
        (given.devicePermission = handler),
      webRequest: {
        onBeforeRequest: (listener: typeof given.beforeRequest) => (given.beforeRequest = listener),
      },
    },
  },
  BrowserWindow: class {
    readonly webContents = Object.assign(new EventEmitter(), {
      windowOpen: null as (() => { action: string }) | null,
      setWindowOpenHandler(handler: () => { action: string }) {
        this.windowOpen = handler;
      },
    });
    readonly options: unknown;
    constructor(options: unknown) {
      this.options = options;
    }
  },
}));

test('no permission is given and nothing but the page itself is asked', () => {
  refuseEverythingRemote();
  for (const permission of [
    'media',
    'geolocation',
    'notifications',
    'serial',
    'usb',
    'hid',
    'display-capture',
    'openExternal',
  ]) {
    const decide = vi.fn();
    given.permissionRequest?.(null, permission, decide);
    expect(decide).toHaveBeenCalledExactlyOnceWith(false);
  }
  expect(given.permissionCheck?.()).toBe(false);
  expect(given.devicePermission?.()).toBe(false);
  const isCancelled = (url: string): boolean | null => {
    let cancelled: boolean | null = null;
    given.beforeRequest?.({ url }, ({ cancel }) => {
      cancelled = cancel;
    });
    return cancelled;
  };
  for (const url of ['skyrescue://page/index.html', 'data:image/png;base64,AA==', 'blob:skyrescue://page/1'])
    expect(isCancelled(url)).toBe(false);
  for (const url of [
    'https://example.org/',
    'http://127.0.0.1:8080/',
    'ws://127.0.0.1/',
    'file:///etc/passwd',
    'skyrescue://pages/index.html',
    'skyrescue://page.example.org/',
    'devtools://devtools/bundled/inspector.html',
  ])
    expect(isCancelled(url), url).toBe(true);
});

test('the window keeps the page apart from Node, opens no other and goes nowhere', () => {
  const { webContents, options } = openWindow('Title', '/preload.cjs') as unknown as {
    webContents: EventEmitter & { windowOpen(): { action: string } };
    options: { webPreferences: Record<string, unknown> };
  };
  expect(options.webPreferences).toEqual({
    preload: '/preload.cjs',
    ...{
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webSecurity: true,
      spellcheck: false,
    },
  });
  expect(webContents.windowOpen()).toEqual({ action: 'deny' });
  const prevented = (event: string, url: string): boolean => {
    const preventDefault = vi.fn();
    webContents.emit(event, { url, preventDefault });
    return preventDefault.mock.calls.length > 0;
  };
  expect(prevented('will-navigate', 'skyrescue://page/index.html')).toBe(false);
  expect(prevented('will-navigate', 'https://example.org/')).toBe(true);
  expect(prevented('will-navigate', 'file:///etc/passwd')).toBe(true);
  expect(prevented('will-attach-webview', '')).toBe(true);
});

test('the page may run and load nothing that is not its own', () => {
  const policy = pageHeaders('/index.html')['content-security-policy'];
  for (const rule of [
    "default-src 'none'",
    "script-src 'self'",
    "connect-src 'self'",
    "frame-ancestors 'none'",
    "form-action 'none'",
    "base-uri 'none'",
  ])
    expect(policy?.split('; ')).toContain(rule);
  expect(policy).not.toMatch(/unsafe-eval|https?:|\*|script-src[^;]*unsafe/);
});

test('the packaged program is no Node, takes no debugger and starts nothing but its archive', () => {
  const packaging = readFileSync(join(ROOT, 'electron-builder.yml'), 'utf8');
  const fuses = packaging.slice(packaging.indexOf('electronFuses:'), packaging.indexOf('\nlinux:'));
  for (const fuse of [
    'runAsNode: false',
    'enableNodeOptionsEnvironmentVariable: false',
    'enableNodeCliInspectArguments: false',
    'onlyLoadAppFromAsar: true',
    'grantFileProtocolExtraPrivileges: false',
  ])
    expect(fuses.split('\n')).toContain(`  ${fuse}`);
});
