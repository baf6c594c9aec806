import { Refusal } from '../../../../preload/contract/errors.ts';
import type { VehicleState } from '../../../../preload/contract/vehicle.ts';
import type { Frame } from '../../mavlink/frame.ts';
import {
  COMMAND_ACK,
  FILE_TRANSFER_PROTOCOL,
  LOG_DATA,
  LOG_ENTRY,
  PARAM_VALUE,
  TIMESYNC,
} from '../../mavlink/generated/messages.ts';
import { CommandProtocol } from '../../mavlink/protocol/command.ts';
import type { FileDownloadOutcome, FileSink, TransferProgress } from '../../mavlink/protocol/file-sink.ts';
import {
  type FileListOutcome,
  type FileOutcome,
  type FileUploadOutcome,
  FtpClient,
} from '../../mavlink/protocol/ftp.ts';
import { LogTransfer } from '../../mavlink/protocol/log-transfer.ts';
import type { DownloadOutcome, MissionTransfer } from '../../mavlink/protocol/mission-transfer.ts';
import type { ParameterListOutcome } from '../../mavlink/protocol/parameter-list.ts';
import type { Parameter } from '../../mavlink/protocol/parameter-value.ts';
import type { ParameterWriteOutcome } from '../../mavlink/protocol/parameter-write.ts';
import { ParameterProtocol } from '../../mavlink/protocol/parameters.ts';
import type { ProtocolPort } from '../../mavlink/protocol/protocol-port.ts';
import { TimeSync, type VehicleClock } from '../../mavlink/protocol/time-sync.ts';
import type { AutopilotHabits } from '../autopilots/autopilot.ts';
import { type BehaviourSaid, sayBehaviours } from '../autopilots/behaviour.ts';
import { missionTypeOf, type PlanKind, type PlanStanding, type PlanWatch } from '../plan-watch.ts';
import type { VehicleAircraft } from '../vehicle-aircraft.ts';
import { BenchCommands } from './bench-commands.ts';
import {
  ComponentBook,
  type ComponentReading,
  isOfComponents,
  type RemoteIdReading,
} from './component-book.ts';
import { type InspectedMessage, MessageInspector } from './message-inspector.ts';
import { downloadLog, listLogs, type VehicleLog, type VehicleLogsOutcome } from './vehicle-logs.ts';

/** What the tools see of their vehicle. */
export interface ToolVehicle {
  readonly systemId: number;
  readonly componentId: number;
  readonly clock: ProtocolPort['clock'];
  readonly habits: AutopilotHabits;
  readonly transfers: MissionTransfer;
  readonly planWatch: PlanWatch;
  readonly aircraft: VehicleAircraft;
  state(): VehicleState;
  requireReachable(): void;
  /** Called when an action begins; returns what to call when it is over. */
  actionBegan(): () => void;
}

interface TransferOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface HeldParameters {
  readonly parameters: readonly Parameter[];
  readonly readAtMs: number;
}

/**
 * What a technician does with one vehicle beside flying it: parameters, files, logs, plans, messages. Every transfer is
 * refused on a vehicle that is out of contact, shares its id, or is a recording; one runs at a time, and gives way to
 * an operator's command at once.
 */
export class VehicleTools {
  readonly bench: BenchCommands;
  readonly #vehicle: ToolVehicle;
  readonly #parameters: ParameterProtocol;
  readonly #files: FtpClient;
  readonly #logs: LogTransfer;
  readonly #timeSync: TimeSync;
  readonly #components: ComponentBook;
  /** Keeps nothing while nobody watches. */
  readonly #inspector = new MessageInspector();
  #watchers = 0;
  #held: HeldParameters | null = null;
  #running: AbortController | null = null;

  constructor(vehicle: ToolVehicle, port: ProtocolPort) {
    this.#vehicle = vehicle;
    this.#parameters = new ParameterProtocol(port, vehicle);
    this.#files = new FtpClient(port, vehicle);
    this.#logs = new LogTransfer(port, vehicle);
    this.#timeSync = new TimeSync(port, vehicle);
    this.#components = new ComponentBook(vehicle.systemId, new CommandProtocol(port));
    this.bench = new BenchCommands(vehicle, new CommandProtocol(port));
  }

