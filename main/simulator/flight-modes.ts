/** Flight modes of ArduCopter by their number in HEARTBEAT.custom_mode. */
export const MODE = {
  STABILIZE: 0,
  ALT_HOLD: 2,
  AUTO: 3,
  GUIDED: 4,
  LOITER: 5,
  RTL: 6,
  LAND: 9,
  POSHOLD: 16,
  BRAKE: 17,
} as const;

type FlightModeName = keyof typeof MODE;
export type FlightMode = (typeof MODE)[FlightModeName];

/** The mode with this number, or null for one that this vehicle does not have. */
export function modeName(mode: number): FlightModeName | null {
  for (const [name, number] of Object.entries(MODE)) if (number === mode) return name as FlightModeName;
  return null;
}

export function isFlightMode(mode: number): mode is FlightMode {
  return modeName(mode) !== null;
}

const ARMABLE: readonly FlightMode[] = [
  MODE.STABILIZE,
  MODE.ALT_HOLD,
  MODE.LOITER,
  MODE.POSHOLD,
  MODE.GUIDED,
];
const WITHOUT_POSITION: readonly FlightMode[] = [MODE.STABILIZE, MODE.ALT_HOLD, MODE.LAND];

export function allowsArming(mode: FlightMode): boolean {
  return ARMABLE.includes(mode);
}

export function requiresPosition(mode: FlightMode): boolean {
  return !WITHOUT_POSITION.includes(mode);
}

/** Modes that HEARTBEAT marks as guided: the autopilot steers. */
export function steersItself(mode: FlightMode): boolean {
  return requiresPosition(mode);
}
