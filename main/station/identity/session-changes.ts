/** Word that somebody's session or rights changed: whoever holds a session looks it up again. */
export interface SessionChanges {
  announce(): void;
  /** Returns its unsubscribe. */
  subscribe(changed: () => void): () => void;
}

export function createSessionChanges(): SessionChanges {
  const listeners = new Set<() => void>();
  return {
    announce() {
      for (const listener of [...listeners]) listener();
    },
    subscribe(changed) {
      listeners.add(changed);
      return () => void listeners.delete(changed);
    },
  };
}
