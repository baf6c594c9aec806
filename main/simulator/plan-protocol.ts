import { crc32 } from 'node:zlib';
import { common, type MavLinkData } from 'node-mavlink';
import {
  isWholeFence,
  PLAN_CAPACITY,
  PLAN_COMMAND,
  PLAN_RESULT,
  type PlanResult,
  type StoredItem,
  storedItem,
  type UploadedItem,
} from './plan-storage.ts';
import { message, type ReceivedFrame } from './wire.ts';

const REQUEST_AGAIN_MS = 1_000;
const UPLOAD_TIMEOUT_MS = 8_000;

interface PlanHost {
  /** ArduPilot's way; otherwise uploads take effect at their end, item 0 is the first item, and plans have ids. */
  readonly missionKeepsHome: boolean;
  send(data: MavLinkData): void;
  sayWarning(text: string): void;
  /** Item 0 of the mission, which is always home. */
  homeItem(): StoredItem;
  /** A running mission cannot be cleared. */
  missionRunning(): boolean;
  /** A plan changed: its number of items is in a parameter. */
  planChanged(planType: number, count: number): void;
}

interface Upload {
  readonly planType: number;
  readonly count: number;
  readonly systemId: number;
  readonly componentId: number;
  /** Where items go: the stored mission itself, or for fence and rally a draft that replaces the old plan at the end. */
  readonly items: StoredItem[];
  next: number;
  requestedAtMs: number;
  progressAtMs: number;
}

/**
 * The vehicle's side of the mission protocol for missions, fences and rally points, with ArduPilot's habits: a mission
 * upload overwrites the old mission item by item, and item 0 becomes home whatever was sent. With PX4's habits the
 * home that flight needs as item 0 is kept out of sight.
 */
export class PlanProtocol {
  readonly #host: PlanHost;
  /** Stored items by plan type. */
  readonly #plans: StoredItem[][] = [[], [], []];
  #upload: Upload | null = null;
  #nowMs = 0;

  constructor(host: PlanHost) {
    this.#host = host;
  }

  get mission(): readonly StoredItem[] {
    return this.#plan(0);
  }

