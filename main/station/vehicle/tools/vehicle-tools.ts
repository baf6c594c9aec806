import { Refusal } from '../../../../preload/contract/errors.ts';
import type { VehicleState } from '../../../../preload/contract/vehicle.ts';
import type { Frame } from '../../mavlink/frame.ts';
import {
  AUTOPILOT_VERSION,
  COMMAND_ACK,
  COMPONENT_INFORMATION,
  COMPONENT_METADATA,
  FILE_TRANSFER_PROTOCOL,
  LOG_DATA,
  LOG_ENTRY,
  PARAM_VALUE,
  TIMESYNC,
} from '../../mavlink/generated/messages.ts';
import { CommandProtocol } from '../../mavlink/protocol/command.ts';
import type { FileDownloadOutcome, FileSink, TransferProgress } from '../../mavlink/protocol/file-sink.ts';
import type {
  FileListOutcome,
  FileOutcome,
  FileUploadOutcome,
  FtpClient,
} from '../../mavlink/protocol/ftp.ts';
import { LogTransfer } from '../../mavlink/protocol/log-transfer.ts';
import type { DownloadOutcome, MissionTransfer } from '../../mavlink/protocol/mission-transfer.ts';
import type { ParameterListOutcome } from '../../mavlink/protocol/parameter-list.ts';
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
import { ComponentFiles } from './component-files.ts';
import { ComponentInformation, type DescriptionState } from './component-information.ts';
import { type InspectedMessage, MessageInspector } from './message-inspector.ts';
import { type HeldParameters, ParameterBook } from './parameter-book.ts';
import { adviceAgainst } from './parameter-description.ts';
import { TransferGate, type TransferOptions } from './transfer-gate.ts';
import { downloadLog, listLogs, type VehicleLog, type VehicleLogsOutcome } from './vehicle-logs.ts';
import type { VehicleMemory } from './vehicle-memory.ts';

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

interface OfComponent {
  readonly componentId?: number;
}

/** What was not to be had is tried again after this. */
const LOOK_AGAIN_MS = 60_000;

/**
 * What a technician does with one vehicle beside flying it: parameters, files, logs, plans, messages. Every transfer is
 * refused on a vehicle that is out of contact, shares its id, or is a recording; one runs at a time, and gives way to
 * an operator's command at once.
 */
export class VehicleTools {
  readonly bench: BenchCommands;
  readonly #vehicle: ToolVehicle;
  readonly #parameters: ParameterProtocol;
  readonly #book: ParameterBook;
  readonly #information: ComponentInformation;
  readonly #files: ComponentFiles;
  readonly #logs: LogTransfer;
  readonly #timeSync: TimeSync;
  readonly #components: ComponentBook;
  /** Keeps nothing while nobody watches. */
  readonly #inspector = new MessageInspector();
  #watchers = 0;
  readonly #gate: TransferGate;
  #lookAgainMs = Number.NEGATIVE_INFINITY;

