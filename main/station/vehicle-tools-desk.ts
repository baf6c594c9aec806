import { Refusal } from '../../preload/contract/errors.ts';
import type { Position } from '../../preload/contract/geo.ts';
import {
  type KeptFileName,
  type KeptKind,
  type VehicleLog as ShownLog,
  safeFileName,
  type TrafficAircraft,
  type VehicleToolsStatus,
  type VehicleTransfer,
} from '../../preload/contract/vehicle-tools.ts';
import { GuidedDesk, type GuidedOrder } from './guided-desk.ts';
import { KeptFiles } from './kept-files.ts';
import type { LogContents, LogSeries } from './logs/log-contents.ts';
import type { LogReader } from './logs/log-reader.ts';
import type { FileDownloadOutcome, FileSink, TransferProgress } from './mavlink/protocol/file-sink.ts';
import { ParameterDesk } from './parameter-desk.ts';
import type { Clock } from './ports/clock.ts';
import type { Log } from './ports/log.ts';
import { DroneTracks, nearbyDrones } from './vehicle/closest-approach.ts';
import type { VehicleLog } from './vehicle/tools/vehicle-logs.ts';
import type { VehicleTools } from './vehicle/tools/vehicle-tools.ts';
import type { Vehicles } from './vehicle/vehicle-registry.ts';
import { VehiclePlansDesk } from './vehicle-plans-desk.ts';

interface DeskParts {
  readonly vehicles: Pick<Vehicles, 'tools' | 'traffic' | 'states'>;
  /** Where what was downloaded from vehicles lies, see KeptFiles. */
  readonly dataDirectory: string;
  /** The name of the registered drone, or null. */
  readonly nameOf: (systemId: number) => string | null;
  /** The drone flies a mission, which alone commands it. */
  readonly onMission: (systemId: number) => boolean;
  readonly straightIsClear: (from: Position, to: Position) => Promise<boolean>;
  /** Outer rings of the no-fly zones around a line, as a fence can hold them. */
  readonly exclusionsFor: (line: readonly Position[]) => Position[][];
  readonly logReader: Pick<LogReader, 'contents' | 'series'>;
  readonly clock: Clock;
  readonly log: Log;
}

const WHOLE = {
  CHECKSUM: 'Whole: its checksum is right.',
  SIZE: 'Whole in size; this drone offers no checksum.',
  NONE: 'Sent; this drone offers no checksum to compare.',
};

/** What people do with one vehicle beside its missions. */
export class VehicleToolsDesk {
  readonly guided: GuidedDesk;
  readonly plans: VehiclePlansDesk;
  readonly parameters: ParameterDesk;
  readonly #parts: DeskParts;
  readonly #transfers = new Map<number, { shown: VehicleTransfer; abort: AbortController }>();
  readonly #logs = new Map<number, readonly VehicleLog[]>();
  readonly kept: KeptFiles;
  readonly #tracks = new DroneTracks();

  constructor(parts: DeskParts) {
    this.#parts = parts;
    this.kept = new KeptFiles(parts.dataDirectory);
    this.guided = new GuidedDesk(parts);
    this.plans = new VehiclePlansDesk({
      ...parts,
      tools: (systemId) => this.tools(systemId),
      requireNoMission: (systemId) => this.#requireNoMission(systemId),
    });
    this.parameters = new ParameterDesk({
      tools: (systemId) => this.tools(systemId),
      requireNoMission: (systemId) => this.#requireNoMission(systemId),
      nameOf: (systemId) => this.#nameOf(systemId),
    });
  }

  /** Refuses (NOT_FOUND) a vehicle that was never heard. */
  tools(systemId: number): VehicleTools {
    const tools = this.#parts.vehicles.tools(systemId);
    if (tools === null)
      throw new Refusal('NOT_FOUND', `No vehicle with system id ${systemId} was heard. Check its link.`);
    return tools;
  }

  traffic(): TrafficAircraft[] {
    const { vehicles } = this.#parts;
    const aircraft = vehicles.traffic();
    if (aircraft.length === 0) return [];
    const drones = this.#tracks.update(vehicles.states());
    return aircraft.map((plane) => ({ ...plane, nearby: nearbyDrones(plane, drones) }));
  }

