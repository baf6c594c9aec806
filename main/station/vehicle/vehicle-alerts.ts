import type { AlertLevel } from '../../../preload/contract/alerts.ts';
import type { VehicleState } from '../../../preload/contract/vehicle.ts';
import type { AlertRequest, Alerts } from '../ports/alerts.ts';
import type { Clock } from '../ports/clock.ts';
import type { Vehicles } from './vehicle-registry.ts';

const TICK_MS = 500;
const STALE_MS = 3_000;
const LOW_PERCENT = 30;
const CRITICAL_PERCENT = 20;
/** The charge swings with the load: an alert ends only this far above its limit. */
const RECOVERED_PERCENT = 3;
/** Below this a descent outruns the detection. */
const LEAST_FRAMES_PER_S = 5;
/** MAV_SEVERITY_CRITICAL and ERROR. */
const CRITICAL_SEVERITY = 2;
const ERROR_SEVERITY = 3;
/** What an autopilot says once holds for as long as a person needs to see it. */
const SAID_MS = 120_000;
const PRE_ARM = /^(PreArm|Arm|Preflight Fail)\b/i;

/**
 * Tells people what is wrong with the vehicles that are heard: raises an alert when a cause begins, says it again when
 * the words change, and ends it when the cause ends. `nameOf` gives the name of the registered drone, or null.
 */
export function watchVehicles(parts: {
  vehicles: Vehicles;
  alerts: Alerts;
  clock: Clock;
  nameOf: (systemId: number) => string | null;
}): { close(): void } {
  const { vehicles, alerts, clock, nameOf } = parts;
  /** By cause: what is raised now. */
  const raised = new Map<string, AlertRequest>();

  const tick = (): void => {
    const wanted = new Map<string, AlertRequest>();
    for (const state of vehicles.states()) {
      const name = nameOf(state.systemId);
      const batteryBefore = raised.get(causeOf(state.systemId, 'BATTERY'))?.level ?? null;
      for (const alert of alertsOf(state, name, clock.nowMs(), batteryBefore)) wanted.set(alert.cause, alert);
    }
    for (const { systemId, kind, sentence } of vehicles.oddities()) {
      const cause = causeOf(systemId, kind);
      const level: AlertLevel = kind === 'SHARED_ID' ? 'WARNING' : 'CAUTION';
      wanted.set(cause, { cause, level, sentence, ...subjectOf(systemId, nameOf(systemId)) });
    }
    for (const cause of [...raised.keys()]) {
      if (wanted.has(cause)) continue;
      raised.delete(cause);
      alerts.clear(cause);
    }
    for (const [cause, alert] of wanted) {
      const known = raised.get(cause);
      if (known !== undefined && saysTheSame(known, alert)) continue;
      raised.set(cause, alert);
      alerts.raise(alert);
    }
  };

  const stops = [clock.every(TICK_MS, tick), vehicles.onContactChange(tick)];
  return {
    close: () => {
      for (const stop of stops) stop();
    },
  };
}

/** The subject changes when a vehicle gets its name by being registered. */
function saysTheSame(a: AlertRequest, b: AlertRequest): boolean {
  return a.level === b.level && a.sentence === b.sentence && a.subject === b.subject;
}

type Kind = 'UNREGISTERED' | 'LINK_LOST' | 'BATTERY' | 'INFERENCE' | 'AED' | 'SENSORS' | 'PRE_ARM' | 'SAID';

interface Finding {
  readonly kind: Kind;
  readonly level: AlertLevel;
  readonly sentence: string;
  /** Tells apart what may hold at once. */
  readonly detail?: string;
}

function alertsOf(
  state: VehicleState,
  name: string | null,
  nowMs: number,
  batteryBefore: AlertLevel | null,
): AlertRequest[] {
  const flying = state.armed && state.landedState !== 'ON_GROUND';
  const findings: (Finding | null)[] =
    state.contact === 'LOST'
      ? [lost(name, flying)]
      : [
          name === null ? unregistered(state) : null,
          battery(state, flying, batteryBefore),
          inference(state, flying, nowMs),
          aed(state, nowMs),
          sensors(state, flying, nowMs),
          preArm(state, nowMs),
          ...said(state, nowMs),
        ];
  return findings
    .filter((finding) => finding !== null)
    .map(({ kind, level, sentence, detail }) => ({
      cause: causeOf(state.systemId, kind, detail),
      level,
      sentence,
      ...subjectOf(state.systemId, name),
    }));
}

function causeOf(systemId: number, kind: string, detail?: string): string {
  return `${kind}:${systemId}${detail === undefined ? '' : `:${detail}`}`;
}

function subjectOf(systemId: number, name: string | null): Pick<AlertRequest, 'subject' | 'droneId'> {
  return name === null ? { subject: `System ${systemId}` } : { subject: name, droneId: name };
}

