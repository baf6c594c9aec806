import type { Clock } from '../../ports/clock.ts';
import type { MessageDefinition } from '../frame.ts';

/** All a protocol machine sees of the world. It hears frames through its own `receive`. */
export interface ProtocolPort {
  /** Who the station is on the link: answers to others are not for us. */
  readonly systemId: number;
  readonly componentId: number;
  readonly clock: Clock;
  /** Hands one message to the best link of the vehicle it names. May throw when there is no link. */
  send<Fields>(definition: MessageDefinition<Fields>, fields: Fields): void;
}

interface Target {
  readonly systemId: number;
  readonly componentId: number;
}

/** F2: an action names one system and one component; 0 would mean all of them. */
export function requireOneTarget({ systemId, componentId }: Target): void {
  for (const id of [systemId, componentId])
    if (!Number.isInteger(id) || id < 1 || id > 255)
      throw new RangeError(`Target ${systemId}/${componentId} is not one system and one component.`);
}

/** An answer is for us when it names us, or nobody: older autopilots leave the fields out, which reads as 0. */
export function isForUs(
  port: Target,
  answer: { readonly targetSystem: number; readonly targetComponent: number },
): boolean {
  return (
    (answer.targetSystem === 0 || answer.targetSystem === port.systemId) &&
    (answer.targetComponent === 0 || answer.targetComponent === port.componentId)
  );
}
