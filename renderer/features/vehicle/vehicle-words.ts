import type {
  GuidedAction,
  GuidedActionName,
  VehicleTransfer,
} from '../../../preload/contract/vehicle-tools.ts';
import type { ParameterChange } from './parameter-changes.ts';

const KILOBYTE = 1_000;

export function sizeText(bytes: number): string {
  if (bytes < KILOBYTE) return `${bytes} B`;
  if (bytes < KILOBYTE ** 2) return `${(bytes / KILOBYTE).toFixed(1)} kB`;
  return `${(bytes / KILOBYTE ** 2).toFixed(1)} MB`;
}

/** When the last transfer of this kind began, if it has ended well: it changes with each. */
export function arrivalOf(transfer: VehicleTransfer | null, kind: VehicleTransfer['kind']): number | null {
  return transfer?.kind === kind && transfer.state === 'DONE' ? transfer.startedAtMs : null;
}

/** Parameters are single-precision: seven digits are all there is. */
export function numberText(value: number): string {
  return String(Number(value.toPrecision(7)));
}

/** What a person typed, with a point or a comma; null: no number. */
export function typedNumber(text: string): number | null {
  const trimmed = text.trim().replace(',', '.');
  const value = Number(trimmed);
  return trimmed === '' || !Number.isFinite(value) ? null : value;
}

/** MAV_PARAM_TYPE 1 to 8. */
export function isWholeNumberType(type: number): boolean {
  return type >= 1 && type <= 8;
}

export const CHANGE_WORDS: Record<ParameterChange['state'], string> = {
  WAITING: 'waits',
  SENDING: 'sending…',
  ACCEPTED: 'set, read back',
  REFUSED: 'refused',
  UNKNOWN: 'not known',
  NOT_SENT: 'not sent',
};

export const TRANSFER_WORDS: Record<VehicleTransfer['state'], string> = {
  RUNNING: 'running',
  DONE: 'done',
  FAILED: 'failed',
};

export const ACTION_WORDS: Record<GuidedActionName, string> = {
  GO_TO: 'Fly to the place',
  CHANGE_ALTITUDE: 'Change altitude',
  HOLD: 'Hold position',
  RETURN_HOME: 'Return home',
  LAND_HERE: 'Land here',
};

export const LIFE_WORDS: Record<GuidedAction['state'], string> = {
  SENDING: 'sending…',
  SENT: 'sent',
  WORKING: 'in progress',
  ACCEPTED: 'accepted',
  REFUSED: 'refused',
  UNKNOWN: 'not known',
};
