import { useAgeS } from './now.ts';
import { useStation } from './station.ts';
import { useSelected, useStore } from './store.ts';

/** Older than this, what is on screen may no longer be true (U4). The station speaks once a second. */
const STALE_AFTER_S = 3;

export interface Silence {
  /** The line is gone, or open and silent for too long. */
  readonly silent: boolean;
  /** Since the station's last word, in whole seconds; null before the first. */
  readonly forS: number | null;
}

export function useSilence(): Silence {
  const station = useStation();
  const { phase } = useStore(station.connection.state);
  const receivedAtMs = useSelected(station.system, (system) => system.receivedAtMs);
  const forS = useAgeS(receivedAtMs === 0 ? null : station.nowMs() - Date.now() + receivedAtMs);
  return { silent: phase !== 'OPEN' || (forS !== null && forS > STALE_AFTER_S), forS };
}
