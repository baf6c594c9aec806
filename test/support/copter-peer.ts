import { ardupilotmega, common, type MavLinkData, minimal, standard } from 'node-mavlink';
import { FrameWriter, message, type ReceivedFrame, readFrames } from '../../main/simulator/wire.ts';
import type { Clock } from '../../main/station/ports/clock.ts';

type Item = common.MissionItemInt;

export interface ReceivedCommand {
  readonly command: number;
  readonly parameters: readonly number[];
  readonly confirmation: number;
  readonly targetSystem: number;
  readonly targetComponent: number;
}

export const PEER_HOME = { latitudeDeg: 42.3601, longitudeDeg: -71.0589 };

/**
 * An ArduCopter as far as a station can tell, spoken by node-mavlink and obeying its script: heartbeats only until it
 * is asked, no answers while it boots, a reason in a STATUSTEXT with each refusal.
 */
export class CopterPeer {
  readonly systemId: number;
  readonly commands: ReceivedCommand[] = [];
  /** Every message id received, in order. */
  readonly received: number[] = [];
  customMode = 0;
  armed = false;
  type = 2;
  autopilot = 3;
  /** Commands that get no answer; results other than accepted; both by MAV_CMD. */
  readonly mute = new Set<number>();
  readonly results = new Map<number, number>();
  readonly reasons = new Map<number, string>();
  /** Every SET_MODE, which it obeys; `acksSetMode`: and acknowledges, as ArduPilot does. */
  readonly setModes: { readonly baseMode: number; readonly customMode: number }[] = [];
  acksSetMode = true;
  /** What it answers when asked how many items its plan has; null: the truth. */
  claimedItems: number | null = null;
  /** Acks a change of mode and stays in the old one. */
  ignoresModes = false;
  deaf = false;
  answersAfterMs = 0;
  /** MAV_MISSION_RESULT of the next uploads. */
  uploadResult = 0;
  /** What it makes of an uploaded item. */
  keep: (item: Item) => Item = (item) => item;
  plan: Item[] = [];
  fence: Item[] = [];
  readonly #clock: Clock;
  readonly #transmit: (bytes: Uint8Array) => void;
  readonly #writer: FrameWriter;
  readonly #companion: FrameWriter;
  readonly #stops: (() => void)[] = [];
  readonly #streams = new Map<number, () => void>();
  #bootedAtMs: number;
  #stopped = false;
  #upload: { type: number; count: number; items: Item[] } | null = null;

  constructor(systemId: number, clock: Clock, transmit: (bytes: Uint8Array) => void) {
    this.systemId = systemId;
    this.#clock = clock;
    this.#transmit = transmit;
    this.#writer = new FrameWriter(systemId, 1);
    this.#companion = new FrameWriter(systemId, 191);
    this.#bootedAtMs = clock.monotonicMs();
    this.#stops.push(clock.every(1_000, () => this.heartbeat()));
  }

