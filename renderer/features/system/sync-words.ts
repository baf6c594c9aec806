import type { SyncPhase, SyncStatus } from '../../../preload/contract/sync.ts';
import { age } from '../../ui/formatting.ts';

export const PHASE_WORDS: Record<SyncPhase, string> = {
  NOT_SET_UP: 'Not connected to a central server',
  CONNECTING: 'Connecting…',
  WORKING: 'Sending and receiving…',
  UP_TO_DATE: 'Up to date',
  OFFLINE: 'Offline. It connects by itself when the network is back',
  PAUSED: 'Paused',
  STOPPED: 'Waits for a person',
};

export function count(value: number, one: string, many: string): string {
  return `${value.toLocaleString('en')} ${value === 1 ? one : many}`;
}

/** "12 changes, 4.1 kB, the oldest 3 min old". */
export function waitingInWords({ changes, bytes, oldestAtMs }: SyncStatus['waiting'], nowMs: number): string {
  if (changes === 0) return 'Nothing waits to be sent.';
  const oldest =
    oldestAtMs === null ? '' : `, the oldest ${age(Math.max(0, nowMs - oldestAtMs) / 1_000)} old`;
  return `${count(changes, 'change waits', 'changes wait')} to be sent: ${size(bytes)}${oldest}.`;
}

export function size(bytes: number): string {
  if (bytes < 1_000) return `${bytes} bytes`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

export function perSecond(value: number): string {
  return value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString('en');
}
