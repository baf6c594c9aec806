import { useEffect, useRef, useState } from 'react';

const PAUSE_MS = 800;

/**
 * A note while it is typed: what was written is kept with the check when the typing pauses, and when the page is left,
 * so that nothing is lost that was not ticked yet.
 * @param kept as the station has it
 * @returns `drop`: the note goes its own way, and need not be kept
 */
export function useKeptNote(
  kept: string,
  keep: (note: string) => void,
): { note: string; type(note: string): void; drop(): void } {
  const [typed, setTyped] = useState<string | null>(null);
  /** Typed, and not yet told to the station. */
  const waiting = useRef<string | null>(null);
  const latestKeep = useRef(keep);
  latestKeep.current = keep;
  const [flush] = useState(() => (): void => {
    const note = waiting.current;
    waiting.current = null;
    if (note !== null) latestKeep.current(note);
  });
  useEffect(() => {
    if (typed === null) return;
    const timer = setTimeout(flush, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed, flush]);
  useEffect(() => flush, [flush]);
  return {
    note: typed ?? kept,
    type(note) {
      waiting.current = note;
      setTyped(note);
    },
    drop() {
      waiting.current = null;
    },
  };
}
