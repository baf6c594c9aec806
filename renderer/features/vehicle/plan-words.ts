/** By MAV_CMD. */
const COMMANDS: Readonly<Record<number, string>> = {
  16: 'Fly to the place',
  17: 'Wait there for ever',
  18: 'Circle there, a number of turns',
  19: 'Wait there, for a time',
  20: 'Return home',
  21: 'Land',
  22: 'Take off',
  31: 'Wait until the altitude is reached',
  42: 'Winch',
  93: 'Wait, for a time',
  94: 'Set down the load',
  112: 'Delay',
  113: 'Change altitude',
  114: 'Until a distance',
  115: 'Turn',
  177: 'Go to item',
  178: 'Change speed',
  179: 'Set home',
  181: 'Relay',
  183: 'Servo',
  189: 'Landing begins',
  201: 'Look at a place',
  211: 'Gripper',
  5000: 'Fence: return point',
  5001: 'Fence: stay inside, corner',
  5002: 'Fence: stay out, corner',
  5003: 'Fence: stay inside, circle',
  5004: 'Fence: stay out, circle',
  5100: 'Rally point',
  42600: 'Winch',
};

export function commandText(command: number): string {
  return COMMANDS[command] ?? `Command ${command}`;
}

/** By MAV_FRAME. A command without a place has no altitude either. */
export function datumText(frame: number): string | null {
  if (frame === 0 || frame === 5) return 'AMSL';
  if (frame === 3 || frame === 6) return 'above home';
  if (frame === 10 || frame === 11) return 'above ground';
  return null;
}