  status(systemId: number): VehicleToolsStatus {
    const tools = this.tools(systemId);
    const clock = tools.vehicleClock();
    return {
      ...this.parameters.status(systemId),
      transfer: this.#transfers.get(systemId)?.shown ?? null,
      guided: this.guided.last(systemId),
      plans: tools.planStandings(),
      clock:
        clock === null
          ? null
          : { offsetMs: clock.offsetMs, errorMs: clock.errorMs, roundTripMs: clock.roundTripMs },
      components: tools.components(),
      remoteId: tools.remoteId(),
    };
  }

  /** Refuses at once what cannot begin; its end comes with the status. */
  async readParameters(systemId: number): Promise<void> {
    const tools = this.tools(systemId);
    await this.#begin(systemId, 'PARAMETERS', 'Parameters', async (signal, tell) => {
      const outcome = await tools.readParameters({ signal, onProgress: (percent) => tell({ percent }) });
      return outcome.state === 'DONE' ? { percent: 100, sentence: null } : { failure: outcome.sentence };
    });
  }

  async logs(systemId: number): Promise<{ folder: string; logs: ShownLog[] }> {
    const outcome = await this.tools(systemId).listLogs({});
    if (outcome.state === 'FAILED') throw new Refusal('COMMAND_UNKNOWN', outcome.sentence);
    this.#logs.set(systemId, outcome.logs);
    const vehicle = this.#nameOf(systemId);
    const kept = await this.kept.ofVehicle('LOG', vehicle);
    const logs = outcome.logs.map(({ source: _, ...log }) => {
      // A number is used again once a card was wiped: only the size tells the two apart.
      const found = kept.find(
        ({ name, sizeBytes }) => isCopyOf(name, log.name) && sizeBytes === log.sizeBytes,
      );
      return { ...log, kept: found ?? null };
    });
    return { folder: this.kept.folder('LOG', vehicle), logs };
  }

  /** Refuses at once what cannot begin; its end comes with the status. */
  async downloadLog(systemId: number, logId: string): Promise<void> {
    const tools = this.tools(systemId);
    const log = this.#logs.get(systemId)?.find((known) => known.logId === logId);
    if (log === undefined)
      throw new Refusal('NOT_FOUND', 'There is no such log on this drone. List its logs again.');
    await this.#download(systemId, 'LOG', log, (sink, options) => tools.downloadLog(log, sink, options));
  }

  /** Refuses at once what cannot begin; its end comes with the status. */
  async downloadFile(systemId: number, path: string, sizeBytes: number): Promise<void> {
    const tools = this.tools(systemId);
    const file = { name: path.replace(/^\/+/, ''), sizeBytes };
    await this.#download(systemId, 'FILE', file, (sink, options) => tools.downloadFile(path, sink, options));
  }

  /** Refuses (NOT_FOUND, INVALID_INPUT) what is not there or is no log. */
  async logContents(name: KeptFileName): Promise<LogContents> {
    return this.#parts.logReader.contents(await this.kept.wholePath(name));
  }

  async logSeries(name: KeptFileName, type: string, field: string): Promise<LogSeries> {
    return this.#parts.logReader.series(await this.kept.wholePath(name), type, field);
  }

  cancelTransfer(systemId: number): void {
    this.#transfers.get(systemId)?.abort.abort();
  }

  async uploadFile(systemId: number, path: string, bytes: Uint8Array): Promise<void> {
    const tools = this.tools(systemId);
    let failure: string | null = null;
    await this.#begin(
      systemId,
      'FILE',
      path,
      async (signal, tell) => {
        const outcome = await tools.uploadFile(path, bytes, {
          signal,
          onProgress: ({ bytes: sent, size }) =>
            tell({ percent: percentOf(sent, size), bytes: sent, sizeBytes: size }),
        });
        if (outcome.state === 'DONE') return { percent: 100, sentence: WHOLE[outcome.integrity] };
        failure = outcome.sentence;
        return { failure };
      },
      { wait: true },
    );
    if (failure !== null) throw new Refusal('COMMAND_REFUSED', failure);
  }

  async fly(systemId: number, order: GuidedOrder): Promise<void> {
    this.#requireNoMission(systemId);
    const { aircraft } = this.tools(systemId);
    if (aircraft.state().isReplay)
      throw new Refusal('CONFLICT', 'This is a recording: nothing can be sent. Leave it first.');
    await this.guided.fly(aircraft, order);
  }

  close(): void {
    for (const { abort } of this.#transfers.values()) abort.abort();
  }

  #requireNoMission(systemId: number): void {
    if (!this.#parts.onMission(systemId)) return;
    throw new Refusal(
      'DRONE_BUSY',
      'This drone flies a mission. Nothing was sent. Use the actions of the mission, or abort it.',
    );
  }

  #nameOf(systemId: number): string {
    return this.#parts.nameOf(systemId) ?? `system ${systemId}`;
  }

  #download(
    systemId: number,
    kind: KeptKind,
    { name, sizeBytes }: { name: string; sizeBytes: number },
    ask: Download['ask'],
  ): Promise<void> {
    const vehicle = this.#nameOf(systemId);
    return this.#begin(systemId, kind, name, (signal, tell) =>
      intoFile({ ...{ kept: this.kept, kind, vehicle, name, sizeBytes }, ...{ ask, signal, tell } }),
    );
  }

  /** Rejects with what the work throws before it has begun to wait; `wait`: also afterwards. */
  async #begin(
    systemId: number,
    kind: VehicleTransfer['kind'],
    label: string,
    work: (signal: AbortSignal, tell: (news: Partial<VehicleTransfer>) => void) => Promise<TransferEnd>,
    { wait = false } = {},
  ): Promise<void> {
    const { clock, log } = this.#parts;
    const before = this.#transfers.get(systemId);
    const abort = new AbortController();
    const startedAtMs = clock.nowMs();
    const empty = { percent: 0, bytes: null, sizeBytes: null, sentence: null };
    const transfer = {
      abort,
      shown: { kind, label, state: 'RUNNING', ...empty, startedAtMs } as VehicleTransfer,
    };
    const tell = (news: Partial<VehicleTransfer>): void => {
      transfer.shown = { ...transfer.shown, ...news };
    };
    const end = work(abort.signal, tell).then((result) => {
      if ('failure' in result) tell({ state: 'FAILED', sentence: result.failure });
      else tell({ state: 'DONE', ...result });
      log.info('vehicle.transfer', { systemId, kind, state: transfer.shown.state });
    });
    this.#transfers.set(systemId, transfer);
    // A refusal comes in the same turn; anything later is told by the feed.
    const refused = await Promise.race([
      end.then(
        () => null,
        (error: unknown) => ({ error }),
      ),
      turn(),
    ]);
    if (refused !== null) {
      if (before === undefined) this.#transfers.delete(systemId);
      else this.#transfers.set(systemId, before);
      throw refused.error;
    }
    const told = end.catch((error: unknown) =>
      tell({ state: 'FAILED', sentence: error instanceof Error ? error.message : String(error) }),
    );
    if (wait) await told;
  }
}

