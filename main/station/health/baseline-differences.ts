/** What a baseline holds. */
export interface ApprovedConfiguration {
  readonly firmware: string;
  readonly parameters: Readonly<Record<string, number>>;
}

export interface BaselineDifference {
  readonly name: string;
  readonly approved: number | null;
  readonly held: number | null;
}

/** Values travel as 32-bit floats: the eighth digit is noise. */
const RELATIVE_TOLERANCE = 1e-6;
/** What differs from drone to drone by nature: calibrations, counters, identities (ArduPilot and PX4). */
const OWN_TO_EACH_DRONE =
  /^(?:COMPASS_(?:OFS|DIA|ODI|MOT|DEC|DEV|PRIO)|INS_(?:ACC|GYR|ACC2|ACC3|GYR2|GYR3)?(?:OFFS|SCAL|_ID|CALTEMP)|STAT_|SYSID_THISMAV|MAV_SYS_ID|MAV_SYSID|CAL_|BARO\d?_(?:GND|DEVID)|AHRS_TRIM|LND_FLIGHT|BAT\d?_V_OFFS|COM_FLIGHT_UUID|SERIAL_NO|BRD_SERIAL_NUM)/;

/** What the drone has otherwise than it was approved; what differs by nature is left out. */
export function differences(
  approved: ApprovedConfiguration,
  held: ReadonlyMap<string, number>,
): BaselineDifference[] {
  const names = new Set([...Object.keys(approved.parameters), ...held.keys()]);
  return [...names]
    .filter((name) => !OWN_TO_EACH_DRONE.test(name))
    .map((name) => ({ name, approved: approved.parameters[name] ?? null, held: held.get(name) ?? null }))
    .filter(({ approved: wanted, held: has }) => !same(wanted, has))
    .sort((one, other) => one.name.localeCompare(other.name));
}

function same(one: number | null, other: number | null): boolean {
  if (one === null || other === null) return one === other;
  return Math.abs(one - other) <= RELATIVE_TOLERANCE * Math.max(1, Math.abs(one), Math.abs(other));
}
