import { common, type MavLinkData, minimal } from 'node-mavlink';
import { HANDLERS, type Part } from './addressed-messages.ts';
import { Airframe } from './airframe.ts';
import { airframeTraits } from './airframe-traits.ts';
import { Autopilot } from './autopilot.ts';
import { Battery } from './battery.ts';
import { Channel } from './channel.ts';
import { type CommandHost, receiveCommand, receiveSetMode } from './commands.ts';
import { COMPANION_COMPONENT_ID, Companion } from './companion.ts';
import type { Dialect } from './dialect.ts';
import { ActiveFaults, type FaultName } from './faults.ts';
import type { Firmware } from './firmware.ts';
import type { DroneSite } from './fleet-table.ts';
import { LocalFrame } from './local-frame.ts';
import { type CardOptions, MemoryCard } from './memory-card.ts';
import { Parameters } from './parameters.ts';
import {
  ADSB_COMPONENT_ID,
  CAMERA_COMPONENT_ID,
  Peripherals,
  RADIO_COMPONENT_ID,
  RADIO_SYSTEM_ID,
} from './peripherals.ts';
import { between, forkRandom, type Random } from './random.ts';
import { REMOTE_ID_COMPONENT_ID, RemoteIdModule } from './remote-id.ts';
import { SEVERITY, type Severity } from './severity.ts';
import { RadioSigning, type SimulatedSigning } from './signing.ts';
import { Streams } from './streams.ts';
import { autopilotBuilders } from './telemetry.ts';
import { type MeanWind, Wind } from './wind.ts';
import { FrameWriter, message, type ReceivedFrame, readFrames } from './wire.ts';

const AUTOPILOT_COMPONENT_ID = 1;
const HEARTBEAT_MS = 1_000;
const TIMESYNC_MS = 10_000;
/** How long a restarting autopilot says nothing. */
const REBOOT_SILENCE_MS = 1_500;
/** STATUSTEXT holds 50 bytes; a longer text comes in numbered chunks. */
const TEXT_CHUNK = 50;

interface VehicleOptions {
  readonly site: DroneSite;
  readonly dialect: Dialect;
  readonly random: Random;
  /** Gives the airframe its traits; without it `random` does. */
  readonly airframe: Random | undefined;
  readonly wind: MeanWind;
  readonly startUtcMs: number;
  readonly bootMs: number;
  readonly batteryPercent: number;
  /** Streams at a usual station's rates from the start, about ten messages a second, without being asked. */
  readonly eagerRates: boolean;
  readonly firmware: Firmware;
  /** At least so many parameters. */
  readonly parameterCount: number;
  /** What the radio carries each way, bytes a second. */
  readonly radioBytesPerS: number;
  readonly logs: CardOptions['logs'];
  readonly signing: SimulatedSigning;
  /** A camera, an ADS-B receiver and a radio modem are on it. */
  readonly peripherals: boolean;
  transmit(bytes: Uint8Array): void;
}

/** Messages and rates (Hz) that a station usually asks for. */
const EAGER_RATES: readonly (readonly [messageId: number, rateHz: number])[] = [
  [common.GlobalPositionInt.MSG_ID, 4],
  [common.Attitude.MSG_ID, 4],
  [common.VfrHud.MSG_ID, 1],
  [common.SysStatus.MSG_ID, 1],
  [common.BatteryStatus.MSG_ID, 1],
  [common.GpsRawInt.MSG_ID, 1],
  [common.ExtendedSysState.MSG_ID, 1],
];

