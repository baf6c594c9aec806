/** What the shell registered with Electron's session and protocol, for the window to ask as Electron would. */
type RequestListener = (details: { url: string }, decide: (response: { cancel?: boolean }) => void) => void;
type PermissionRequestHandler = (
  contents: unknown,
  permission: string,
  decide: (granted: boolean) => void,
  details: object,
) => void;
type PermissionCheckHandler = (
  contents: unknown,
  permission: string,
  origin: string,
  details: object,
) => boolean;
type ProtocolHandler = (request: Request) => Promise<Response>;

let onBeforeRequest: RequestListener | null = null;
let onPermissionRequest: PermissionRequestHandler | null = null;
let onPermissionCheck: PermissionCheckHandler | null = null;
const schemes = new Map<string, ProtocolHandler>();

export const session = {
  defaultSession: {
    setPermissionRequestHandler(handler: PermissionRequestHandler): void {
      onPermissionRequest = handler;
    },
    setPermissionCheckHandler(handler: PermissionCheckHandler): void {
      onPermissionCheck = handler;
    },
    /** Chromium under test has no devices to ask for. */
    setDevicePermissionHandler(): void {},
    webRequest: {
      onBeforeRequest(listener: RequestListener): void {
        onBeforeRequest = listener;
      },
    },
  },
};

export const protocol = {
  registerSchemesAsPrivileged(): void {},
  handle(scheme: string, handler: ProtocolHandler): void {
    schemes.set(scheme, handler);
  },
};

export function handlerOf(scheme: string): ProtocolHandler | null {
  return schemes.get(scheme) ?? null;
}

export function isCancelled(url: string): Promise<boolean> {
  const listener = onBeforeRequest;
  if (listener === null) return Promise.resolve(false);
  return new Promise((resolve) => listener({ url }, ({ cancel }) => resolve(cancel === true)));
}

/** Electron grants what nobody refuses. */
export async function isGranted(contents: unknown, permission: string, origin: string): Promise<boolean> {
  const ask = onPermissionRequest;
  const asked =
    ask === null ||
    (await new Promise<boolean>((resolve) => ask(contents, permission, resolve, { requestingUrl: origin })));
  return asked || onPermissionCheck === null || onPermissionCheck(contents, permission, origin, {});
}
