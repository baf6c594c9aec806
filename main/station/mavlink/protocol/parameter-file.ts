import { MAV_PARAM_TYPE } from '../generated/enums.ts';
import { type Parameter, sameParameterValue } from './parameter-value.ts';

/**
 * MISSION_PLANNER: `NAME,VALUE` a line (.param). QGC: system, component, name, value and MAV_PARAM_TYPE, separated by
 * tabs (.params; https://docs.qgroundcontrol.com, File Formats, Parameters). In both, # begins a comment.
 */
export type ParameterFileFormat = 'MISSION_PLANNER' | 'QGC';

export type ParameterFile =
  | {
      readonly state: 'READ';
      readonly format: ParameterFileFormat;
      readonly values: ReadonlyMap<string, number>;
    }
  | { readonly state: 'REFUSED'; readonly sentence: string };

export interface ParameterDifference {
  readonly name: string;
  readonly held: number;
  readonly wanted: number;
}

export interface ParameterDiff {
  /** What would change if the file's values were set. */
  readonly differences: readonly ParameterDifference[];
  /** In the file, but not on the vehicle. */
  readonly notOnVehicle: readonly string[];
  /** On the vehicle, but not in the file. */
  readonly notInFile: number;
}

const MOST_LINES = 10_000;
const NAME = /^[A-Za-z0-9_]{1,16}$/;
const VALUE = /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/;

/** Reads either format, line by line as each line looks. One line that makes no sense refuses the file. */
export function readParameterFile(text: string): ParameterFile {
  const lines = text.split(/\r\n|\n|\r/);
  if (lines.length > MOST_LINES)
    return refused(
      `The file has more than ${MOST_LINES.toLocaleString('en')} lines. It is no parameter file.`,
    );
  const values = new Map<string, number>();
  let format: ParameterFileFormat = 'MISSION_PLANNER';
  for (const [index, line] of lines.entries()) {
    const words = line.replace(/#.*$/, '').trim();
    if (words === '') continue;
    const columns = words.split('\t');
    const isQgc = columns.length === 5;
    const [name = '', value = ''] = isQgc ? columns.slice(2, 4) : words.split(/\s*,\s*|\s+/);
    if (!NAME.test(name) || !VALUE.test(value))
      return refused(
        `Line ${index + 1} of the file is no parameter: "${words.slice(0, 40)}". Nothing was changed.`,
      );
    if (values.has(name))
      return refused(
        `The file names ${name} twice (line ${index + 1}). Remove one of them. Nothing was changed.`,
      );
    if (isQgc) format = 'QGC';
    values.set(name, Number(value));
  }
  if (values.size === 0) return refused('The file holds no parameters.');
  return { state: 'READ', format, values };
}

/** In the order of names, as both programs write them. */
export function writeParameterFile(
  parameters: readonly Parameter[],
  format: ParameterFileFormat,
  { systemId, componentId, title }: { systemId: number; componentId: number; title: string },
): string {
  const sorted = [...parameters].sort((one, other) => (one.name < other.name ? -1 : 1));
  const lines = sorted.map(({ name, type, value }) =>
    format === 'QGC'
      ? [systemId, componentId, name, numberText(type, value), type].join('\t')
      : `${name},${numberText(type, value)}`,
  );
  const head = title
    .split('\n')
    .map((line) => `# ${line}`)
    .join('\n');
  return `${head}\n${lines.join('\n')}\n`;
}

export function compareWithFile(
  held: readonly Parameter[],
  wanted: ReadonlyMap<string, number>,
): ParameterDiff {
  const differences: ParameterDifference[] = [];
  const names = new Set<string>();
  for (const { name, type, value } of held) {
    names.add(name);
    const other = wanted.get(name);
    if (other !== undefined && !sameParameterValue(type, value, other))
      differences.push({ name, held: value, wanted: other });
  }
  const notOnVehicle = [...wanted.keys()].filter((name) => !names.has(name));
  return { differences, notOnVehicle, notInFile: names.size - (wanted.size - notOnVehicle.length) };
}

/** QGroundControl takes a number with a point for a float. */
function numberText(type: number, value: number): string {
  return type === MAV_PARAM_TYPE.REAL32 && Number.isInteger(value) && Math.abs(value) < 1e15
    ? value.toFixed(1)
    : String(value);
}

function refused(sentence: string): ParameterFile {
  return { state: 'REFUSED', sentence };
}
