import { Refusal } from '../../preload/contract/errors.ts';
import type { Position } from '../../preload/contract/geo.ts';
import type { GuidedAction, GuidedActionName } from '../../preload/contract/vehicle-tools.ts';
import type { CommandOptions, CommandOutcome } from './ports/aircraft.ts';
import type { Clock } from './ports/clock.ts';
import type { VehicleTools } from './vehicle/tools/vehicle-tools.ts';

type Aircraft = VehicleTools['aircraft'];

export type GuidedOrder =
  | { readonly action: 'GO_TO'; readonly position: Position; readonly altitudeRelativeHomeM: number }
  | { readonly action: 'CHANGE_ALTITUDE'; readonly altitudeRelativeHomeM: number }
  | { readonly action: 'HOLD' | 'RETURN_HOME' | 'LAND_HERE' };

interface GuidedParts {
  readonly clock: Clock;
  /** Whether the straight line keeps away from every zone in force. */
  straightIsClear(from: Position, to: Position): Promise<boolean>;
}

/** Flies single vehicles by hand, and remembers the life of the last order to each. */
export class GuidedDesk {
  readonly #parts: GuidedParts;
  readonly #lives = new Map<number, GuidedAction>();

  constructor(parts: GuidedParts) {
    this.#parts = parts;
  }

  last(systemId: number): GuidedAction | null {
    return this.#lives.get(systemId) ?? null;
  }

  /** Resolves when the vehicle has accepted. Refuses with COMMAND_REFUSED or COMMAND_UNKNOWN. */
  async fly(aircraft: Aircraft, order: GuidedOrder): Promise<void> {
    if (order.action === 'GO_TO') await this.#requireClearWay(aircraft, order.position);
    const { action } = order;
    const options: CommandOptions = {
      onFirstPacket: () => this.#live(aircraft, action, 'SENT'),
      onProgress: (percent) => this.#live(aircraft, action, 'WORKING', null, percent),
    };
    this.#live(aircraft, action, 'SENDING');
    let outcome: CommandOutcome;
    try {
      outcome = await send(aircraft, order, options);
    } catch (error) {
      this.#live(aircraft, action, 'REFUSED', error instanceof Error ? error.message : String(error));
      throw error;
    }
    this.#live(aircraft, action, outcome.state, outcome.state === 'ACCEPTED' ? null : outcome.sentence);
    if (outcome.state === 'REFUSED') throw new Refusal('COMMAND_REFUSED', outcome.sentence);
    if (outcome.state === 'UNKNOWN') throw new Refusal('COMMAND_UNKNOWN', outcome.sentence);
  }

  async #requireClearWay(aircraft: Aircraft, to: Position): Promise<void> {
    const from = aircraft.state().position;
    if (from === null || (await this.#parts.straightIsClear(from, to))) return;
    throw new Refusal(
      'NO_GO',
      'The straight way there crosses a no-fly zone, or comes too near to one. Nothing was sent. Choose another place.',
    );
  }

  #live(
    aircraft: Aircraft,
    action: GuidedActionName,
    state: GuidedAction['state'],
    sentence: string | null = null,
    percent: number | null = null,
  ): void {
    this.#lives.set(aircraft.systemId, { action, state, percent, sentence, atMs: this.#parts.clock.nowMs() });
  }
}

function send(aircraft: Aircraft, order: GuidedOrder, options: CommandOptions): Promise<CommandOutcome> {
  switch (order.action) {
    case 'GO_TO':
      return aircraft.goTo(order.position, order.altitudeRelativeHomeM, options);
    case 'CHANGE_ALTITUDE':
      return aircraft.changeAltitude(order.altitudeRelativeHomeM, options);
    case 'HOLD':
      return aircraft.hold(options);
    case 'RETURN_HOME':
      return aircraft.returnHome(options);
    case 'LAND_HERE':
      return aircraft.landHere(options);
  }
}
