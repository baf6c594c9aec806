import { common as currentCommon } from 'mavlink-mappings';
import { common, type MavLinkData, minimal, standard } from 'node-mavlink';
import { AedCompartment } from './aed-compartment.ts';
import type { Airframe } from './airframe.ts';
import { Conversation } from './conversation.ts';
import type { Dialect } from './dialect.ts';
import type { ActiveFaults } from './faults.ts';
import { FtpServer } from './ftp-server.ts';
import { Inference, THROTTLED_FROM_C } from './inference.ts';
import { forkRandom, type Random } from './random.ts';
import { VirtualFiles } from './virtual-files.ts';
import { message, type ReceivedFrame } from './wire.ts';

export const COMPANION_COMPONENT_ID = 191;
const REPORT_MS = 1_000;
/** Nearer to the base than this is not a scene. */
const SCENE_FROM_M = 50;
const BASE_WITHIN_M = 15;
const UNKNOWN_TEMPERATURE = 127;
const UNUSED_CORE = 255;
/** COMPUTER_STATUS_FLAGS_THERMAL_THROTTLE. */
const THERMAL_THROTTLE = 4;
const REQUEST_MESSAGE = 512;
/** MAV_PROTOCOL_CAPABILITY_MAVLINK2 and _FTP. */
const CAPABILITIES = 0x2020n;

/**
 * The companion computer: inference, the AED compartment and the conversation, each reported once a second, and its own
 * files.
 */
export class Companion {
  readonly compartment: AedCompartment;
  readonly inference: Inference;
  readonly files = new VirtualFiles();
  readonly #ftp: FtpServer;
  readonly #airframe: Airframe;
  readonly #dialect: Dialect;
  readonly #conversation: Conversation;
  readonly #send: (data: MavLinkData) => void;
  #nextReportMs: number;

  constructor(
    airframe: Airframe,
    dialect: Dialect,
    faults: ActiveFaults,
    random: Random,
    startUtcMs: number,
    send: (data: MavLinkData) => void,
  ) {
    this.#airframe = airframe;
    this.#dialect = dialect;
    this.#send = send;
    this.#nextReportMs = Math.floor(random() * REPORT_MS);
    this.compartment = new AedCompartment(faults, forkRandom(random), startUtcMs);
    this.inference = new Inference(dialect, faults, forkRandom(random));
    this.#conversation = new Conversation(dialect, faults, forkRandom(random), send);
    this.files.put(
      'models/person-detector.json',
      Buffer.from('{"model":"person-detector","version":"1.4.0"}\n'),
    );
    this.#ftp = new FtpServer(this.files, send);
  }

  /** Answers what is sent to the companion itself: it opens the compartment, says what it can, and serves its files. */
  receive(frame: ReceivedFrame): void {
    if (frame.messageId === common.FileTransferProtocol.MSG_ID) this.#ftp.receive(frame);
    if (frame.messageId !== common.CommandLong.MSG_ID) return;
    const command = frame.decode(common.CommandLong);
    const isGripper = command.command === common.MavCmd.DO_GRIPPER;
    if (isGripper) this.compartment.move(command._param2 === 0);
    const saysWhatItCan =
      command.command === REQUEST_MESSAGE && command._param1 === standard.AutopilotVersion.MSG_ID;
    // The generated type of this 64-bit field is a number enum; its serializer takes a bigint.
    if (saysWhatItCan)
      this.#send(Object.assign(message(standard.AutopilotVersion, {}), { capabilities: CAPABILITIES }));
    this.#send(
      message(common.CommandAck, {
        command: command.command,
        result: isGripper || saysWhatItCan ? common.MavResult.ACCEPTED : common.MavResult.UNSUPPORTED,
        targetSystem: frame.systemId,
        targetComponent: frame.componentId,
      }),
    );
  }

  /** @param room whether the radio takes another frame at this moment */
  step(dtMs: number, nowMs: number, landed: boolean, room: () => boolean): void {
    const awayM = Math.hypot(this.#airframe.northM, this.#airframe.eastM);
    const atScene = landed && awayM > SCENE_FROM_M && !this.#airframe.crashed;
    this.inference.step(dtMs);
    this.compartment.step(dtMs, atScene, landed && awayM < BASE_WITHIN_M);
    this.#ftp.step(room);
    this.#conversation.step(dtMs, atScene, this.compartment.removed, nowMs);
    if (nowMs < this.#nextReportMs) return;
    this.#nextReportMs += REPORT_MS;
    this.#report(awayM, nowMs);
  }

  #report(awayM: number, nowMs: number): void {
    const { compartment, inference } = this;
    this.#send(
      message(minimal.Heartbeat, {
        type: minimal.MavType.ONBOARD_CONTROLLER,
        autopilot: minimal.MavAutopilot.INVALID,
        systemStatus: minimal.MavState.ACTIVE,
        mavlinkVersion: 3,
      }),
    );
    this.#send(inference.status(this.#airframe, awayM, nowMs));
    this.#send(
      this.#dialect.aedStatus.create({
        timeUsec: BigInt(Math.round(nowMs * 1000)),
        padExpiry: compartment.padExpiryS,
        cabinetTemperature: Math.round(compartment.temperatureC * 100),
        compartment: compartment.stateNumber,
        aedPresent: compartment.present ? 1 : 2,
        aedRemoved: compartment.removed ? 1 : 2,
        selfTest: 1,
        aedBattery: compartment.aedBatteryPercent,
      }),
    );
    this.#send(this.#computerStatus(nowMs));
  }

  #computerStatus(nowMs: number): MavLinkData {
    const { load, temperatureC } = this.inference;
    const percent = Math.round(load * 100);
    const computerFlags: number = temperatureC >= THROTTLED_FROM_C ? THERMAL_THROTTLE : 0;
    return message(currentCommon.OnboardComputerStatus, {
      timeUsec: BigInt(Math.round(nowMs * 1000)),
      uptime: Math.round(nowMs),
      cpuCores: [percent, percent - 8, 21, 17, ...Array<number>(4).fill(UNUSED_CORE)].map((core) =>
        Math.max(0, core),
      ),
      gpuCores: [percent, ...Array<number>(3).fill(UNUSED_CORE)],
      temperatureBoard: Math.round(temperatureC * 0.8),
      temperatureCore: [Math.round(temperatureC), ...Array<number>(7).fill(UNKNOWN_TEMPERATURE)],
      storageType: [1, 0, 0, 0],
      storageUsage: [41_000, 0, 0, 0],
      storageTotal: [118_000, 0, 0, 0],
      ramUsage: 2_900,
      ramTotal: 7_800,
      statusFlags: computerFlags,
    });
  }
}
