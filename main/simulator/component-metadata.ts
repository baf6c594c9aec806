import { crc32 } from 'node:zlib';
import { common as currentCommon } from 'mavlink-mappings';
import { common } from 'node-mavlink';
import { PX4_PARAMETERS } from './parameter-tables.ts';
import { storedXz } from './stored-xz.ts';
import { bootMs, type Maker } from './telemetry-source.ts';
import { message } from './wire.ts';

const GENERAL_PATH = 'etc/extras/component_general.json.xz';
const PARAMETERS_PATH = 'etc/extras/parameters.json.xz';
/** COMP_METADATA_TYPE_PARAMETER. */
const PARAMETERS = 1;
const { REAL32 } = common.MavParamType;

/** What PX4's own file says of some of its parameters; of the others only the name and the type. */
const SAID: Readonly<Record<string, object>> = {
  RTL_RETURN_ALT: {
    shortDesc: 'Return mode return altitude',
    longDesc: 'Default minimum altitude above the destination for the return flight.',
    units: 'm',
    min: 0,
    max: 150,
    default: 60,
  },
  NAV_DLL_ACT: {
    shortDesc: 'GCS connection loss failsafe mode',
    values: [
      { value: 0, description: 'Disabled' },
      { value: 1, description: 'Hold mode' },
      { value: 2, description: 'Return mode' },
      { value: 3, description: 'Land mode' },
      { value: 5, description: 'Terminate' },
      { value: 6, description: 'Disarm' },
    ],
  },
  MAV_SYS_ID: { shortDesc: 'MAVLink system ID', min: 1, max: 250, rebootRequired: true },
};

const parametersFile = json({
  version: 1,
  parameters: PX4_PARAMETERS.map(([name, , type]) => ({
    name,
    type: type === REAL32 ? 'Float' : 'Int32',
    shortDesc: name,
    ...SAID[name],
  })),
});
const generalFile = json({
  version: 1,
  metadataTypes: [
    {
      type: PARAMETERS,
      uri: `mftp://${PARAMETERS_PATH}`,
      fileCrc: mavlinkCrc(parametersFile),
      uriFallback: 'https://px4.example/parameters.json.xz',
    },
  ],
});

/** Packed as they lie on the vehicle. */
export const METADATA_FILES: readonly (readonly [path: string, bytes: () => Buffer])[] = [
  [GENERAL_PATH, () => storedXz(generalFile)],
  [PARAMETERS_PATH, () => storedXz(parametersFile)],
];

/** Where the descriptions lie, in the message of today and in that before it. */
export const metadataMakers: readonly Maker[] = [
  [
    currentCommon.ComponentMetadata.MSG_ID,
    (source) =>
      message(currentCommon.ComponentMetadata, {
        timeBootMs: bootMs(source),
        fileCrc: mavlinkCrc(generalFile),
        uri: `mftp://${GENERAL_PATH}`,
      }),
  ],
  [
    common.ComponentInformation.MSG_ID,
    (source) =>
      message(common.ComponentInformation, {
        timeBootMs: bootMs(source),
        generalMetadataFileCrc: mavlinkCrc(generalFile),
        generalMetadataUri: `mftp://${GENERAL_PATH}`,
      }),
  ],
];

function json(content: object): Buffer {
  return Buffer.from(JSON.stringify(content));
}

/** Begun with 0, not inverted. */
function mavlinkCrc(bytes: Buffer): number {
  return ~crc32(bytes, 0xffff_ffff) >>> 0;
}
