import { crc32 } from 'node:zlib';
import { common, type MavLinkData, MavLinkPacketField } from 'node-mavlink';
import type { Firmware } from './firmware.ts';
import { parameterPack } from './parameter-pack.ts';
import {
  ARDUCOPTER_PARAMETERS,
  fillerParameters,
  type ParameterRow,
  PX4_OBEYED,
  PX4_PARAMETERS,
} from './parameter-tables.ts';
import type { ReceivedFrame } from './wire.ts';
import { message } from './wire.ts';

const { INT32, REAL32, UINT32 } = common.MavParamType;

/** Parameters sent a step of 20 ms while a list is being answered: 50 a second, as over a radio. */
const LIST_PERIOD_MS = 20;
/** What autopilots give as the index of a parameter that nobody asked for by index. */
const NO_INDEX = 65_535;
const HASH_ID = '_HASH_CHECK';

/** PX4 puts the bytes of a whole number in the place of the float. */
class WholeParamValue extends common.ParamValue {
  static override readonly FIELDS = withWholeValue(common.ParamValue.FIELDS);
}
class WholeParamSet extends common.ParamSet {
  static override readonly FIELDS = withWholeValue(common.ParamSet.FIELDS);
}

function withWholeValue(fields: readonly MavLinkPacketField[]): MavLinkPacketField[] {
  return fields.map((field) =>
    field.name === 'paramValue'
      ? new MavLinkPacketField(field.source, field.name, field.offset, field.extension, 4, 'int32_t', '')
      : field,
  );
}

/** The parameters and the vehicle's side of the parameter protocol. */
export class Parameters {
  readonly #firmware: Firmware;
  /** What the vehicle flies by, under ArduCopter's names whatever it shows. */
  readonly #values = new Map(ARDUCOPTER_PARAMETERS.map(([id, value]) => [id, value]));
  /** What it shows, in the order of the list. */
  readonly #shown: readonly ParameterRow[];
  readonly #shownValues: Map<string, number>;
  readonly #send: (data: MavLinkData) => void;
  #listAt = Number.POSITIVE_INFINITY;
  #nextAtMs = 0;

  /** @param atLeast so many parameters, with made-up ones where the autopilot has fewer. */
  constructor(systemId: number, firmware: Firmware, atLeast: number, send: (data: MavLinkData) => void) {
    this.#send = send;
    this.#firmware = firmware;
    this.#values.set('SYSID_THISMAV', systemId);
    const own = firmware.name === 'PX4' ? PX4_PARAMETERS : ARDUCOPTER_PARAMETERS;
    this.#shown = [...own, ...fillerParameters(atLeast - own.length)];
    this.#shownValues = new Map(this.#shown.map(([id, value]) => [id, Math.fround(value)]));
    if (firmware.name === 'PX4') this.#shownValues.set('MAV_SYS_ID', systemId);
  }

  /** @throws Error for a parameter that this vehicle does not have: that is a mistake in the simulator. */
  get(id: string): number {
    const value = this.#values.get(id);
    if (value === undefined) throw new Error(`There is no parameter ${id}.`);
    return value;
  }

  /** Changes a value on the vehicle's own account and says so, as ArduPilot does for what it saves by itself. */
  change(id: string, value: number): void {
    if (this.get(id) === value) return;
    this.#values.set(id, Math.fround(value));
    const index = this.#indexOf(id);
    if (index >= 0) this.#answer(index, NO_INDEX);
  }

  get count(): number {
    return this.#shown.length;
  }

  /** As ArduPilot's file `@PARAM/param.pck`. */
  pack(): Buffer {
    return parameterPack(this.#shown.map(([id, , type]) => [id, this.#valueOf(id), type]));
  }

  receive(frame: ReceivedFrame): void {
    switch (frame.messageId) {
      case common.ParamRequestList.MSG_ID:
        this.#listAt = 0;
        return;
      case common.ParamRequestRead.MSG_ID: {
        const { paramId, paramIndex } = frame.decode(common.ParamRequestRead);
        if (paramIndex < 0 && paramId === HASH_ID) this.#answerHash();
        else this.#answer(paramIndex >= 0 ? paramIndex : this.#indexOf(paramId), paramIndex);
        return;
      }
      case common.ParamSet.MSG_ID:
        this.#set(frame);
        return;
    }
  }

  /** @param room whether the radio takes another message at this moment. */
  step(nowMs: number, room: () => boolean): void {
    if (this.#listAt >= this.#shown.length || nowMs < this.#nextAtMs || !room()) return;
    this.#nextAtMs = nowMs + LIST_PERIOD_MS;
    this.#answer(this.#listAt, this.#listAt);
    this.#listAt++;
  }

  #indexOf(id: string): number {
    return this.#shown.findIndex(([shown]) => shown === id);
  }

  #set(frame: ReceivedFrame): void {
    const { paramId, paramType, paramValue } = frame.decode(
      this.#firmware.name === 'PX4' && frame.decode(common.ParamSet).paramType !== REAL32
        ? WholeParamSet
        : common.ParamSet,
    );
    const index = this.#indexOf(paramId);
    const type = this.#shown[index]?.[2];
    // PX4 refuses another type than its own.
    if (
      type === undefined ||
      !Number.isFinite(paramValue) ||
      (this.#firmware.name === 'PX4' && paramType !== type)
    )
      return;
    const value = type === REAL32 ? Math.fround(paramValue) : Math.trunc(paramValue);
    this.#store(paramId, value);
    this.#answer(index, NO_INDEX);
  }

  #store(id: string, value: number): void {
    if (this.#firmware.name === 'ARDUPILOT' && this.#values.has(id)) {
      this.#values.set(id, value);
      return;
    }
    this.#shownValues.set(id, value);
    const obeyed = PX4_OBEYED.get(id);
    if (obeyed !== undefined) this.#values.set(obeyed.id, value * obeyed.factor);
  }

  #valueOf(id: string): number {
    const own = this.#firmware.name === 'ARDUPILOT' ? this.#values.get(id) : undefined;
    return own ?? this.#shownValues.get(id) ?? 0;
  }

  #answer(index: number, toldIndex: number): void {
    const [id, , type] = this.#shown[index] ?? [];
    if (id === undefined || type === undefined) return;
    const bytewise = this.#firmware.name === 'PX4' && type === INT32;
    this.#send(
      message(bytewise ? WholeParamValue : common.ParamValue, {
        paramId: id,
        paramValue: this.#valueOf(id),
        paramType: type,
        paramCount: this.#shown.length,
        paramIndex: toldIndex < 0 ? index : toldIndex,
      }),
    );
  }

  /** PX4 alone has one: over the names and values of all its parameters. */
  #answerHash(): void {
    if (this.#firmware.name !== 'PX4') return;
    const text = this.#shown.map(([id]) => `${id}=${this.#valueOf(id)}`).join();
    this.#send(
      message(WholeParamValue, {
        paramId: HASH_ID,
        paramValue: crc32(text) | 0,
        paramType: UINT32,
        paramCount: this.#shown.length,
        paramIndex: NO_INDEX,
      }),
    );
  }
}
