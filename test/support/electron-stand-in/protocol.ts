type Handler = (request: Request) => Promise<Response>;

const handlers = new Map<string, Handler>();

export const protocol = {
  registerSchemesAsPrivileged(): void {},
  handle(scheme: string, handler: Handler): void {
    handlers.set(scheme, handler);
  },
};

export function handlerOf(scheme: string): Handler | null {
  return handlers.get(scheme) ?? null;
}