function lost(name: string | null, flying: boolean): Finding | null {
  if (flying)
    return {
      kind: 'LINK_LOST',
      level: 'WARNING',
      sentence:
        'Link lost in flight. It acts by its own failsafe; nothing that is sent reaches it. Check the links.',
    };
  if (name === null) return null;
  return {
    kind: 'LINK_LOST',
    level: 'CAUTION',
    sentence: 'Link lost on the ground. It cannot be launched. Check its power and the links.',
  };
}

function unregistered(state: VehicleState): Finding {
  return {
    kind: 'UNREGISTERED',
    level: 'ADVISORY',
    sentence: `A vehicle with system id ${state.systemId} is heard that nobody registered. Register it before it can be launched.`,
  };
}

function battery(state: VehicleState, flying: boolean, before: AlertLevel | null): Finding | null {
  const percent = state.battery?.remainingPercent ?? null;
  if (!flying || percent === null) return null;
  const shown = `${Math.round(percent)} %`;
  if (percent < CRITICAL_PERCENT + (before === 'WARNING' ? RECOVERED_PERCENT : 0))
    return {
      kind: 'BATTERY',
      level: 'WARNING',
      sentence: `Battery ${shown} in flight. Bring it home or land it now.`,
    };
  if (percent < LOW_PERCENT + (before === null ? 0 : RECOVERED_PERCENT))
    return {
      kind: 'BATTERY',
      level: 'CAUTION',
      sentence: `Battery ${shown} in flight. Check that it still gets home.`,
    };
  return null;
}

function inference(state: VehicleState, flying: boolean, nowMs: number): Finding | null {
  const reading = state.inference;
  if (!flying || reading === null) return null;
  if (reading.state === 'STOPPED')
    return {
      kind: 'INFERENCE',
      level: 'WARNING',
      sentence: 'The onboard AI stopped. The drone sees no people or obstacles: watch the landing yourself.',
    };
  if (nowMs - reading.receivedAtMs > STALE_MS)
    return {
      kind: 'INFERENCE',
      level: 'CAUTION',
      sentence: 'The onboard AI is silent. Whether the drone sees people or obstacles is not known.',
    };
  if (reading.state === 'LOADING')
    return {
      kind: 'INFERENCE',
      level: 'CAUTION',
      sentence: 'The onboard AI starts anew in flight. Until it runs, the drone sees no people or obstacles.',
    };
  if (reading.state === 'RUNNING' && reading.framesPerSecond < LEAST_FRAMES_PER_S)
    return {
      kind: 'INFERENCE',
      level: 'CAUTION',
      sentence: 'The onboard AI says that it runs, and looks at hardly any pictures. Watch the landing.',
    };
  if (reading.state === 'DEGRADED')
    return {
      kind: 'INFERENCE',
      level: 'CAUTION',
      sentence: 'The onboard AI is slower or less certain than it should be. Watch the landing.',
    };
  return null;
}

function aed(state: VehicleState, nowMs: number): Finding | null {
  if (state.aed?.compartment !== 'JAMMED' || nowMs - state.aed.receivedAtMs > STALE_MS) return null;
  return {
    kind: 'AED',
    level: 'WARNING',
    sentence: 'The AED compartment is jammed. Release it again, or tell the caller how to open it by hand.',
  };
}

function sensors(state: VehicleState, flying: boolean, nowMs: number): Finding | null {
  const health = state.health;
  if (!flying || health === null || nowMs - health.receivedAtMs > STALE_MS) return null;
  if (health.unhealthy.length === 0) return null;
  return {
    kind: 'SENSORS',
    level: 'CAUTION',
    sentence: `Not healthy in flight: ${health.unhealthy.join(', ')}. Be ready to bring it home.`,
  };
}

/** ArduPilot calls a failing check critical; on the ground it only keeps the drone there. */
function preArm(state: VehicleState, nowMs: number): Finding | null {
  if (state.armed || state.health?.readyToArm === true) return null;
  const text = state.statusTexts.find((entry) => PRE_ARM.test(entry.text) && isFresh(entry, nowMs));
  // Autopilots fail their checks while they boot and repeat them about every 30 s: the second time it is news.
  if (text === undefined || text.count < 2) return null;
  return {
    kind: 'PRE_ARM',
    level: 'CAUTION',
    sentence: `It does not pass its own checks and cannot be launched: ${text.text}`,
  };
}

/** What the autopilot itself calls an error or worse, failsafes above all: each text is an alert of its own. */
function said(state: VehicleState, nowMs: number): Finding[] {
  return state.statusTexts
    .filter((entry) => entry.severity <= ERROR_SEVERITY && !PRE_ARM.test(entry.text) && isFresh(entry, nowMs))
    .map(({ severity, text }) => ({
      kind: 'SAID',
      level: severity <= CRITICAL_SEVERITY ? 'WARNING' : 'CAUTION',
      sentence: `The drone says: ${text}`,
      detail: text,
    }));
}

function isFresh({ receivedAtMs }: { receivedAtMs: number }, nowMs: number): boolean {
  return nowMs - receivedAtMs <= SAID_MS;
}
