import { common, type MavLinkData, type MavLinkDataConstructor } from 'node-mavlink';

/** The part of a vehicle that a message is for. */
export type Part = 'SIGNING' | 'PLAN' | 'PARAMETER' | 'CARD' | 'COMMAND' | 'MODE' | 'STREAM' | 'CURRENT_ITEM';

interface Addressed extends MavLinkData {
  targetSystem: number;
  targetComponent?: number;
}

interface Handler {
  readonly Type: MavLinkDataConstructor<Addressed>;
  readonly part: Part;
  /** Whether target system 0 means everyone: for questions, never for what makes a vehicle act. */
  readonly broadcast: boolean;
}

function handlers(
  part: Part,
  broadcast: boolean,
  ...types: readonly MavLinkDataConstructor<Addressed>[]
): [number, Handler][] {
  return types.map((Type) => [Type.MSG_ID, { Type, part, broadcast }]);
}

export const HANDLERS: ReadonlyMap<number, Handler> = new Map([
  ...handlers('SIGNING', false, common.SetupSigning),
  ...handlers('COMMAND', false, common.CommandLong, common.CommandInt),
  ...handlers('MODE', false, common.SetMode),
  ...handlers('STREAM', true, common.RequestDataStream),
  ...handlers('CURRENT_ITEM', false, common.MissionSetCurrent),
  ...handlers('PARAMETER', true, common.ParamRequestList, common.ParamRequestRead),
  ...handlers('PARAMETER', false, common.ParamSet),
  ...handlers(
    'CARD',
    false,
    common.FileTransferProtocol,
    common.LogRequestList,
    common.LogRequestData,
    common.LogRequestEnd,
  ),
  ...handlers(
    'PLAN',
    false,
    common.MissionCount,
    common.MissionItem,
    common.MissionItemInt,
    common.MissionRequestList,
    common.MissionRequest,
    common.MissionRequestInt,
    common.MissionClearAll,
  ),
]);
