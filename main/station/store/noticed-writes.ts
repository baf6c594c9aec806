import type { Store } from './store.ts';

/** The same store, and word of each write that was made: sync has something to send then. */
export function noticedWrites(store: Store): { store: Store; onWritten(listener: () => void): () => void } {
  const listeners = new Set<() => void>();
  const told = <Calls extends object>(calls: Calls): Calls =>
    new Proxy(calls, {
      get(target, name, receiver) {
        const call: unknown = Reflect.get(target, name, receiver);
        if (typeof call !== 'function') return call;
        return (input: unknown) =>
          (call as (input: unknown) => Promise<unknown>)(input).then((output) => {
            for (const listener of listeners) listener();
            return output;
          });
      },
    });
  return {
    store: {
      read: store.read,
      write: told(store.write),
      as(dispatcherId) {
        const { read, write } = store.as(dispatcherId);
        return { read, write: told(write) };
      },
    },
    onWritten(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
