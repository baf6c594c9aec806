import type { DroneStatus, FleetEntry } from '../../../preload/contract/fleet.ts';
import { age, duration } from '../../ui/formatting.ts';

export interface Chip {
  readonly words: string;
  readonly look: 'warning' | 'caution' | 'flying' | 'ready' | 'plain';
}

/** One line of the list, in the words it shows: a line whose words are the same is not drawn again. */
export interface FleetRow {
  readonly key: string;
  readonly chip: Chip;
  /** What matters of it at a glance: time to the scene, silence, or where it stands. */
  readonly aside: string;
  readonly batteryPercent: number | null;
  readonly sentence: string;
  readonly stale: boolean;
}

const STATUS_WORDS: Record<DroneStatus, string> = {
  READY: 'Ready',
  CHARGING: 'Charging',
  IN_FLIGHT: 'In flight',
  MAINTENANCE: 'Maintenance',
  OFFLINE: 'Offline',
};

export function fleetRow(entry: FleetEntry): FleetRow {
  return {
    key: entry.key,
    chip: chipOf(entry),
    aside: asideOf(entry),
    batteryPercent: entry.batteryPercent === null ? null : Math.round(entry.batteryPercent),
    sentence: entry.sentence,
    stale: entry.contact === 'STALE' || entry.contact === 'LOST',
  };
}

export function sameRow(a: FleetRow, b: FleetRow): boolean {
  return (
    a.key === b.key &&
    a.chip.words === b.chip.words &&
    a.chip.look === b.chip.look &&
    a.aside === b.aside &&
    a.batteryPercent === b.batteryPercent &&
    a.sentence === b.sentence &&
    a.stale === b.stale
  );
}

export function chipOf(entry: FleetEntry): Chip {
  if (entry.remoteStationId !== null) return { words: 'Remote', look: 'plain' };
  if (entry.attention === 'WARNING') return { words: 'Warning', look: 'warning' };
  if (entry.attention === 'CAUTION') return { words: 'Caution', look: 'caution' };
  if (entry.attention === 'IN_FLIGHT' || entry.status === 'IN_FLIGHT')
    return { words: 'In flight', look: 'flying' };
  if (!entry.registered) return { words: 'Not registered', look: 'plain' };
  if (entry.status === null) return { words: 'Unknown', look: 'plain' };
  return { words: STATUS_WORDS[entry.status], look: entry.status === 'READY' ? 'ready' : 'plain' };
}

function asideOf(entry: FleetEntry): string {
  if (entry.remoteStationId !== null && entry.timeToSceneS === null) return entry.remoteStationId;
  const silent = entry.contact === 'STALE' || entry.contact === 'LOST';
  if (silent && entry.lastHeardMsAgo !== null) return `no data ${age(entry.lastHeardMsAgo / 1000)}`;
  if (entry.timeToSceneS !== null) return `scene in ${duration(entry.timeToSceneS)}`;
  return entry.baseStationId ?? '';
}
