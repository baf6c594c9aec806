import type { Replay } from './replay/replay.ts';
import { joined } from './station-wiring.ts';
import type { Vehicles } from './vehicle/vehicle-registry.ts';

/**
 * The vehicles that people see and act on: those of the replay while there is one, else the live ones. Who clicks on a
 * vehicle of a replay must never reach a live one that happens to have its number.
 */
export function shownVehicles(live: Vehicles, replay: Replay<Vehicles>): Vehicles {
  const shown = (): Vehicles => replay.vehicles() ?? live;
  return {
    find: (systemId) => shown().find(systemId),
    all: () => shown().all(),
    tools: (systemId) => shown().tools(systemId),
    traffic: () => shown().traffic(),
    states: () => shown().states(),
    oddities: () => shown().oddities(),
    onNotice: (listener) => live.onNotice((notice) => void (replay.vehicles() === null && listener(notice))),
    onContactChange: (listener) =>
      live.onContactChange(
        (systemId, contact) => void (replay.vehicles() === null && listener(systemId, contact)),
      ),
    onChange: joined(
      (changed) => live.onChange(changed),
      (changed) => replay.onChange(changed),
    ),
    close: () => live.close(),
  };
}
