import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MESSAGE_DEFINITIONS } from '../../main/station/mavlink/generated/messages.ts';

export interface ReferenceParser {
  /** Frames a second of processor time. Throws when it finds another number of frames. */
  measure(passes: number): number;
  close(): void;
}

/** Our C parser, compiled here and now with `datagrams` to read; null where there is no C compiler. */
export function referenceParser(datagrams: readonly Uint8Array[]): ReferenceParser | null {
  const directory = mkdtempSync(join(tmpdir(), 'skyrescue-bench-'));
  const program = join(directory, 'parser');
  const stream = join(directory, 'stream');
  const entries = MESSAGE_DEFINITIONS.map(
    ({ id, crcExtra, maxLength }) => `{${id}, ${crcExtra}, ${maxLength}},`,
  );
  copyFileSync(join(import.meta.dirname, 'reference-parser.c'), join(directory, 'parser.c'));
  writeFileSync(join(directory, 'entries.h'), entries.join('\n'));
  writeFileSync(stream, Buffer.concat(datagrams));
  const compiled = spawnSync('cc', ['-O2', '-o', program, join(directory, 'parser.c')], { encoding: 'utf8' });
  const close = (): void => rmSync(directory, { recursive: true, force: true });
  if (compiled.error !== undefined) {
    close();
    return null;
  }
  if (compiled.status !== 0) throw new Error(`The C parser does not compile: ${compiled.stderr}`);
  return {
    measure(passes) {
      const { stdout } = spawnSync(program, [stream, String(passes)], { encoding: 'utf8' });
      const [frames = 0, seconds = 0] = stdout.split(' ').map(Number);
      if (frames !== passes * datagrams.length)
        throw new Error(`C found ${frames} of ${passes * datagrams.length} frames: the comparison is void.`);
      return frames / seconds;
    },
    close,
  };
}
