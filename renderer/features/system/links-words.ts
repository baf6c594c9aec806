import type { AcceptUnsigned, LinkStatus, SigningState } from '../../../preload/contract/links.ts';
import { NONE } from '../../ui/formatting.ts';
import { megabytes } from './database-words.ts';

export const STATE_WORDS: Record<LinkStatus['state'], string> = {
  OPENING: 'opening',
  OPEN: 'open',
  FAILED: 'failed',
  CLOSED: 'closed',
};

export const POLICIES: readonly { value: AcceptUnsigned; label: string; name: string }[] = [
  {
    value: 'UNLESS_KEYED',
    label: 'Without a key',
    name: 'Unsigned packets: from drones without a key',
  },
  { value: 'NEVER', label: 'Never', name: 'Unsigned packets: never' },
  { value: 'ALWAYS', label: 'Always', name: 'Unsigned packets: always' },
];

const POLICY_WORDS: Record<AcceptUnsigned, string> = {
  UNLESS_KEYED: 'from drones without a key',
  NEVER: 'never counts',
  ALWAYS: 'always counts',
};

export function policyWords(policy: AcceptUnsigned): string {
  return POLICY_WORDS[policy];
}

export const SIGNING_WORDS: Record<SigningState['state'], string> = {
  ACTIVE: 'signed',
  CONFIRMING: 'waits for the drone to confirm',
  UNREADABLE: 'key cannot be read on this machine',
};

export function rate(perSecond: number): string {
  return `${perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond)}/s`;
}

export function kilobytes(bytesPerSecond: number): string {
  return `${(bytesPerSecond / 1_000).toFixed(1)} kB/s`;
}

export function gigabytes(bytes: number): string {
  return bytes < 1e9 ? megabytes(bytes) : `${(bytes / 1e9).toFixed(1)} GB`;
}

export function roundTrip(ms: number | null): string {
  return ms === null ? NONE : `${Math.round(ms)} ms`;
}