/** One drone: autopilot, companion computer and radio. Owns no clock: `step` moves its time. */
export class SimulatedVehicle {
  readonly site: DroneSite;
  readonly faults = new ActiveFaults();
  readonly airframe: Airframe;
  readonly battery: Battery;
  readonly autopilot: Autopilot;
  readonly companion: Companion;
  readonly #remoteId: RemoteIdModule;
  #peripherals: Peripherals | null = null;
  readonly #streams: Streams;
  readonly #parameters: Parameters;
  readonly #card: MemoryCard;
  readonly #options: VehicleOptions;
  readonly #autopilotWriter: FrameWriter;
  readonly #signing: RadioSigning;
  readonly #downlink: Channel;
  readonly #uplink: Channel;
  /** Power-on to now, whatever restarts. */
  #nowMs = 0;
  #nextHeartbeatMs: number;
  #nextTimesyncMs = TIMESYNC_MS;
  #silentUntilMs = 0;
  #stationHeardMs = Number.NEGATIVE_INFINITY;
  #textId = 0;
  #bannerSent = false;

  constructor(options: VehicleOptions) {
    const { site, random } = options;
    this.site = site;
    this.#options = options;
    const utcMs = (): number => options.startUtcMs + this.#nowMs;
    this.#signing = new RadioSigning({ ...options.signing, utcMs });
    const sign = (frame: Buffer, magic: number): Buffer => this.#signing.sign(frame, magic);
    this.#autopilotWriter = new FrameWriter(site.systemId, AUTOPILOT_COMPONENT_ID, sign);
    const sendAs = (componentId: number): ((data: MavLinkData) => void) => {
      const writer = new FrameWriter(site.systemId, componentId, sign);
      return (data) => this.#downlink.push(writer.write(data), this.#nowMs);
    };
    this.#downlink = new Channel(this.faults, forkRandom(random), options.transmit, options.radioBytesPerS);
    this.#uplink = new Channel(
      this.faults,
      forkRandom(random),
      (bytes) => this.#receive(bytes),
      options.radioBytesPerS,
    );
    this.#nextHeartbeatMs = Math.floor(random() * HEARTBEAT_MS);
    this.airframe = new Airframe(between(random, -Math.PI, Math.PI));
    this.battery = new Battery(options.batteryPercent, forkRandom(random));
    const send = (data: MavLinkData): void => this.#send(data);
    this.#parameters = new Parameters(site.systemId, options.firmware, options.parameterCount, send);
    const wind = new Wind(options.wind, forkRandom(random));
    this.autopilot = new Autopilot({
      firmware: options.firmware,
      frame: new LocalFrame(site.latitudeDeg, site.longitudeDeg),
      groundAmslM: site.groundAmslM,
      airframe: this.airframe,
      battery: this.battery,
      wind,
      faults: this.faults,
      parameters: this.#parameters,
      bootMs: options.bootMs,
      send,
      say: (severity, text) => this.#say(severity, text),
      gripper: (release) => this.#gripper(release),
      homeChanged: () => this.#announceHome(),
    });
    this.#streams = new Streams(
      autopilotBuilders({
        autopilot: this.autopilot,
        wind,
        random: forkRandom(random),
        traits: airframeTraits(forkRandom(options.airframe ?? random)),
        systemId: site.systemId,
        doorServoUs: () => this.companion.compartment.servoUs,
        utcMs,
      }),
    );
    this.companion = new Companion(
      this.airframe,
      options.dialect,
      this.faults,
      forkRandom(random),
      options.startUtcMs,
      sendAs(COMPANION_COMPONENT_ID),
    );
    this.#remoteId = new RemoteIdModule(sendAs(REMOTE_ID_COMPONENT_ID));
    const parameters = this.#parameters;
    this.#card = new MemoryCard({ ...options, parameters, random: () => forkRandom(random), send });
    if (options.peripherals)
      this.#peripherals = new Peripherals(this.autopilot.frame, {
        camera: sendAs(CAMERA_COMPONENT_ID),
        receiver: sendAs(ADSB_COMPONENT_ID),
        radio: this.#radioSender(),
      });
    this.#startStreams();
  }

  /** What came in on this vehicle's radio. */
  receive(bytes: Uint8Array): void {
    this.#uplink.push(bytes, this.#nowMs);
  }

  setFault(fault: FaultName, on: boolean, value: number): void {
    if (fault === 'reboot') {
      if (on) this.#reboot();
      return;
    }
    if (fault === 'low-battery') {
      if (on) this.battery.percent = value;
      return;
    }
    if (fault === 'gcs-failsafe') this.#parameters.change('FS_GCS_ENABLE', on ? 1 : 0);
    this.faults.set(fault, on, value);
  }

  step(dtMs: number): void {
    this.#nowMs += dtMs;
    const nowMs = this.#nowMs;
    this.#uplink.step(nowMs);
    this.autopilot.step(dtMs, nowMs - this.#stationHeardMs);
    const room = (): boolean => this.#downlink.hasRoom(nowMs);
    this.companion.step(dtMs, nowMs, this.autopilot.landed, room);
    this.#remoteId.step(nowMs, this.autopilot.hasPosition());
    this.#peripherals?.step(nowMs);
    if (!this.#bannerSent && nowMs >= this.#silentUntilMs) {
      this.#bannerSent = true;
      this.#banner();
    }
    if (nowMs >= this.#nextHeartbeatMs) {
      this.#nextHeartbeatMs += HEARTBEAT_MS;
      this.#sendBuilt(minimal.Heartbeat.MSG_ID);
    }
    if (nowMs >= this.#nextTimesyncMs) {
      this.#nextTimesyncMs += TIMESYNC_MS;
      this.#send(message(common.TimeSync, { tc1: 0n, ts1: this.#bootNs() }));
    }
    this.#streams.step(nowMs, (data) => this.#send(data));
    this.#parameters.step(nowMs, room);
    this.#card.step(room);
    this.#downlink.step(nowMs);
  }

  /** The modem puts its own frames between those that it carries, and signs none. */
  #radioSender(): (data: MavLinkData) => void {
    const writer = new FrameWriter(RADIO_SYSTEM_ID, RADIO_COMPONENT_ID);
    return (data) => this.#downlink.push(writer.write(data), this.#nowMs);
  }

  #send(data: MavLinkData): void {
    if (this.#nowMs < this.#silentUntilMs) return;
    this.#downlink.push(this.#autopilotWriter.write(data), this.#nowMs);
  }

  #sendBuilt(messageId: number): void {
    const data = this.#streams.build(messageId);
    if (data !== null) this.#send(data);
  }

  #receive(bytes: Uint8Array): void {
    for (const frame of readFrames(bytes)) if (this.#signing.accepts(frame)) this.#route(frame);
  }

  /** Obeys only what is addressed to this system, and broadcasts where ArduPilot does. */
  #route(frame: ReceivedFrame): void {
    if (frame.messageId === minimal.Heartbeat.MSG_ID) {
      if (frame.systemId === this.#parameters.get('SYSID_MYGCS')) this.#stationHeardMs = this.#nowMs;
      return;
    }
    if (frame.messageId === common.TimeSync.MSG_ID) {
      this.#answerTimesync(frame);
      return;
    }
    const handler = HANDLERS.get(frame.messageId);
    if (handler === undefined) return;
    const target = frame.decode(handler.Type);
    const { systemId } = this.site;
    if (target.targetSystem !== systemId && !(handler.broadcast && target.targetSystem === 0)) return;
    const component = target.targetComponent ?? AUTOPILOT_COMPONENT_ID;
    if (component === COMPANION_COMPONENT_ID) this.companion.receive(frame);
    else if (component === CAMERA_COMPONENT_ID) this.#peripherals?.receive(frame);
    else if (component <= AUTOPILOT_COMPONENT_ID && this.#nowMs >= this.#silentUntilMs) {
      this.#obey(handler.part, frame);
    }
  }

  #obey(part: Part, frame: ReceivedFrame): void {
    switch (part) {
      case 'PLAN':
        this.autopilot.plans.receive(frame);
        return;
      case 'SIGNING':
        this.#setUpSigning(frame);
        return;
      case 'PARAMETER':
        this.#parameters.receive(frame);
        return;
      case 'CARD':
        this.#card.receive(frame);
        return;
      case 'COMMAND':
        receiveCommand(this.#commandHost(), frame);
        return;
      case 'MODE':
        receiveSetMode(this.#commandHost(), frame);
        return;
      case 'STREAM': {
        const request = frame.decode(common.RequestDataStream);
        const { reqStreamId, reqMessageRate, startStop } = request;
        this.#streams.setGroup(reqStreamId, reqMessageRate, startStop === 1, this.#nowMs);
        return;
      }
      case 'CURRENT_ITEM': {
        const { seq } = frame.decode(common.MissionSetCurrent);
        this.autopilot.missionFlight.jumpTo(this.autopilot.plans.storedSequence(seq));
        this.#sendBuilt(common.MissionCurrent.MSG_ID);
        return;
      }
    }
  }

  /** Autopilots take no key in flight. */
  #setUpSigning(frame: ReceivedFrame): void {
    if (this.autopilot.armed) return;
    const { secretKey, initialTimestamp } = frame.decode(common.SetupSigning);
    this.#signing.setUp(secretKey, initialTimestamp);
  }

  #commandHost(): CommandHost {
    return {
      ...{ autopilot: this.autopilot, streams: this.#streams, nowMs: this.#nowMs },
      door: this.companion.compartment,
      send: (data) => this.#send(data),
      sendBanner: () => this.#banner(),
      gripper: (release) => this.#gripper(release),
      reboot: () => this.#reboot(),
    };
  }

  #answerTimesync(frame: ReceivedFrame): void {
    const request = frame.decode(common.TimeSync);
    if (request.tc1 !== 0n) return;
    this.#send(
      message(common.TimeSync, {
        tc1: this.#bootNs(),
        ts1: request.ts1,
        targetSystem: frame.systemId,
        targetComponent: frame.componentId,
      }),
    );
  }

  #bootNs(): bigint {
    return BigInt(Math.round(this.autopilot.bootMs * 1000)) * 1000n;
  }

  /** ArduPilot's gripper says that it opened; it has no sensor of the door. */
  #gripper(release: boolean): void {
    this.#say(SEVERITY.INFO, `Gripper load ${release ? 'releasing' : 'grabbing'}`);
    this.companion.compartment.move(release);
  }

  #reboot(): void {
    this.autopilot.reboot();
    this.#streams.clear();
    this.#bannerSent = false;
    this.#silentUntilMs = this.#nowMs + REBOOT_SILENCE_MS;
    this.#startStreams();
  }

  #startStreams(): void {
    if (!this.#options.eagerRates) return;
    for (const [messageId, rateHz] of EAGER_RATES) {
      this.#streams.setInterval(messageId, 1_000_000 / rateHz, this.#nowMs);
    }
  }

  #banner(): void {
    this.#say(SEVERITY.INFO, this.#options.firmware.banner);
    this.#say(SEVERITY.INFO, 'Frame: QUAD/X');
    this.#parameters.change('STAT_BOOTCNT', this.#parameters.get('STAT_BOOTCNT') + 1);
  }

  /** Home and origin come unasked when they are set. */
  #announceHome(): void {
    this.#sendBuilt(common.HomePosition.MSG_ID);
    this.#sendBuilt(common.GpsGlobalOrigin.MSG_ID);
  }

  #say(severity: Severity, text: string): void {
    const long = text.length > TEXT_CHUNK;
    if (long) this.#textId = (this.#textId % 0xffff) + 1;
    const id = long ? this.#textId : 0;
    // A last chunk that fills its field has no terminator, so an empty one follows, as the message definition asks.
    const end = long && text.length % TEXT_CHUNK === 0 ? text.length + 1 : text.length;
    for (let at = 0, chunkSeq = 0; at < end; at += TEXT_CHUNK, chunkSeq++) {
      const chunk = text.slice(at, at + TEXT_CHUNK);
      this.#send(message(common.StatusText, { severity, text: chunk, id, chunkSeq }));
    }
  }
}
