import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from '../../main/station/ports/random.ts';

/** A file as the disk knows it, whatever name it has or once had. */
export class DiskFile {
  readonly kind = 'file';
  /** What is certainly on the disk. */
  kept: Uint8Array = new Uint8Array(0);
  keptSize = 0;
  pending: FileOperation[] = [];
}

export class DiskDirectory {
  readonly kind = 'directory';
  /** The names that are certainly on the disk. */
  readonly kept = new Map<string, DiskEntry>();
  pending: NameOperation[] = [];
}

export type DiskEntry = DiskFile | DiskDirectory;

export type FileOperation =
  | { kind: 'write'; offset: number; data: Uint8Array }
  | { kind: 'resize'; size: number };

export type NameOperation =
  | { kind: 'add'; name: string; entry: DiskEntry }
  | { kind: 'remove'; name: string }
  | { kind: 'rename'; name: string; newName: string; entry: DiskEntry };

/** One thing that was asked of the disk, in the order of asking. */
export type DiskOperation =
  | { on: DiskEntry; operation: 'sync' }
  | { on: DiskFile; operation: FileOperation }
  | { on: DiskDirectory; operation: NameOperation };

const SECTOR_BYTES = 512;
const PAGE_BYTES = 8_192;

/** What becomes of the operations on one file or directory that no sync covered. */
type Fate = 'none' | 'all' | 'first' | 'some' | 'torn-sectors' | 'torn-pages';
const FATES: readonly Fate[] = ['none', 'all', 'first', 'some', 'torn-sectors', 'torn-pages'];

/**
 * A disk that keeps for certain only what it was told to keep. A file's writes and sizes count once that file was
 * synced, names once their directory was: neither makes the other certain. Operations are applied in order.
 */
export class PowerCutDisk {
  readonly root: DiskDirectory;

  constructor(root: DiskDirectory) {
    this.root = root;
  }

  apply(step: DiskOperation): void {
    const { on, operation } = step;
    if (operation !== 'sync') {
      (on.pending as unknown[]).push(operation);
      return;
    }
    if (on.kind === 'file') {
      for (const each of on.pending) applyToFile(on, each);
    } else {
      for (const each of on.pending) applyToNames(on.kept, each);
    }
    on.pending = [];
  }

  /** Cuts the power, and writes what is left into `target`, which is made. What is left is decided by `random`. */
  writeWhatSurvives(target: string, random: Random): void {
    // Half of all cuts treat everything alike, so that pure cases are seen as well as mixtures.
    const common = random.next() < 0.5 ? pick(FATES, random) : null;
    const write = (directory: DiskDirectory, path: string): void => {
      mkdirSync(path, { recursive: true, mode: 0o700 });
      for (const [name, entry] of survivingNames(directory, common ?? pick(FATES, random), random)) {
        const entryPath = join(path, name);
        if (entry.kind === 'directory') write(entry, entryPath);
        else writeFileSync(entryPath, survivingBytes(entry, common ?? pick(FATES, random), random));
      }
    };
    write(this.root, target);
  }
}

function survivingNames(directory: DiskDirectory, fate: Fate, random: Random): Map<string, DiskEntry> {
  const names = new Map(directory.kept);
  for (const operation of survivors(directory.pending, fate, random)) applyToNames(names, operation);
  return names;
}

function survivingBytes(file: DiskFile, fate: Fate, random: Random): Uint8Array {
  if (file.pending.length === 0) return file.kept.subarray(0, file.keptSize);
  const copy = new DiskFile();
  copy.kept = file.kept.slice();
  copy.keptSize = file.keptSize;
  const grain = fate === 'torn-pages' ? PAGE_BYTES : SECTOR_BYTES;
  const isTorn = fate === 'torn-sectors' || fate === 'torn-pages';
  for (const operation of survivors(file.pending, fate, random)) {
    if (isTorn && operation.kind === 'write') tear(copy, operation, grain, random);
    else applyToFile(copy, operation);
  }
  return copy.kept.subarray(0, copy.keptSize);
}

function survivors<Operation>(pending: readonly Operation[], fate: Fate, random: Random): Operation[] {
  switch (fate) {
    case 'none':
      return [];
    case 'all':
    case 'torn-sectors':
    case 'torn-pages':
      return [...pending];
    case 'first':
      return pending.slice(0, Math.floor(random.next() * (pending.length + 1)));
    case 'some':
      return pending.filter(() => random.next() < 0.5);
  }
}

/** Each whole sector or page of a write reaches the disk or does not. The file may have grown even where none did. */
function tear(
  file: DiskFile,
  { offset, data }: { offset: number; data: Uint8Array },
  grain: number,
  random: Random,
): void {
  if (random.next() < 0.5) resize(file, Math.max(file.keptSize, offset + data.length));
  let start = 0;
  while (start < data.length) {
    const end = Math.min(data.length, start + grain - ((offset + start) % grain));
    if (random.next() < 0.5)
      applyToFile(file, { kind: 'write', offset: offset + start, data: data.subarray(start, end) });
    start = end;
  }
}

function applyToFile(file: DiskFile, operation: FileOperation): void {
  if (operation.kind === 'resize') {
    resize(file, operation.size);
    return;
  }
  resize(file, Math.max(file.keptSize, operation.offset + operation.data.length));
  file.kept.set(operation.data, operation.offset);
}

function resize(file: DiskFile, size: number): void {
  if (size < file.keptSize) file.kept.fill(0, size, file.keptSize);
  if (size > file.kept.length) {
    const larger = new Uint8Array(Math.max(size, file.kept.length * 2));
    larger.set(file.kept);
    file.kept = larger;
  }
  file.keptSize = size;
}

function applyToNames(names: Map<string, DiskEntry>, operation: NameOperation): void {
  switch (operation.kind) {
    case 'add':
      names.set(operation.name, operation.entry);
      break;
    case 'remove':
      names.delete(operation.name);
      break;
    case 'rename':
      names.delete(operation.name);
      names.set(operation.newName, operation.entry);
  }
}

function pick<Value>(values: readonly Value[], random: Random): Value {
  const value = values[Math.floor(random.next() * values.length)];
  if (value === undefined) throw new Error('There is nothing to pick from.');
  return value;
}