  get streams(): number[] {
    return [...this.#streams.keys()];
  }

  send(data: MavLinkData): void {
    // An answer of a moment later may still be due.
    if (!this.#stopped) this.#transmit(this.#writer.write(data));
  }

  sendAsCompanion(data: MavLinkData): void {
    this.#transmit(this.#companion.write(data));
  }

  heartbeat(): void {
    this.send(
      message(minimal.Heartbeat, {
        type: this.type,
        autopilot: this.autopilot,
        baseMode: 1 + (this.armed ? 128 : 0),
        customMode: this.customMode,
        systemStatus: this.armed ? 4 : 3,
        mavlinkVersion: 3,
      }),
    );
  }

  say(severity: number, text: string): void {
    this.send(message(common.StatusText, { severity, text }));
  }

  /** Forgets what was asked, and counts its time from now. */
  reboot(): void {
    for (const stop of this.#streams.values()) stop();
    this.#streams.clear();
    this.#bootedAtMs = this.#clock.monotonicMs();
    this.customMode = 0;
    this.armed = false;
  }

  stop(): void {
    for (const stop of [...this.#stops, ...this.#streams.values()]) stop();
    this.#stopped = true;
  }

  receive(bytes: Uint8Array): void {
    for (const frame of readFrames(bytes)) {
      this.received.push(frame.messageId);
      if (this.deaf || this.#sinceBootMs() < this.answersAfterMs) continue;
      this.#answer(frame);
    }
  }

  #answer(frame: ReceivedFrame): void {
    switch (frame.messageId) {
      case common.CommandLong.MSG_ID:
        this.#obey(frame.decode(common.CommandLong));
        break;
      case common.SetMode.MSG_ID:
        this.#setMode(frame.decode(common.SetMode));
        break;
      case common.RequestDataStream.MSG_ID:
        for (const id of [30, 33]) this.#stream(id, 250);
        break;
      case common.MissionCount.MSG_ID: {
        const { count, missionType } = frame.decode(common.MissionCount);
        if (this.uploadResult !== 0) {
          this.#ackMission(missionType, this.uploadResult);
          break;
        }
        this.#upload = { type: missionType, count, items: [] };
        this.#requestNext(this.#upload);
        break;
      }
      case common.MissionItemInt.MSG_ID:
        this.#store(frame.decode(common.MissionItemInt));
        break;
      case common.MissionRequestList.MSG_ID: {
        const { missionType } = frame.decode(common.MissionRequestList);
        const count = this.claimedItems ?? this.#held(missionType).length;
        this.send(message(common.MissionCount, { ...TO_STATION, count, missionType }));
        break;
      }
      case common.MissionRequestInt.MSG_ID: {
        const { seq, missionType } = frame.decode(common.MissionRequestInt);
        const item = this.#held(missionType)[seq];
        if (item !== undefined) this.send(message(common.MissionItemInt, { ...item, ...TO_STATION }));
        break;
      }
      case common.MissionClearAll.MSG_ID: {
        const { missionType } = frame.decode(common.MissionClearAll);
        this.#hold(missionType, []);
        this.#ackMission(missionType);
        break;
      }
    }
  }

  #obey(long: common.CommandLong): void {
    const command: number = long.command;
    const parameters = [1, 2, 3, 4, 5, 6, 7].map((n) => Number(Reflect.get(long, `_param${n}`)));
    const { confirmation, targetSystem, targetComponent } = long;
    this.commands.push({ command, parameters, confirmation, targetSystem, targetComponent });
    if (this.mute.has(command)) return;
    const result = this.results.get(command) ?? 0;
    this.send(message(common.CommandAck, { command, result, ...TO_STATION }));
    const reason = this.reasons.get(command);
    if (result !== 0 && reason !== undefined) this.say(2, reason);
    if (result === 0) this.#do(command, parameters);
  }

  #setMode({ baseMode, customMode }: common.SetMode): void {
    this.setModes.push({ baseMode, customMode });
    if (!this.ignoresModes) this.customMode = customMode;
    if (this.acksSetMode)
      this.send(message(common.CommandAck, { command: common.SetMode.MSG_ID, result: 0, ...TO_STATION }));
    this.#clock.after(50, () => this.heartbeat());
  }

  #do(command: number, [first = 0, second = 0]: readonly number[]): void {
    if (command === 511) this.#stream(first, second / 1_000);
    if (command === 512) this.#sendMessage(first);
    if (command === 176 && !this.ignoresModes) this.customMode = second;
    if (command === 400) this.armed = first === 1;
    if (command === 300) this.customMode = 3;
    if (command === 20) this.customMode = 6;
    if (command === 21) this.customMode = 9;
    if ([176, 400, 300, 20, 21].includes(command)) this.#clock.after(50, () => this.heartbeat());
  }

  #stream(messageId: number, periodMs: number): void {
    this.#streams.get(messageId)?.();
    this.#streams.set(
      messageId,
      this.#clock.every(periodMs, () => this.#sendMessage(messageId)),
    );
  }

  #sendMessage(messageId: number): void {
    const timeBootMs = this.#sinceBootMs();
    const lat = Math.round(PEER_HOME.latitudeDeg * 1e7);
    const lon = Math.round(PEER_HOME.longitudeDeg * 1e7);
    switch (messageId) {
      case 2:
        this.send(message(common.SystemTime, { timeBootMs, timeUnixUsec: 0n }));
        break;
      case 30:
        this.send(message(common.Attitude, { timeBootMs, roll: 0.1, pitch: -0.1, yaw: -Math.PI / 2 }));
        break;
      case 33:
        this.send(
          message(common.GlobalPositionInt, {
            timeBootMs,
            lat,
            lon,
            alt: 52_000,
            relativeAlt: 40_000,
            hdg: 27_000,
          }),
        );
        break;
      case 148:
        // node-mavlink types this 64-bit field as a number, and writes only a bigint.
        this.send(
          message(standard.AutopilotVersion, { flightSwVersion: 0x04_06_03_ff, capabilities: 0n as never }),
        );
        break;
      case 168:
        this.send(message(ardupilotmega.Wind, { direction: -90, speed: 4, speedZ: 0 }));
        break;
      case 242:
        this.send(message(common.HomePosition, { latitude: lat, longitude: lon, altitude: 12_000 }));
        break;
      case 245:
        this.send(message(common.ExtendedSysState, { vtolState: 0, landedState: this.armed ? 2 : 1 }));
        break;
    }
  }

  #sinceBootMs(): number {
    return Math.round(this.#clock.monotonicMs() - this.#bootedAtMs);
  }

  #store(item: Item): void {
    const upload = this.#upload;
    if (upload === null || item.seq !== upload.items.length) return;
    upload.items.push(this.keep(item));
    if (upload.items.length < upload.count) {
      this.#requestNext(upload);
      return;
    }
    this.#hold(upload.type, upload.items);
    this.#upload = null;
    this.#ackMission(upload.type);
  }

  #requestNext({ type, items }: { type: number; items: Item[] }): void {
    this.send(message(common.MissionRequest, { ...TO_STATION, seq: items.length, missionType: type }));
  }

  #ackMission(missionType: number, type = 0): void {
    this.send(message(common.MissionAck, { ...TO_STATION, type, missionType }));
  }

  #held(missionType: number): Item[] {
    return missionType === 1 ? this.fence : this.plan;
  }

  #hold(missionType: number, items: Item[]): void {
    if (missionType === 1) this.fence = items;
    else this.plan = items;
  }
}

const TO_STATION = { targetSystem: 255, targetComponent: 190 };