  /** As MISSION_CURRENT tells it: 0 is the id of a plan that is empty, or of a vehicle that gives none. */
  get summary(): { total: number; missionId: number; fenceId: number; rallyPointsId: number } {
    const total = this.#toldCount(0);
    return { total, missionId: this.#planId(0), fenceId: this.#planId(1), rallyPointsId: this.#planId(2) };
  }

  /** A place in the stored mission as the vehicle tells it, and the other way round. */
  toldSequence(stored: number): number {
    return Math.max(0, stored - this.#hidden(0));
  }

  storedSequence(told: number): number {
    return told + this.#hidden(0);
  }

  get fence(): readonly StoredItem[] {
    return this.#plan(1);
  }

  receive(frame: ReceivedFrame): void {
    switch (frame.messageId) {
      case common.MissionCount.MSG_ID:
        this.#begin(frame, frame.decode(common.MissionCount));
        return;
      case common.MissionItemInt.MSG_ID: {
        const item = frame.decode(common.MissionItemInt);
        this.#item(frame, item, {
          ...uploaded(item),
          latitudeE7: item.x,
          longitudeE7: item.y,
        });
        return;
      }
      case common.MissionItem.MSG_ID: {
        const item = frame.decode(common.MissionItem);
        this.#item(frame, item, {
          ...uploaded(item),
          latitudeE7: item.x * 1e7,
          longitudeE7: item.y * 1e7,
        });
        return;
      }
      case common.MissionRequestList.MSG_ID:
        this.#sendCount(frame, frame.decode(common.MissionRequestList).missionType);
        return;
      case common.MissionRequestInt.MSG_ID:
        this.#sendItem(frame, frame.decode(common.MissionRequestInt), true);
        return;
      case common.MissionRequest.MSG_ID:
        this.#sendItem(frame, frame.decode(common.MissionRequest), false);
        return;
      case common.MissionClearAll.MSG_ID:
        this.#clear(frame, frame.decode(common.MissionClearAll).missionType);
        return;
    }
  }

  step(nowMs: number): void {
    this.#nowMs = nowMs;
    const upload = this.#upload;
    if (upload === null) return;
    if (nowMs - upload.progressAtMs > UPLOAD_TIMEOUT_MS) {
      this.#upload = null;
      this.#host.sayWarning('Mission upload timeout');
      this.#acknowledge(upload, upload.planType, PLAN_RESULT.OPERATION_CANCELLED);
    } else if (nowMs - upload.requestedAtMs >= REQUEST_AGAIN_MS) this.#request(upload);
  }

  #plan(planType: number): StoredItem[] {
    return this.#plans[planType] ?? [];
  }

  /** Items at the beginning that nobody is shown. */
  #hidden(planType: number): number {
    return planType === 0 && !this.#host.missionKeepsHome ? 1 : 0;
  }

  #toldCount(planType: number): number {
    return Math.max(0, this.#plan(planType).length - this.#hidden(planType));
  }

  #planId(planType: number): number {
    if (this.#host.missionKeepsHome || this.#toldCount(planType) === 0) return 0;
    return crc32(JSON.stringify(this.#plan(planType))) || 1;
  }

  #begin(from: ReceivedFrame, { count, missionType: planType }: common.MissionCount): void {
    const capacity = PLAN_CAPACITY[planType];
    if (capacity === undefined) {
      this.#acknowledge(from, planType, PLAN_RESULT.UNSUPPORTED);
      return;
    }
    if (count > capacity) {
      this.#acknowledge(from, planType, PLAN_RESULT.NO_SPACE);
      return;
    }
    const stored = this.#plan(planType);
    const inPlace = planType === 0 && this.#host.missionKeepsHome;
    if (inPlace) stored.length = Math.min(stored.length, count);
    const draft = this.#hidden(planType) === 1 && count > 0 ? [this.#host.homeItem()] : [];
    const { systemId, componentId } = from;
    const upload: Upload = {
      planType,
      count,
      systemId,
      componentId,
      items: inPlace ? stored : draft,
      next: 0,
      requestedAtMs: this.#nowMs,
      progressAtMs: this.#nowMs,
    };
    if (count === 0) {
      this.#finish(upload);
      return;
    }
    this.#upload = upload;
    this.#request(upload);
  }

  #item(
    from: ReceivedFrame,
    { seq, missionType }: { seq: number; missionType: number },
    sent: UploadedItem,
  ): void {
    const upload = this.#upload;
    if (upload === null || upload.planType !== missionType || upload.systemId !== from.systemId) {
      this.#acknowledge(from, missionType, PLAN_RESULT.ERROR);
      return;
    }
    if (seq !== upload.next) {
      this.#acknowledge(from, missionType, PLAN_RESULT.INVALID_SEQUENCE);
      return;
    }
    const isHome = missionType === 0 && seq === 0 && this.#host.missionKeepsHome;
    const item = isHome ? this.#host.homeItem() : storedItem(missionType, sent);
    if (typeof item === 'number') {
      this.#upload = null;
      this.#acknowledge(from, missionType, item);
      return;
    }
    upload.items[seq + this.#hidden(missionType)] = item;
    upload.next++;
    upload.progressAtMs = this.#nowMs;
    if (upload.next < upload.count) this.#request(upload);
    else this.#finish(upload);
  }

  #finish(upload: Upload): void {
    this.#upload = null;
    if (upload.planType === 1 && !isWholeFence(upload.items)) {
      this.#acknowledge(upload, upload.planType, PLAN_RESULT.INVALID_PARAM1);
      return;
    }
    this.#plans[upload.planType] = upload.items;
    this.#host.planChanged(upload.planType, this.#toldCount(upload.planType));
    this.#acknowledge(upload, upload.planType, PLAN_RESULT.ACCEPTED);
  }

  #request(upload: Upload): void {
    upload.requestedAtMs = this.#nowMs;
    this.#host.send(
      message(common.MissionRequestInt, {
        seq: upload.next,
        missionType: upload.planType,
        targetSystem: upload.systemId,
        targetComponent: upload.componentId,
      }),
    );
  }

  #clear(from: ReceivedFrame, planType: number): void {
    const ALL = 255;
    const types = planType === ALL ? [0, 1, 2] : [planType];
    if (types.some((type) => this.#plans[type] === undefined)) {
      this.#acknowledge(from, planType, PLAN_RESULT.UNSUPPORTED);
      return;
    }
    if (types.includes(0) && this.#host.missionRunning()) {
      this.#acknowledge(from, planType, PLAN_RESULT.ERROR);
      return;
    }
    this.#upload = null;
    for (const type of types) {
      this.#plans[type] = [];
      this.#host.planChanged(type, 0);
    }
    this.#acknowledge(from, planType, PLAN_RESULT.ACCEPTED);
  }

  #sendCount(to: ReceivedFrame, planType: number): void {
    const items = this.#plans[planType];
    if (items === undefined) {
      this.#acknowledge(to, planType, PLAN_RESULT.UNSUPPORTED);
      return;
    }
    this.#host.send(
      message(common.MissionCount, {
        count: this.#toldCount(planType),
        opaqueId: this.#planId(planType),
        missionType: planType,
        targetSystem: to.systemId,
        targetComponent: to.componentId,
      }),
    );
  }

  #sendItem(to: ReceivedFrame, request: { seq: number; missionType: number }, asIntegers: boolean): void {
    const { seq, missionType } = request;
    const stored = this.#plan(missionType)[seq + this.#hidden(missionType)];
    if (stored === undefined) {
      this.#acknowledge(to, missionType, PLAN_RESULT.INVALID_SEQUENCE);
      return;
    }
    const keepsHome = this.#host.missionKeepsHome;
    const item = missionType === 0 && seq === 0 && keepsHome ? this.#host.homeItem() : stored;
    const fields = {
      seq,
      missionType,
      targetSystem: to.systemId,
      targetComponent: to.componentId,
      frame: item.frame,
      command: item.command,
      autocontinue: 1,
      param1: item.param1,
      param2: item.param2,
      param3: item.param3,
      param4: item.param4,
      z: item.altitudeCm / 100,
    };
    this.#host.send(
      asIntegers
        ? message(common.MissionItemInt, { ...fields, x: item.latitudeE7, y: item.longitudeE7 })
        : message(common.MissionItem, { ...fields, x: item.latitudeE7 / 1e7, y: item.longitudeE7 / 1e7 }),
    );
  }

  #acknowledge(to: { systemId: number; componentId: number }, planType: number, result: PlanResult): void {
    this.#host.send(
      message(common.MissionAck, {
        type: result,
        opaqueId: this.#planId(planType),
        missionType: planType,
        targetSystem: to.systemId,
        targetComponent: to.componentId,
      }),
    );
  }
}

function uploaded(
  item: common.MissionItemInt | common.MissionItem,
): Omit<UploadedItem, 'latitudeE7' | 'longitudeE7'> {
  const { command, frame, param1, param2, param3, param4, z: altitudeM } = item;
  return { command, frame, param1, param2, param3, param4, altitudeM };
}

/** Home as a mission item: an absolute waypoint. */
export function homeAsItem(latitudeE7: number, longitudeE7: number, altitudeCm: number): StoredItem {
  return {
    command: PLAN_COMMAND.WAYPOINT,
    frame: 0,
    param1: 0,
    param2: 0,
    param3: 0,
    param4: 0,
    latitudeE7,
    longitudeE7,
    altitudeCm,
  };
}
