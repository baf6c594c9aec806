/** The files on a vehicle's card: paths without a leading slash, parts separated by one. */
export class VirtualFiles {
  readonly #files = new Map<string, Buffer>();
  /** Made anew each time they are read. */
  readonly #made = new Map<string, { make: () => Buffer; claimedLength: () => number }>();
  readonly #folders = new Set<string>(['']);
  /** Names under which a folder can also be reached. */
  readonly #aliases: ReadonlyMap<string, string>;

  constructor(aliases: ReadonlyMap<string, string> = new Map()) {
    this.#aliases = aliases;
  }

  /** Makes the folders on the way. */
  put(path: string, bytes: Buffer): void {
    const place = this.#place(path);
    const parts = place.split('/').slice(0, -1);
    for (let depth = 1; depth <= parts.length; depth++) this.#folders.add(parts.slice(0, depth).join('/'));
    this.#files.set(place, bytes);
  }

  /** A file that is in no folder, of which nobody knows the length before it was read. */
  putMade(path: string, make: () => Buffer, claimedLength: () => number): void {
    this.#made.set(this.#place(path), { make, claimedLength });
  }

  read(path: string): Buffer | null {
    const place = this.#place(path);
    return this.#files.get(place) ?? this.#made.get(place)?.make() ?? null;
  }

  /** As it is told when the file is opened; null: there is none. */
  lengthOf(path: string): number | null {
    const place = this.#place(path);
    return this.#files.get(place)?.length ?? this.#made.get(place)?.claimedLength() ?? null;
  }

  /** False when the folder it would lie in is not there, or when it is a folder itself. */
  create(path: string): boolean {
    const place = this.#place(path);
    if (this.#folders.has(place) || !this.#folders.has(parentOf(place))) return false;
    this.#files.set(place, Buffer.alloc(0));
    return true;
  }

  write(path: string, offset: number, bytes: Uint8Array): void {
    const before = this.read(path) ?? Buffer.alloc(0);
    const after = Buffer.alloc(Math.max(before.length, offset + bytes.length));
    before.copy(after);
    after.set(bytes, offset);
    this.#files.set(this.#place(path), after);
  }

  remove(path: string): boolean {
    return this.#files.delete(this.#place(path));
  }

  makeFolder(path: string): boolean {
    const place = this.#place(path);
    if (this.#folders.has(place) || this.#files.has(place) || !this.#folders.has(parentOf(place)))
      return false;
    this.#folders.add(place);
    return true;
  }

  removeFolder(path: string): boolean {
    const entries = this.list(path);
    return entries !== null && entries.length === 0 && this.#folders.delete(this.#place(path));
  }

  /** Entries as MAVLink FTP lists them; null when there is no such folder. */
  list(path: string): string[] | null {
    const place = this.#place(path);
    if (!this.#folders.has(place)) return null;
    const folders = [...this.#folders].filter((folder) => folder !== '' && parentOf(folder) === place);
    const files = [...this.#files].filter(([file]) => parentOf(file) === place);
    return [
      ...folders.sort().map((folder) => `D${nameOf(folder)}`),
      ...files.sort(byName).map(([file, bytes]) => `F${nameOf(file)}\t${bytes.length}`),
    ];
  }

  /** Files directly in a folder, by name. */
  filesIn(path: string): { name: string; bytes: Buffer }[] {
    const place = this.#place(path);
    return [...this.#files]
      .filter(([file]) => parentOf(file) === place)
      .sort(byName)
      .map(([file, bytes]) => ({ name: nameOf(file), bytes }));
  }

  #place(path: string): string {
    const parts = path.split('/').filter((part) => part !== '' && part !== '.');
    const place = parts.join('/');
    for (const [alias, target] of this.#aliases)
      if (place === alias || place.startsWith(`${alias}/`)) return target + place.slice(alias.length);
    return place;
  }
}

function byName([one]: readonly [string, Buffer], [other]: readonly [string, Buffer]): number {
  return one < other ? -1 : 1;
}

function parentOf(place: string): string {
  return place.slice(0, Math.max(0, place.lastIndexOf('/')));
}

function nameOf(place: string): string {
  return place.slice(place.lastIndexOf('/') + 1);
}
