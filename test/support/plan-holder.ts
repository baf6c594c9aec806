import type { Frame } from '../../main/station/mavlink/frame.ts';
import { MAV_MISSION_RESULT } from '../../main/station/mavlink/generated/enums.ts';
import {
  MISSION_ACK,
  MISSION_CLEAR_ALL,
  MISSION_COUNT,
  MISSION_ITEM_INT,
  MISSION_REQUEST,
  MISSION_REQUEST_INT,
  MISSION_REQUEST_LIST,
  type MissionItemInt,
} from '../../main/station/mavlink/generated/messages.ts';
import type { TransferItem } from '../../main/station/mavlink/protocol/mission-upload.ts';
import type { End } from './mavlink-wire.ts';

const REPEAT_MS = 800;
const GIVE_UP_MS = 8000;

/**
 * The vehicle's side of plan transfers, strict as ArduPilot is: an item out of turn is answered with
 * INVALID_SEQUENCE, an item after the end with ERROR, and it asks again by itself when an item does not come.
 */
export class PlanHolder {
  plan: TransferItem[];
  /** Asks with the old MISSION_REQUEST. */
  old = false;
  /** Answers the last item with this instead of accepting the plan. */
  verdict: number = MAV_MISSION_RESULT.ACCEPTED;
  readonly #end: End;
  readonly #missionType: number;
  #staged: TransferItem[] | null = null;
  #expected = 0;
  #cancelRepeat: () => void = () => {};
  #cancelGiveUp: () => void = () => {};

  constructor(end: End, plan: TransferItem[], missionType = 0) {
    this.#end = end;
    this.plan = plan;
    this.#missionType = missionType;
    end.onFrame = (frame) => this.#receive(frame);
  }

  address(frame: Frame) {
    return {
      targetSystem: frame.systemId,
      targetComponent: frame.componentId,
      missionType: this.#missionType,
    };
  }

  #receive(frame: Frame): void {
    const to = this.address(frame);
    const ack = (type: number) => this.#end.send(MISSION_ACK, { ...to, type, opaqueId: 0 });
    switch (frame.messageId) {
      case MISSION_COUNT.id: {
        const { count, missionType } = MISSION_COUNT.read(frame);
        if (missionType !== this.#missionType) return;
        this.#staged = [];
        this.#expected = count;
        if (count === 0) this.#complete(ack);
        else this.#request(to);
        return;
      }
      case MISSION_ITEM_INT.id:
        this.#take(MISSION_ITEM_INT.read(frame), to, ack);
        return;
      case MISSION_REQUEST_LIST.id:
        this.#end.send(MISSION_COUNT, { ...to, count: this.plan.length, opaqueId: 0 });
        return;
      case MISSION_REQUEST_INT.id: {
        const { seq } = MISSION_REQUEST_INT.read(frame);
        const item = this.plan[seq];
        if (item === undefined) ack(MAV_MISSION_RESULT.INVALID_SEQUENCE);
        else this.#end.send(MISSION_ITEM_INT, { ...item, ...to, seq, current: 0 });
        return;
      }
      case MISSION_CLEAR_ALL.id:
        this.plan = [];
        ack(MAV_MISSION_RESULT.ACCEPTED);
    }
  }

  #take(item: MissionItemInt, to: ReturnType<PlanHolder['address']>, ack: (type: number) => void): void {
    if (this.#staged === null) {
      ack(MAV_MISSION_RESULT.ERROR);
      return;
    }
    if (item.seq !== this.#staged.length) {
      ack(MAV_MISSION_RESULT.INVALID_SEQUENCE);
      return;
    }
    const { frame, command, autocontinue, param1, param2, param3, param4, x, y, z } = item;
    this.#staged.push({ frame, command, autocontinue, param1, param2, param3, param4, x, y, z });
    if (this.#staged.length === this.#expected) this.#complete(ack);
    else this.#request(to);
  }

  #complete(ack: (type: number) => void): void {
    this.#stop();
    if (this.verdict === MAV_MISSION_RESULT.ACCEPTED) this.plan = this.#staged ?? [];
    this.#staged = null;
    ack(this.verdict);
  }

  #request(to: ReturnType<PlanHolder['address']>): void {
    this.#stop();
    const definition = this.old ? MISSION_REQUEST : MISSION_REQUEST_INT;
    const ask = () => this.#end.send(definition, { ...to, seq: this.#staged?.length ?? 0 });
    ask();
    this.#cancelRepeat = this.#end.clock.every(REPEAT_MS, ask);
    this.#cancelGiveUp = this.#end.clock.after(GIVE_UP_MS, () => {
      this.#stop();
      this.#staged = null;
    });
  }

  #stop(): void {
    this.#cancelRepeat();
    this.#cancelGiveUp();
  }
}
