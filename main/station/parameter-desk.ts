import { Refusal } from '../../preload/contract/errors.ts';
import type { VehicleToolsStatus } from '../../preload/contract/vehicle-tools.ts';
import { safeFileName } from '../../preload/contract/vehicle-tools.ts';
import {
  compareWithFile,
  type ParameterDiff,
  type ParameterFileFormat,
  readParameterFile,
  writeParameterFile,
} from './mavlink/protocol/parameter-file.ts';
import { foreignFile } from './mavlink/protocol/parameter-firmware.ts';
import type { HeldParameters } from './vehicle/tools/parameter-book.ts';
import type { ParameterDescription } from './vehicle/tools/parameter-description.ts';
import type { VehicleTools } from './vehicle/tools/vehicle-tools.ts';

interface DeskParts {
  /** Refuses (NOT_FOUND) a vehicle that was never heard. */
  readonly tools: (systemId: number) => VehicleTools;
  /** Refuses (DRONE_BUSY) one that flies a mission. */
  readonly requireNoMission: (systemId: number) => void;
  readonly nameOf: (systemId: number) => string;
}

/** What people do with a vehicle's parameters once they were read. */
export class ParameterDesk {
  readonly #parts: DeskParts;

  constructor(parts: DeskParts) {
    this.#parts = parts;
  }

  /** Somebody looks: what is known from earlier is asked for again. */
  status(systemId: number): Pick<VehicleToolsStatus, 'parameters' | 'parametersNote' | 'descriptions'> {
    const tools = this.#parts.tools(systemId);
    tools.look();
    const { held, descriptions, parametersNote } = tools;
    return {
      parameters:
        held === null
          ? null
          : { count: held.parameters.length, readAtMs: held.readAtMs, verified: held.verified },
      parametersNote,
      descriptions:
        descriptions.state === 'NOT_READ'
          ? null
          : descriptions.state === 'READ'
            ? { count: descriptions.parameters.size, sentence: null }
            : { count: 0, sentence: descriptions.sentence },
    };
  }

  held(systemId: number): HeldParameters {
    const { held } = this.#parts.tools(systemId);
    if (held === null)
      throw new Refusal('NOT_FOUND', 'The parameters of this drone were not read yet. Read them first.');
    return held;
  }

  descriptions(systemId: number): ParameterDescription[] {
    const { descriptions } = this.#parts.tools(systemId);
    return descriptions.state === 'READ' ? [...descriptions.parameters.values()] : [];
  }

  async set(
    systemId: number,
    { name, value, againstAdvice }: { name: string; value: number; againstAdvice: boolean },
  ): Promise<{ name: string; value: number; before: number }> {
    this.#parts.requireNoMission(systemId);
    const tools = this.#parts.tools(systemId);
    const advice = againstAdvice ? null : tools.adviceAgainst(name, value);
    if (advice !== null)
      throw new Refusal('INVALID_INPUT', `${advice} Nothing was sent. Confirm it to set it nevertheless.`);
    const outcome = await tools.setParameter(name, value);
    if (outcome.state === 'REFUSED') throw new Refusal('COMMAND_REFUSED', outcome.sentence);
    if (outcome.state === 'UNKNOWN') throw new Refusal('COMMAND_UNKNOWN', outcome.sentence);
    return { name: outcome.parameter.name, value: outcome.parameter.value, before: outcome.before };
  }

  file(systemId: number, format: ParameterFileFormat): { fileName: string; text: string } {
    const { parameters, readAtMs } = this.held(systemId);
    const { firmware } = this.#parts.tools(systemId).aircraft.state();
    const name = this.#parts.nameOf(systemId);
    const at = new Date(readAtMs).toISOString();
    const title = [name, firmware ?? 'Firmware not known', `Read ${at}`].join('\n');
    const extension = format === 'QGC' ? 'params' : 'param';
    return {
      fileName: `${safeFileName(name)}-${at.slice(0, 10)}.${extension}`,
      text: writeParameterFile(parameters, format, { systemId, componentId: 1, title }),
    };
  }

  compareFile(systemId: number, text: string): ParameterDiff & { format: ParameterFileFormat } {
    const { parameters } = this.held(systemId);
    const file = readParameterFile(text);
    if (file.state === 'REFUSED') throw new Refusal('INVALID_INPUT', file.sentence);
    const diff = compareWithFile(parameters, file.values);
    const foreign = foreignFile(text, this.#parts.tools(systemId).aircraft.state().firmware, {
      names: file.values.size,
      notOnVehicle: diff.notOnVehicle.length,
    });
    if (foreign !== null) throw new Refusal('INVALID_INPUT', foreign);
    return { format: file.format, ...diff };
  }
}
