/** Of programs' comments in their files: "# ArduCopter 4.6.3", "# Stack: PX4 Pro", "# Stack: ArduPilot". */
const FAMILIES: readonly (readonly [family: string, words: RegExp])[] = [
  ['PX4', /\bPX4\b/i],
  ['ArduPilot', /\bArdu(?:Pilot|Copter|Plane|Rover|Sub|Blimp)/i],
];
/** Of the names in the file. Versions of one firmware share far more. */
const MOST_UNKNOWN = 0.5;
/** From fewer names nothing can be said. */
const FEWEST_NAMES = 4;

/**
 * Why a parameter file is not for this vehicle, in words; null: nothing speaks against it. Parameters of the same name
 * mean other things in another firmware.
 * @param firmware as the vehicle says it, "ArduCopter 4.6.3"; null: not known
 * @param notOnVehicle names that the file has and the vehicle has not
 */
export function foreignFile(
  text: string,
  firmware: string | null,
  { names, notOnVehicle }: { names: number; notOnVehicle: number },
): string | null {
  const comments = text.split(/\r\n|\n|\r/).filter((line) => line.trimStart().startsWith('#'));
  const ofFile = familyOf(comments.join('\n'));
  const ofVehicle = firmware === null ? null : familyOf(firmware);
  if (ofFile !== null && ofVehicle !== null && ofFile !== ofVehicle)
    return `The file is of ${ofFile}, and this drone runs ${firmware}: parameters of the same name mean other things. Nothing was compared. Choose a file of this drone’s firmware.`;
  if (names >= FEWEST_NAMES && notOnVehicle > MOST_UNKNOWN * names)
    return `${notOnVehicle} of the ${names} parameters in the file do not exist on this drone: the file is of another firmware or another kind of vehicle. Nothing was compared.`;
  return null;
}

function familyOf(words: string): string | null {
  return FAMILIES.find(([, pattern]) => pattern.test(words))?.[0] ?? null;
}