  get aircraft(): VehicleAircraft {
    return this.#vehicle.aircraft;
  }

  /** Null: not read yet. */
  get held(): HeldParameters | null {
    return this.#held;
  }

  /** Every message comes by here: nothing is touched but what reads it. */
  receive(frame: Frame): void {
    if (this.#watchers > 0) this.#inspector.receive(frame, this.#vehicle.clock.monotonicMs());
    switch (frame.messageId) {
      case PARAM_VALUE.id:
        this.#parameters.receive(frame);
        break;
      case FILE_TRANSFER_PROTOCOL.id:
        this.#files.receive(frame);
        break;
      case LOG_ENTRY.id:
      case LOG_DATA.id:
        this.#logs.receive(frame);
        break;
      case TIMESYNC.id:
        if (frame.componentId === this.#vehicle.componentId) this.#timeSync.receive(frame);
        break;
      case COMMAND_ACK.id:
        this.bench.receive(frame);
        this.#components.receive(frame, this.#vehicle.clock.monotonicMs());
        break;
      default:
        if (isOfComponents(frame.messageId))
          this.#components.receive(frame, this.#vehicle.clock.monotonicMs());
    }
  }

  /** A few times a second, while the vehicle is heard. */
  tick(): void {
    try {
      this.#timeSync.tick();
    } catch (error) {
      // No link at this moment: the next question is asked in ten seconds.
      if (!(error instanceof Refusal)) throw error;
    }
  }

  /** An operator commands the vehicle: the link is needed for that. */
  interrupt(): void {
    this.#running?.abort();
  }

  readParameters(
    options: TransferOptions & { readonly onProgress?: (percent: number) => void },
  ): Promise<ParameterListOutcome> {
    return this.#alone(options, async (signal) => {
      const { parameterEncoding: encoding, offersParameterHash: offersHash } = this.#vehicle.habits;
      const onProgress = options.onProgress ?? (() => {});
      const outcome = await this.#parameters.list({ encoding, offersHash, onProgress, signal });
      if (outcome.state === 'DONE')
        this.#held = { parameters: outcome.parameters, readAtMs: this.#vehicle.clock.nowMs() };
      return outcome;
    });
  }

  /** Sets one and reads it back. Refuses while the vehicle is armed. */
  async setParameter(name: string, value: number): Promise<ParameterWriteOutcome> {
    this.#requireUsable();
    this.#requireDisarmed('Parameters are changed');
    const outcome = await this.#parameters.write(name, value, this.#vehicle.habits.parameterEncoding);
    if (outcome.state === 'DONE') this.#update(outcome.parameter);
    return outcome;
  }

