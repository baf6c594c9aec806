import { MessageType, ULog } from '@foxglove/ulog';
import { FileReader } from '@foxglove/ulog/node.js';
import { type LogContents, type LogField, type LogSeries, typeName, UnreadableLog } from './log-contents.ts';
import { SeriesThinning } from './series-thinning.ts';

type Definition = NonNullable<ULog['header']>['definitions'] extends Map<string, infer Value> ? Value : never;

/** No message of PX4 nests deeper; a damaged one may name itself. */
const DEEPEST = 4;
const LONGEST_ARRAY = 64;
const NO_NUMBERS = new Set(['char', 'bool']);

/** What a log of PX4 holds. */
export async function uLogContents(path: string): Promise<LogContents> {
  const log = await opened(path);
  const counts = log.dataMessageCounts() ?? new Map<number, number>();
  const several = namesOfSeveral(log);
  const types = [...log.subscriptions]
    .map(([messageId, subscription]) => ({
      type: nameOf(subscription, several),
      count: counts.get(messageId) ?? 0,
      fields: fieldsOf(subscription, log, '', 0).filter(({ name }) => name !== 'timestamp'),
    }))
    .filter(({ count, fields }) => count > 0 && fields.length > 0)
    .sort((one, other) => (one.type < other.type ? -1 : 1));
  const [firstUs, lastUs] = log.timeRange() ?? [0n, 0n];
  return {
    format: 'ULOG',
    firstS: Number(firstUs) / 1e6,
    lastS: Number(lastUs) / 1e6,
    types,
    unreadableBytes: 0,
  };
}

/** Throws UnreadableLog where the log has no such type or field. */
export async function uLogSeries(
  path: string,
  type: string,
  field: string,
  points: number,
): Promise<LogSeries> {
  const log = await opened(path);
  const several = namesOfSeveral(log);
  const messageIds = [...log.subscriptions]
    .filter(([, subscription]) => nameOf(subscription, several) === type)
    .map(([messageId]) => messageId);
  const steps = field.split(/[.[\]]/).filter((step) => step !== '');
  const thinning = new SeriesThinning(points);
  for await (const message of log.readMessages({ msgIds: new Set(messageIds), includeLogs: false })) {
    if (message.type !== MessageType.Data) continue;
    thinning.add(Number(message.value.timestamp) / 1e6, numberAt(message.value, steps));
  }
  if (thinning.samples === 0)
    throw new UnreadableLog(`This log holds no ${field} of ${type}. Choose another.`);
  return { unit: null, ...thinning.points(), samples: thinning.samples };
}

async function opened(path: string): Promise<ULog> {
  const log = new ULog(new FileReader(path));
  try {
    await log.open();
  } catch (error) {
    throw new UnreadableLog('This PX4 log is damaged and cannot be read. Download it again.', {
      cause: error,
    });
  }
  return log;
}

/** Only where several of a kind wrote does a number tell them apart. */
function namesOfSeveral(log: ULog): ReadonlySet<string> {
  return new Set(
    [...log.subscriptions.values()].filter(({ multiId }) => multiId > 0).map(({ name }) => name),
  );
}

function nameOf(subscription: Definition & { multiId: number }, several: ReadonlySet<string>): string {
  return typeName(subscription.name, several.has(subscription.name) ? subscription.multiId : null);
}

/** The numbers in it, with the way to those in arrays and nested messages: "q[0]", "esc[2].voltage". */
function fieldsOf(definition: Definition, log: ULog, prefix: string, depth: number): LogField[] {
  return definition.fields.flatMap((field): LogField[] => {
    if (field.name.startsWith('_')) return [];
    const names =
      field.arrayLength === undefined
        ? [`${prefix}${field.name}`]
        : Array.from(
            { length: Math.min(field.arrayLength, LONGEST_ARRAY) },
            (_, at) => `${prefix}${field.name}[${at}]`,
          );
    if (!field.isComplex)
      return NO_NUMBERS.has(field.type) ? [] : names.map((name) => ({ name, unit: null }));
    const nested = log.header?.definitions.get(field.type);
    if (nested === undefined || depth === DEEPEST) return [];
    return names.flatMap((name) => fieldsOf(nested, log, `${name}.`, depth + 1));
  });
}

function numberAt(value: unknown, steps: readonly string[]): number {
  let at = value;
  for (const step of steps) at = typeof at === 'object' && at !== null ? Reflect.get(at, step) : undefined;
  return typeof at === 'number' || typeof at === 'bigint' ? Number(at) : Number.NaN;
}
