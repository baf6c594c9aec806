import { Refusal } from '../../preload/contract/errors.ts';
import type { Position } from '../../preload/contract/geo.ts';
import type { DownloadOutcome } from './mavlink/protocol/mission-transfer.ts';
import type { CommandOutcome } from './ports/aircraft.ts';
import type { RallyPoint } from './vehicle/plan-items.ts';
import type { PlanKind } from './vehicle/plan-watch.ts';
import type { VehicleTools } from './vehicle/tools/vehicle-tools.ts';

interface PlansParts {
  /** Refuses (NOT_FOUND) a vehicle that was never heard. */
  readonly tools: (systemId: number) => VehicleTools;
  /** Refuses (DRONE_BUSY) one that flies a mission. */
  readonly requireNoMission: (systemId: number) => void;
  readonly straightIsClear: (from: Position, to: Position) => Promise<boolean>;
  /** Outer rings of the no-fly zones around a line, as a fence can hold them. */
  readonly exclusionsFor: (line: readonly Position[]) => Position[][];
}

/** What people read from a vehicle's mission, fence and rally points, and give it beside its missions. */
export class VehiclePlansDesk {
  readonly #parts: PlansParts;

  constructor(parts: PlansParts) {
    this.#parts = parts;
  }

  async read(
    systemId: number,
    kind: PlanKind,
  ): Promise<Extract<DownloadOutcome, { state: 'DONE' }>['items']> {
    const outcome = await this.#parts.tools(systemId).downloadPlan(kind);
    if (outcome.state === 'DONE') return outcome.items;
    if (outcome.state === 'REFUSED') throw new Refusal('COMMAND_REFUSED', outcome.resultText);
    throw new Refusal('COMMAND_UNKNOWN', 'The drone does not answer the question for its plan. Try again.');
  }

  async clear(systemId: number, kind: PlanKind): Promise<void> {
    const aircraft = this.#aircraft(systemId);
    if (kind === 'MISSION') requireAccepted(await aircraft.clearMission());
    else if (kind === 'FENCE') requireAccepted(await aircraft.uploadExclusions([]));
    else requireAccepted(await aircraft.uploadRallyPoints([]));
  }

  async uploadRallyPoints(systemId: number, points: readonly RallyPoint[]): Promise<void> {
    const aircraft = this.#aircraft(systemId);
    for (const [index, { position }] of points.entries())
      if (!(await this.#parts.straightIsClear(position, position)))
        throw new Refusal(
          'NO_GO',
          `Point ${index + 1} lies in a no-fly zone, or too near to one. Nothing was sent. Move it.`,
        );
    requireAccepted(await aircraft.uploadRallyPoints(points));
  }

  /** @returns how many zones */
  async uploadFence(systemId: number): Promise<number> {
    const aircraft = this.#aircraft(systemId);
    const { position } = aircraft.state();
    if (position === null)
      throw new Refusal('CONFLICT', 'Where this drone is is not known yet. Wait for its position.');
    const rings = this.#parts.exclusionsFor([position]);
    if (rings.length === 0)
      throw new Refusal('CONFLICT', 'No no-fly zone is within 5 km of this drone. Clear its fence instead.');
    requireAccepted(await aircraft.uploadExclusions(rings));
    return rings.length;
  }

  /** One that may be given another plan now. */
  #aircraft(systemId: number): VehicleTools['aircraft'] {
    this.#parts.requireNoMission(systemId);
    const { aircraft } = this.#parts.tools(systemId);
    if (aircraft.state().isReplay)
      throw new Refusal('CONFLICT', 'This is a recording: nothing can be sent. Leave it first.');
    return aircraft;
  }
}

function requireAccepted(outcome: CommandOutcome): void {
  if (outcome.state === 'REFUSED') throw new Refusal('COMMAND_REFUSED', outcome.sentence);
  if (outcome.state === 'UNKNOWN') throw new Refusal('COMMAND_UNKNOWN', outcome.sentence);
}