  /** What it does by itself, as far as its parameters were read. */
  behaviours(): BehaviourSaid[] {
    const values = new Map(this.#held?.parameters.map(({ name, value }) => [name, value]));
    return sayBehaviours(this.#vehicle.habits.behaviours, (name) => values.get(name));
  }

  listLogs(options: TransferOptions): Promise<VehicleLogsOutcome> {
    this.#requireDisarmed('Logs are read');
    const parts = { files: this.#files, logs: this.#logs, folders: this.#vehicle.habits.logFolders };
    return this.#alone(options, (signal) => listLogs(parts, { signal }));
  }

  /** `from`: so many bytes of it are in the sink already. */
  downloadLog(
    log: VehicleLog,
    sink: FileSink,
    options: TransferOptions & {
      readonly from: number;
      readonly onProgress: (progress: TransferProgress) => void;
    },
  ): Promise<FileDownloadOutcome> {
    this.#requireDisarmed('Logs are read');
    const parts = { files: this.#files, logs: this.#logs };
    return this.#alone(options, (signal) => downloadLog(parts, log, sink, { ...options, signal }));
  }

  listFiles(folder: string, options: TransferOptions): Promise<FileListOutcome> {
    return this.#alone(options, (signal) => this.#files.list(folder, { signal }));
  }

  /** `from`: so many bytes of it are in the sink already. */
  downloadFile(
    path: string,
    sink: FileSink,
    options: TransferOptions & {
      readonly from: number;
      readonly onProgress: (progress: TransferProgress) => void;
    },
  ): Promise<FileDownloadOutcome> {
    this.#requireDisarmed('Files are read');
    return this.#alone(options, (signal) => this.#files.download(path, sink, { ...options, signal }));
  }

  /** Puts a file on the vehicle, a model for instance. Refuses while the vehicle is armed. */
  uploadFile(
    path: string,
    bytes: Uint8Array,
    options: TransferOptions & { readonly onProgress?: (progress: TransferProgress) => void },
  ): Promise<FileUploadOutcome> {
    this.#requireDisarmed('Files are changed');
    return this.#alone(options, (signal) => this.#files.upload(path, bytes, { ...options, signal }));
  }

  makeFolder(path: string): Promise<FileOutcome> {
    this.#requireDisarmed('Files are changed');
    return this.#alone({}, () => this.#files.makeFolder(path));
  }

  removeFile(path: string): Promise<FileOutcome> {
    this.#requireDisarmed('Files are changed');
    return this.#alone({}, () => this.#files.remove(path));
  }

  removeFolder(path: string): Promise<FileOutcome> {
    this.#requireDisarmed('Files are changed');
    return this.#alone({}, () => this.#files.removeFolder(path));
  }

  /** What the vehicle holds of one kind of plan; compared with what this station gave it. */
  async downloadPlan(kind: PlanKind): Promise<DownloadOutcome> {
    const { systemId, componentId, transfers, planWatch, clock } = this.#vehicle;
    this.#requireUsable();
    const over = this.#vehicle.actionBegan();
    try {
      const outcome = await transfers.download({ systemId, componentId, missionType: missionTypeOf(kind) });
      if (outcome.state === 'DONE') planWatch.readBack(kind, outcome.items, clock.nowMs());
      return outcome;
    } finally {
      over();
    }
  }

  planStandings(): PlanStanding[] {
    return this.#vehicle.planWatch.standings();
  }

  /** Returns its end. */
  watchMessages(): () => void {
    this.#watchers++;
    let watching = true;
    return () => {
      if (watching) this.#watchers--;
      watching = false;
      if (this.#watchers === 0) this.#inspector.clear();
    };
  }

  messages(): InspectedMessage[] {
    return this.#inspector.messages(this.#vehicle.clock.monotonicMs());
  }

  /** Asks every component once what it is. */
  async discoverComponents(): Promise<void> {
    this.#requireUsable();
    await this.#components.discover();
  }

  components(): ComponentReading[] {
    return this.#components.components(this.#vehicle.clock.monotonicMs());
  }

  remoteId(): RemoteIdReading | null {
    return this.#components.remoteId(this.#vehicle.clock.monotonicMs());
  }

  vehicleClock(): VehicleClock | null {
    return this.#timeSync.reading();
  }

  close(): void {
    this.interrupt();
    this.#parameters.close();
    this.#files.close();
    this.#logs.close();
    this.#components.close();
    this.bench.close();
  }

  async #alone<Outcome>(
    { signal }: TransferOptions,
    work: (signal: AbortSignal) => Promise<Outcome>,
  ): Promise<Outcome> {
    this.#requireUsable();
    if (this.#running !== null)
      throw new Refusal(
        'CONFLICT',
        'Something else is being transferred to or from this drone. Wait for it, or cancel it.',
      );
    const controller = new AbortController();
    this.#running = controller;
    try {
      return await work(
        signal === undefined ? controller.signal : AbortSignal.any([signal, controller.signal]),
      );
    } finally {
      this.#running = null;
    }
  }

  #requireUsable(): void {
    if (this.#vehicle.state().isReplay)
      throw new Refusal('CONFLICT', 'This is a recording: nothing can be sent. Leave it first.');
    this.#vehicle.requireReachable();
  }

  #requireDisarmed(doing: string): void {
    if (this.#vehicle.state().armed)
      throw new Refusal(
        'CONFLICT',
        `The drone is armed. ${doing} on the ground, disarmed. Nothing was sent.`,
      );
  }

  #update(parameter: Parameter): void {
    if (this.#held === null) return;
    const parameters = this.#held.parameters.map((held) => (held.name === parameter.name ? parameter : held));
    this.#held = { ...this.#held, parameters };
  }
}
