export type Speaker = 'DRONE' | 'BYSTANDER' | 'AED_DEVICE';

export interface Line {
  /** Seconds after the line before. */
  readonly afterS: number;
  readonly state:
    | 'GREETING'
    | 'ASSESSING'
    | 'CPR_COACHING'
    | 'AED_SETUP'
    | 'AED_ANALYSING'
    | 'HANDOVER'
    | 'NO_ANSWER';
  readonly speaker: Speaker;
  readonly text: string;
  /** Waits until the AED was taken out. */
  readonly needsAed?: true;
}

export type Language = 'en' | 'es';

/** What is said at the scene, in the bystander's language. */
export const COACHING: Readonly<Record<Language, readonly Line[]>> = {
  en: [
    {
      afterS: 1,
      state: 'GREETING',
      speaker: 'DRONE',
      text: 'Hello, this is the emergency drone. I have brought a defibrillator. Help is on the way.',
    },
    { afterS: 5, state: 'GREETING', speaker: 'BYSTANDER', text: 'Yes, we are over here! He just went down.' },
    {
      afterS: 3,
      state: 'ASSESSING',
      speaker: 'DRONE',
      text: 'Is the person awake, and are they breathing normally?',
    },
    { afterS: 4, state: 'ASSESSING', speaker: 'BYSTANDER', text: 'No. He is only gasping a little.' },
    {
      afterS: 3,
      state: 'CPR_COACHING',
      speaker: 'DRONE',
      text: 'Start chest compressions now. Kneel beside the chest, put the heel of one hand on the middle of the chest and the other hand on top, keep your arms straight, and push hard and fast, about twice a second, letting the chest rise again each time. I will count with you: one, two, three, four.',
    },
    { afterS: 9, state: 'CPR_COACHING', speaker: 'BYSTANDER', text: 'I am pushing. Is this right?' },
    {
      afterS: 3,
      state: 'CPR_COACHING',
      speaker: 'DRONE',
      text: 'You are doing well. Keep going. If someone is with you, let them take the red bag from my open compartment.',
    },
    {
      afterS: 4,
      state: 'AED_SETUP',
      speaker: 'BYSTANDER',
      text: 'My neighbour has the bag. What now?',
      needsAed: true,
    },
    {
      afterS: 3,
      state: 'AED_SETUP',
      speaker: 'DRONE',
      text: 'Open the lid. Bare the chest and stick on the pads as the pictures show: one below the right collarbone, the other on the left side below the armpit.',
    },
    { afterS: 6, state: 'AED_SETUP', speaker: 'AED_DEVICE', text: 'Apply pads to bare chest.' },
    { afterS: 10, state: 'AED_SETUP', speaker: 'BYSTANDER', text: 'The pads are on.' },
    {
      afterS: 3,
      state: 'AED_ANALYSING',
      speaker: 'AED_DEVICE',
      text: 'Analysing heart rhythm. Do not touch the patient.',
    },
    {
      afterS: 8,
      state: 'AED_ANALYSING',
      speaker: 'AED_DEVICE',
      text: 'Shock advised. Stand clear. Press the flashing button.',
    },
    { afterS: 6, state: 'AED_ANALYSING', speaker: 'AED_DEVICE', text: 'Shock delivered. Begin CPR.' },
    {
      afterS: 3,
      state: 'CPR_COACHING',
      speaker: 'DRONE',
      text: 'Go on pushing now, hard and fast. Change places when you tire.',
    },
    { afterS: 12, state: 'HANDOVER', speaker: 'BYSTANDER', text: 'I can hear the ambulance.' },
    {
      afterS: 3,
      state: 'HANDOVER',
      speaker: 'DRONE',
      text: 'Keep going until the crew tells you to stop. Well done.',
    },
  ],
  es: [
    {
      afterS: 1,
      state: 'GREETING',
      speaker: 'DRONE',
      text: 'Hola, soy el dron de emergencias. Traigo un desfibrilador. La ayuda está en camino.',
    },
    { afterS: 5, state: 'GREETING', speaker: 'BYSTANDER', text: '¡Sí, estamos aquí! Se acaba de desplomar.' },
    {
      afterS: 3,
      state: 'ASSESSING',
      speaker: 'DRONE',
      text: '¿La persona está despierta y respira con normalidad?',
    },
    { afterS: 4, state: 'ASSESSING', speaker: 'BYSTANDER', text: 'No. Solo da bocanadas.' },
    {
      afterS: 3,
      state: 'CPR_COACHING',
      speaker: 'DRONE',
      text: 'Empiece las compresiones ahora. Arrodíllese junto al pecho, ponga el talón de una mano en el centro del pecho y la otra mano encima, mantenga los brazos rectos y presione fuerte y rápido, unas dos veces por segundo, dejando que el pecho vuelva a subir cada vez. Cuento con usted: uno, dos, tres, cuatro.',
    },
    { afterS: 9, state: 'CPR_COACHING', speaker: 'BYSTANDER', text: 'Estoy presionando. ¿Así está bien?' },
    {
      afterS: 3,
      state: 'CPR_COACHING',
      speaker: 'DRONE',
      text: 'Lo hace bien. Siga. Si hay alguien con usted, que saque la bolsa roja de mi compartimento abierto.',
    },
    {
      afterS: 4,
      state: 'AED_SETUP',
      speaker: 'BYSTANDER',
      text: 'Mi vecina tiene la bolsa. ¿Y ahora?',
      needsAed: true,
    },
    {
      afterS: 3,
      state: 'AED_SETUP',
      speaker: 'DRONE',
      text: 'Abra la tapa. Descubra el pecho y pegue los parches como muestran los dibujos: uno bajo la clavícula derecha y el otro en el costado izquierdo, bajo la axila.',
    },
    {
      afterS: 6,
      state: 'AED_SETUP',
      speaker: 'AED_DEVICE',
      text: 'Coloque los parches sobre el pecho desnudo.',
    },
    { afterS: 10, state: 'AED_SETUP', speaker: 'BYSTANDER', text: 'Ya están los parches.' },
    {
      afterS: 3,
      state: 'AED_ANALYSING',
      speaker: 'AED_DEVICE',
      text: 'Analizando el ritmo cardíaco. No toque al paciente.',
    },
    {
      afterS: 8,
      state: 'AED_ANALYSING',
      speaker: 'AED_DEVICE',
      text: 'Descarga aconsejada. Apártese. Pulse el botón que parpadea.',
    },
    {
      afterS: 6,
      state: 'AED_ANALYSING',
      speaker: 'AED_DEVICE',
      text: 'Descarga administrada. Inicie la RCP.',
    },
    {
      afterS: 3,
      state: 'CPR_COACHING',
      speaker: 'DRONE',
      text: 'Siga presionando, fuerte y rápido. Túrnense cuando se cansen.',
    },
    { afterS: 12, state: 'HANDOVER', speaker: 'BYSTANDER', text: 'Oigo la ambulancia.' },
    {
      afterS: 3,
      state: 'HANDOVER',
      speaker: 'DRONE',
      text: 'Siga hasta que el equipo le diga que pare. Muy bien hecho.',
    },
  ],
};

/** What the drone says where nobody answers, at most this often. */
export const CALLS_INTO_THE_VOID = 3;
export const NOBODY: Readonly<Record<Language, Line>> = {
  en: {
    afterS: 12,
    state: 'NO_ANSWER',
    speaker: 'DRONE',
    text: 'Hello, this is the emergency drone with a defibrillator. Can anyone hear me?',
  },
  es: {
    afterS: 12,
    state: 'NO_ANSWER',
    speaker: 'DRONE',
    text: 'Hola, soy el dron de emergencias con un desfibrilador. ¿Alguien me oye?',
  },
};
