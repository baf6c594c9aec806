import { useSyncExternalStore } from 'react';
import { useStation } from './station.ts';
import { createStore } from './store.ts';

const ticks = createStore(0);
let listeners = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/** One timer for every clock and countdown of the page, running only while something shows one. */
function subscribe(listener: () => void): () => void {
  const leave = ticks.subscribe(listener);
  if (listeners++ === 0) timer = setInterval(() => ticks.set(ticks.get() + 1), 250);
  return () => {
    leave();
    if (--listeners === 0) clearInterval(timer);
  };
}

/** The station's time in whole seconds (UTC, ms): the caller renders once a second, not at every tick. */
export function useNowMs(): number {
  const station = useStation();
  return useSyncExternalStore(subscribe, () => Math.floor(station.nowMs() / 1000) * 1000);
}

/** How long ago an instant of the station was, in whole seconds; null for none. Renders when that number changes. */
export function useAgeS(instantMs: number | null): number | null {
  const station = useStation();
  return useSyncExternalStore(subscribe, () =>
    instantMs === null ? null : Math.max(0, Math.floor((station.nowMs() - instantMs) / 1000)),
  );
}
