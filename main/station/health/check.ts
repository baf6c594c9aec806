import type {
  DoorTest,
  HealthBounds,
  HealthGroup,
  HealthItem,
  HealthResult,
} from '../../../preload/contract/health.ts';
import type { ModelMatch } from '../../../preload/contract/models.ts';
import type { VehicleState } from '../../../preload/contract/vehicle.ts';
import type { MessageDefinition } from '../mavlink/frame.ts';
import type { MessageWindow } from './message-window.ts';

type Definition = MessageDefinition<unknown>;

/** What a motor did while it was turned on its own, as its speed controller measured it. Null: it did not say. */
export interface MotorEvidence {
  readonly rpm: number | null;
  /** Its controller's, or by how much the battery's rose. */
  readonly currentA: number | null;
  readonly temperatureC: number | null;
  /** Which output turned, counted from 1: ArduCopter tests in the order in which the motors stand. */
  readonly output: number | null;
}

/** All that checks are judged from. */
export interface HealthFacts {
  readonly nowMs: number;
  readonly window: MessageWindow;
  readonly vehicle: VehicleState;
  /** Whether the vehicle was asked for its pre-arm checks, and what it answered. */
  readonly preArm: 'NOT_ASKED' | 'ANSWERED' | 'REFUSED' | 'UNKNOWN';
  /** By motor, counted from 1. */
  readonly motors: ReadonlyMap<number, MotorEvidence>;
  /** The test of the door in this check; null: it was not tested. */
  readonly door: DoorTest | null;
  readonly baseline: Baseline | null;
  /** The detector's score of this vehicle's last flight, and what stood out in it; null: none was scored. */
  readonly anomaly: { readonly score: number; readonly limit: number; readonly words: string } | null;
  /** Whether the central list knows the model that the drone says it runs. */
  readonly model: ModelMatch | null;
}

/** What the fleet's technicians have approved for this model of drone. */
export interface Baseline {
  readonly firmware: string;
  /** How many parameters differ from the approved file; null while they have not been read. */
  readonly differences: number | null;
  /** The first few of them, in words. */
  readonly words: string;
  /** Of another autopilot: parameters of the same name mean other things. */
  readonly otherAutopilot: boolean;
}

/** What one check found. Without a finding the check cannot be made: never a pass for missing data. */
export interface Finding {
  readonly result: Exclude<HealthResult, 'WAITING' | 'NOT_TESTABLE'>;
  readonly measured: string;
  /** The same as a number in the unit of the limit, for trends; absent where it is none. */
  readonly value?: number;
  /** In words; null for a pass that needs none. */
  readonly sentence: string | null;
}

/** A check as data. `judge` returns null where nothing was heard, or a sentence that says why it cannot be judged. */
export interface HealthCheck {
  readonly id: string;
  readonly title: string;
  readonly group: HealthGroup;
  readonly messages: readonly Definition[];
  readonly limit: string;
  /** Of a finding's `value`; null where it has none. */
  readonly bounds: HealthBounds | null;
  readonly limitSource: string;
  readonly remedy: string;
  readonly needed: boolean;
  judge(facts: HealthFacts): Finding | string | null;
}

interface Common {
  id: string;
  title: string;
  messages: readonly Definition[];
  limitSource: string;
  remedy: string;
  needed?: boolean;
}

/** A number against two limits. `worse` says in which direction it gets worse. */
export function numeric(
  group: HealthGroup,
  check: Common & {
    unit: string;
    worse: 'ABOVE' | 'BELOW';
    caution: number;
    fail: number;
    digits: number;
    measure(facts: HealthFacts): number | null;
  },
): HealthCheck {
  const { unit, worse, caution, fail, digits, measure, needed = true, ...common } = check;
  const sign = worse === 'ABOVE' ? '≤' : '≥';
  const text = (value: number): string => `${value.toFixed(digits)}${unit === '' ? '' : ` ${unit}`}`;
  const beyond = (value: number, limit: number): boolean =>
    worse === 'ABOVE' ? value > limit : value < limit;
  return {
    ...common,
    group,
    needed,
    limit: `${sign} ${text(caution)}, never ${worse === 'ABOVE' ? 'above' : 'below'} ${text(fail)}`,
    bounds: { unit, worse, caution, fail },
    judge(facts) {
      const value = measure(facts);
      if (value === null || !Number.isFinite(value)) return null;
      const measured = text(value);
      const side = worse === 'ABOVE' ? 'above' : 'below';
      if (beyond(value, fail))
        return {
          result: 'FAIL',
          measured,
          value,
          sentence: `${measured} is ${side} the limit of ${text(fail)}.`,
        };
      if (beyond(value, caution))
        return { result: 'CAUTION', measured, value, sentence: `${measured} is ${side} ${text(caution)}.` };
      return { result: 'PASS', measured, value, sentence: null };
    },
  };
}

export function judged(
  group: HealthGroup,
  check: Common & {
    limit: string;
    bounds?: HealthBounds;
    judge(facts: HealthFacts): Finding | string | null;
  },
): HealthCheck {
  return { group, ...check, bounds: check.bounds ?? null, needed: check.needed ?? true };
}

export const pass = (measured: string): Finding => ({ result: 'PASS', measured, sentence: null });
export const caution = (measured: string, sentence: string): Finding => ({
  result: 'CAUTION',
  measured,
  sentence,
});
export const fail = (measured: string, sentence: string): Finding => ({ result: 'FAIL', measured, sentence });

/**
 * The check as it stands.
 * @param collecting the time window is still filling: what was not heard yet may still come
 */
export function itemOf(check: HealthCheck, facts: HealthFacts, collecting: boolean): HealthItem {
  const found = check.judge(facts);
  const item = {
    checkId: check.id,
    title: check.title,
    group: check.group,
    limit: check.limit,
    bounds: check.bounds,
    limitSource: check.limitSource,
    messages: check.messages.map(({ name }) => name),
    needed: check.needed,
  };
  if (found !== null && typeof found !== 'string')
    return { ...item, value: null, ...found, remedy: found.result === 'PASS' ? null : check.remedy };
  return {
    ...item,
    result: collecting ? 'WAITING' : 'NOT_TESTABLE',
    measured: null,
    value: null,
    sentence: found ?? (collecting ? null : 'The drone does not report this.'),
    remedy: null,
  };
}