type TransferEnd = { percent: number; sentence: string | null } | { failure: string };

interface Download {
  readonly kept: KeptFiles;
  readonly kind: KeptKind;
  readonly vehicle: string;
  readonly name: string;
  readonly sizeBytes: number;
  ask(
    sink: FileSink,
    options: { from: number; onProgress(progress: TransferProgress): void; signal: AbortSignal },
  ): Promise<FileDownloadOutcome>;
  readonly signal: AbortSignal;
  tell(news: Partial<VehicleTransfer>): void;
}

async function intoFile({ kept, kind, vehicle, name, sizeBytes, ...work }: Download): Promise<TransferEnd> {
  const file = kept.begin(kind, vehicle, name, sizeBytes);
  const from = file.bytes;
  let good = from;
  try {
    const onProgress = ({ bytes, size }: TransferProgress): void =>
      work.tell({ percent: percentOf(bytes, size), bytes, sizeBytes: size });
    const outcome = await work.ask(file, { from, onProgress, signal: work.signal });
    if (outcome.state === 'FAILED') {
      good = outcome.contiguousBytes;
      kept.brokenOff(file, good);
      return { failure: outcome.sentence };
    }
    kept.finished(file);
    return { percent: 100, sentence: WHOLE[outcome.integrity] };
  } catch (error) {
    kept.brokenOff(file, good);
    throw error;
  }
}

/** A second download of a name gets a number: "00000001-2.BIN". */
function isCopyOf(kept: string, name: string): boolean {
  const safe = safeFileName(name);
  const dot = safe.lastIndexOf('.');
  const [stem, extension] = dot < 0 ? [safe, ''] : [safe.slice(0, dot), safe.slice(dot)];
  const number = kept.slice(stem.length, kept.length - extension.length);
  return kept.startsWith(stem) && kept.endsWith(extension) && /^(-\d+)?$/.test(number);
}

function percentOf(bytes: number, size: number): number {
  return size === 0 ? 100 : Math.floor((100 * bytes) / size);
}

function turn(): Promise<null> {
  return new Promise((resolve) => setImmediate(() => resolve(null)));
}
