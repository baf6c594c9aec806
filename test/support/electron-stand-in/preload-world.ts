/** The world in which the preload runs: it shares the document with the page, and none of its variables. */
export const PRELOAD_WORLD = 'electron-preload';

/** What passes through a port, as text: the contract speaks in strings and bytes. */
export function encodeData(data: unknown): { text: string } | { base64: string } {
  if (typeof data === 'string') return { text: data };
  if (data instanceof Uint8Array) return { base64: Buffer.from(data).toString('base64') };
  throw new TypeError('The stand-in carries strings and bytes alone.');
}

export function decodeData(encoded: unknown): string | Uint8Array {
  if (typeof encoded === 'object' && encoded !== null) {
    if ('text' in encoded && typeof encoded.text === 'string') return encoded.text;
    if ('base64' in encoded && typeof encoded.base64 === 'string')
      return new Uint8Array(Buffer.from(encoded.base64, 'base64'));
  }
  throw new TypeError('The page sent what the stand-in does not carry.');
}

/** The page's half of contextBridge, which hears only what the preload exposes while it runs, and of `window.open`. */
export function pageSideScript(): string {
  return `(() => {
    const expose = (event) => {
      const [name, keys] = JSON.parse(event.detail);
      const call = (key, args) =>
        new Promise((resolve, reject) => {
          const id = crypto.randomUUID();
          const settle = ({ detail }) => {
            const { value, error } = JSON.parse(detail);
            if (error === undefined) resolve(value);
            else reject(new Error(error));
          };
          document.addEventListener('stand-in-settled ' + id, settle, { once: true });
          const detail = JSON.stringify([name, key, args, id]);
          document.dispatchEvent(new CustomEvent('stand-in-call', { detail }));
        });
      const api = Object.fromEntries(keys.map((key) => [key, (...args) => call(key, args)]));
      Object.defineProperty(window, name, { value: Object.freeze(api), enumerable: true });
    };
    document.addEventListener('stand-in-expose', expose);
    window.open = (url) => {
      const detail = new URL(url, document.baseURI).href;
      document.dispatchEvent(new CustomEvent('stand-in-open', { detail }));
      return null;
    };
    document.addEventListener('stand-in-ran', () => document.removeEventListener('stand-in-expose', expose));
  })();`;
}

/** What a sandboxed preload may require of Electron, and nothing of Node; then the preload. */
export function preloadSideScript(preload: string): string {
  return `var standIn = (() => {
    const toMain = (...message) => globalThis.toMain(JSON.stringify(message));
    const listeners = new Map();
    const exposed = new Map();
    const ports = new Map();
    const invocations = new Map();
    let nextInvocation = 1;
    const encode = (data) => {
      if (typeof data === 'string') return { text: data };
      const bytes = new Uint8Array(data);
      return { base64: btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), '')) };
    };
    const decode = (data) =>
      'text' in data ? data.text : Uint8Array.from(atob(data.base64), (letter) => letter.charCodeAt(0));
    const openPort = (portId) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = (event) => toMain('portMessage', portId, encode(event.data));
      ports.set(portId, port1);
      return port2;
    };
    document.addEventListener('stand-in-call', (event) => {
      const [name, key, args, id] = JSON.parse(event.detail);
      const settle = (outcome) =>
        document.dispatchEvent(new CustomEvent('stand-in-settled ' + id, { detail: JSON.stringify(outcome) }));
      Promise.resolve(exposed.get(name)[key](...args)).then(
        (value) => settle({ value }),
        (error) => settle({ error: String(error) }),
      );
    });
    document.addEventListener('stand-in-open', (event) => toMain('windowOpen', event.detail));
    const electron = {
      ipcRenderer: {
        on: (channel, listener) => void listeners.set(channel, [...(listeners.get(channel) ?? []), listener]),
        send: (channel, ...args) => toMain('send', channel, ...args),
        invoke: (channel, ...args) =>
          new Promise((resolve, reject) => {
            const id = nextInvocation++;
            invocations.set(id, { resolve, reject });
            toMain('invoke', id, channel, ...args);
          }),
      },
      contextBridge: {
        exposeInMainWorld(name, api) {
          exposed.set(name, api);
          const detail = JSON.stringify([name, Object.keys(api)]);
          document.dispatchEvent(new CustomEvent('stand-in-expose', { detail }));
        },
      },
    };
    const require = (name) => {
      if (name === 'electron') return electron;
      throw new Error('A sandboxed preload cannot require ' + name);
    };
    const module = { exports: {} };
    ((exports, require, module) => { ${preload}\n })(module.exports, require, module);
    document.dispatchEvent(new CustomEvent('stand-in-ran'));
    return {
      answered: (id, { value, error }) => {
        const { resolve, reject } = invocations.get(id);
        invocations.delete(id);
        if (error === undefined) resolve(value);
        else reject(new Error(error));
      },
      portMessage: (portId, data) => ports.get(portId)?.postMessage(decode(data)),
      portClosed: (portId) => ports.get(portId)?.close(),
      message: (channel, message, portIds) => {
        const event = { ports: portIds.map(openPort) };
        for (const listener of listeners.get(channel) ?? []) listener(event, message);
      },
    };
  })();`;
}