  constructor(vehicle: ToolVehicle, port: ProtocolPort, memory: VehicleMemory) {
    this.#vehicle = vehicle;
    this.#gate = new TransferGate(vehicle);
    this.#parameters = new ParameterProtocol(port, vehicle);
    const { systemId, componentId, clock } = vehicle;
    this.#components = new ComponentBook(systemId, new CommandProtocol(port));
    const parts = { systemId, autopilotId: componentId, components: this.#components };
    this.#files = new ComponentFiles({ port, ...parts });
    this.#book = new ParameterBook({
      ...{ protocol: this.#parameters, files: this.#files.autopilot, componentId, clock, memory },
      habits: () => vehicle.habits,
      identified: () => this.#information.forget(),
    });
    this.#information = new ComponentInformation({
      ...{ systemId, componentId, files: this.#files, memory, clock },
      commands: new CommandProtocol(port),
    });
    this.#logs = new LogTransfer(port, vehicle);
    this.#timeSync = new TimeSync(port, vehicle);
    this.bench = new BenchCommands(vehicle, new CommandProtocol(port));
  }

  get aircraft(): VehicleAircraft {
    return this.#vehicle.aircraft;
  }

  /** Null: not read yet. Not verified: of an earlier contact. */
  get held(): HeldParameters | null {
    return this.#book.held;
  }

  /** It restarted or was out of hearing, so what is known of its parameters is of before. */
  heardAnew(): void {
    this.#book.doubt();
  }

  /** Why parameters that were kept do not count any more; null: nothing is to be said. */
  get parametersNote(): string | null {
    return this.#book.note;
  }

  /** What the autopilot's maker says of its parameters. */
  get descriptions(): DescriptionState {
    return this.#information.state;
  }

  /** Every message comes by here: nothing is touched but what reads it. */
  receive(frame: Frame): void {
    if (this.#watchers > 0) this.#inspector.receive(frame, this.#vehicle.clock.monotonicMs());
    switch (frame.messageId) {
      case PARAM_VALUE.id:
        this.#parameters.receive(frame);
        this.#book.receive(frame);
        break;
      case AUTOPILOT_VERSION.id:
        this.#book.receive(frame);
        this.#components.receive(frame, this.#vehicle.clock.monotonicMs());
        break;
      case COMPONENT_METADATA.id:
      case COMPONENT_INFORMATION.id:
        this.#information.receive(frame);
        this.#components.receive(frame, this.#vehicle.clock.monotonicMs());
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
        this.#information.receiveAck(frame);
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
    this.#gate.interrupt();
  }

  readParameters(
    options: TransferOptions & { readonly onProgress?: (percent: number) => void },
  ): Promise<ParameterListOutcome> {
    const onProgress = options.onProgress ?? (() => {});
    return this.#gate.alone(options, (signal) => this.#book.read({ signal, onProgress }));
  }

  /**
   * Somebody looks at this vehicle: what is known from earlier is asked for again, and what its maker says of its
   * parameters is read, while it stands and nothing else is transferred.
   */
  look(): void {
    const nowMs = this.#vehicle.clock.monotonicMs();
    const { isReplay, contact, armed } = this.#vehicle.state();
    if (isReplay || armed || contact !== 'LIVE' || !this.#gate.isFree || nowMs < this.#lookAgainMs) return;
    if (!this.#book.wanted && (this.#book.held === null || this.descriptions.state !== 'NOT_READ')) return;
    this.#lookAgainMs = nowMs + LOOK_AGAIN_MS;
    this.#gate.unasked(async (signal) => {
      if (this.#book.wanted) await this.#book.read({ signal, onProgress: () => {} });
      if (!signal.aborted && this.descriptions.state === 'NOT_READ') await this.#information.read(signal);
    });
  }

  /** Sets one and reads it back. Refuses while the vehicle is armed. */
  async setParameter(name: string, value: number): Promise<ParameterWriteOutcome> {
    this.#gate.requireUsable();
    this.#gate.requireDisarmed('Parameters are changed');
    await this.#gate.endUnasked();
    return this.#book.set(name, value);
  }

  /** Why the autopilot's maker advises against a value; null: for all that is known it does not. */
  adviceAgainst(name: string, value: number): string | null {
    const description = this.#information.describe(name);
    return description === null ? null : adviceAgainst(description, value);
  }

  /** What it does by itself, as far as its parameters were read. */
  behaviours(): BehaviourSaid[] {
    const values = new Map(this.held?.parameters.map(({ name, value }) => [name, value]));
    return sayBehaviours(this.#vehicle.habits.behaviours, (name) => values.get(name));
  }

  listLogs(options: TransferOptions): Promise<VehicleLogsOutcome> {
    this.#gate.requireDisarmed('Logs are read');
    const parts = {
      files: this.#files.autopilot,
      logs: this.#logs,
      folders: this.#vehicle.habits.logFolders,
    };
    return this.#gate.alone(options, (signal) => listLogs(parts, { signal }));
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
    this.#gate.requireDisarmed('Logs are read');
    const parts = { files: this.#files.autopilot, logs: this.#logs };
    return this.#gate.alone(options, (signal) => downloadLog(parts, log, sink, { ...options, signal }));
  }

  /** The one to be asked for files; see ComponentFiles. */
  onboardComputer(): Promise<number> {
    this.#gate.requireUsable();
    return this.#files.onboardComputer();
  }

  /** Without `componentId`: those of the autopilot. */
  listFiles(folder: string, options: TransferOptions & OfComponent): Promise<FileListOutcome> {
    const files = this.#filesOf(options);
    return this.#gate.alone(options, (signal) => files.list(folder, { signal }));
  }

  /** `from`: so many bytes of it are in the sink already. */
  downloadFile(
    path: string,
    sink: FileSink,
    options: TransferOptions &
      OfComponent & {
        readonly from: number;
        readonly onProgress: (progress: TransferProgress) => void;
      },
  ): Promise<FileDownloadOutcome> {
    this.#gate.requireDisarmed('Files are read');
    const files = this.#filesOf(options);
    return this.#gate.alone(options, (signal) => files.download(path, sink, { ...options, signal }));
  }

  /** Puts a file on the vehicle, a model for instance. Refuses while the vehicle is armed. */
  uploadFile(
    path: string,
    bytes: Uint8Array,
    options: TransferOptions & { readonly onProgress?: (progress: TransferProgress) => void },
  ): Promise<FileUploadOutcome> {
    this.#gate.requireDisarmed('Files are changed');
    return this.#gate.alone(options, (signal) =>
      this.#files.autopilot.upload(path, bytes, { ...options, signal }),
    );
  }

  makeFolder(path: string): Promise<FileOutcome> {
    this.#gate.requireDisarmed('Files are changed');
    return this.#gate.alone({}, () => this.#files.autopilot.makeFolder(path));
  }

  removeFile(path: string): Promise<FileOutcome> {
    this.#gate.requireDisarmed('Files are changed');
    return this.#gate.alone({}, () => this.#files.autopilot.remove(path));
  }

  removeFolder(path: string): Promise<FileOutcome> {
    this.#gate.requireDisarmed('Files are changed');
    return this.#gate.alone({}, () => this.#files.autopilot.removeFolder(path));
  }

  /** What the vehicle holds of one kind of plan; compared with what this station gave it. */
  async downloadPlan(kind: PlanKind): Promise<DownloadOutcome> {
    const { systemId, componentId, transfers, planWatch, clock } = this.#vehicle;
    this.#gate.requireUsable();
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
    this.#gate.requireUsable();
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
    this.#information.close();
    this.#components.close();
    this.bench.close();
  }

  #filesOf({ componentId = this.#vehicle.componentId }: OfComponent): FtpClient {
    const files = this.#files.of(componentId);
    if (files === null)
      throw new Refusal('NOT_FOUND', `Component ${componentId} of this drone is not heard. List again.`);
    return files;
  }
}
