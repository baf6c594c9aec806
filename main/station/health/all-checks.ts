import type { DoorDrive } from '../../../preload/contract/health.ts';
import type { MessageDefinition } from '../mavlink/frame.ts';
import { batteryChecks } from './battery-checks.ts';
import type { HealthCheck } from './check.ts';
import { computerChecks } from './computer-checks.ts';
import { configurationChecks } from './configuration-checks.ts';
import { doorChecks } from './door-checks.ts';
import { linkChecks } from './link-checks.ts';
import { navigationChecks } from './navigation-checks.ts';
import { payloadChecks } from './payload-checks.ts';
import { propulsionChecks } from './propulsion-checks.ts';
import { sensorChecks } from './sensor-checks.ts';

/** Every automatic check, in the order in which a technician goes through them. */
export const HEALTH_CHECKS: readonly HealthCheck[] = [
  ...sensorChecks,
  ...navigationChecks,
  ...batteryChecks,
  ...propulsionChecks,
  ...payloadChecks.filter(({ group }) => group === 'AED'),
  ...doorChecks,
  ...linkChecks,
  ...computerChecks,
  ...payloadChecks.filter(({ group }) => group === 'COMPUTER'),
  ...configurationChecks,
];

/** Those that a drone of a model without a door is spared. */
const ONLY_WITH_DOOR: ReadonlySet<HealthCheck> = new Set(doorChecks);

export function checksFor(door: DoorDrive): readonly HealthCheck[] {
  return door.kind === 'NONE' ? HEALTH_CHECKS.filter((check) => !ONLY_WITH_DOOR.has(check)) : HEALTH_CHECKS;
}

/** The messages that the checks read. */
export const WATCHED_MESSAGES: readonly MessageDefinition<unknown>[] = [
  ...new Map(
    HEALTH_CHECKS.flatMap(({ messages }) => messages).map((definition) => [definition.id, definition]),
  ).values(),
];
