type Tone = 'WARNING' | 'CAUTION';

interface Pattern {
  /** Frequencies of the notes in hertz, one after the other. */
  readonly notesHz: readonly number[];
  readonly noteS: number;
  readonly gain: number;
  readonly everyMs: number;
}

/** A warning sounds urgent and returns soon; a caution is lower, softer and rarer. */
const PATTERNS: Record<Tone, Pattern> = {
  WARNING: { notesHz: [988, 740, 988, 740, 988, 740], noteS: 0.13, gain: 0.3, everyMs: 2_000 },
  CAUTION: { notesHz: [587, 587], noteS: 0.16, gain: 0.18, everyMs: 6_000 },
};

/**
 * Repeats the tone that `wanted` names until it names another or none. Returns its end.
 * @param onBlocked told whether the browser holds the sound back until somebody clicks
 */
export function soundTones(wanted: () => Tone | null, onBlocked: (blocked: boolean) => void): () => void {
  const context = new AudioContext();
  let playing: Tone | null = null;
  let nextAtMs = 0;

  const timer = setInterval(() => {
    const tone = wanted();
    onBlocked(tone !== null && context.state !== 'running');
    if (tone !== playing) nextAtMs = 0;
    playing = tone;
    const nowMs = performance.now();
    if (tone === null || context.state !== 'running' || nowMs < nextAtMs) return;
    nextAtMs = nowMs + PATTERNS[tone].everyMs;
    play(context, PATTERNS[tone]);
  }, 200);
  const wake = (): void => void context.resume();
  document.addEventListener('pointerdown', wake);
  document.addEventListener('keydown', wake);
  return () => {
    clearInterval(timer);
    document.removeEventListener('pointerdown', wake);
    document.removeEventListener('keydown', wake);
    void context.close();
  };
}

function play(context: AudioContext, { notesHz, noteS, gain: volume }: Pattern): void {
  notesHz.forEach((frequencyHz, index) => {
    const startS = context.currentTime + 0.02 + index * noteS * 1.15;
    const note = new OscillatorNode(context, { type: 'triangle', frequency: frequencyHz });
    const gain = new GainNode(context, { gain: 0 });
    // Short ramps: a tone that starts at once clicks.
    gain.gain.setValueAtTime(0, startS);
    gain.gain.linearRampToValueAtTime(volume, startS + 0.01);
    gain.gain.setValueAtTime(volume, startS + noteS - 0.02);
    gain.gain.linearRampToValueAtTime(0, startS + noteS);
    note.connect(gain).connect(context.destination);
    note.start(startS);
    note.stop(startS + noteS);
  });
}
