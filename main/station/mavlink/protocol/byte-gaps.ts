interface Gap {
  readonly start: number;
  /** Not included. */
  readonly end: number;
}

/** Which bytes of a file of known size are still missing. */
export class ByteGaps {
  readonly size: number;
  #gaps: Gap[];
  #missing: number;

  /** `from`: so many bytes are there already. */
  constructor(size: number, from = 0) {
    this.size = size;
    this.#gaps = from < size ? [{ start: from, end: size }] : [];
    this.#missing = Math.max(0, size - from);
  }

  get missingBytes(): number {
    return this.#missing;
  }

  get count(): number {
    return this.#gaps.length;
  }

  /** Up to where everything is there. */
  get contiguousBytes(): number {
    return this.#gaps[0]?.start ?? this.size;
  }

  /** Where nothing has come from there to the end; the size when the last byte is there. */
  get tail(): number {
    const last = this.#gaps.at(-1);
    return last !== undefined && last.end === this.size ? last.start : this.size;
  }

  /** Missing pieces before the tail, cut to `longest` bytes, at most `count` of them. */
  holes(longest: number, count: number): Gap[] {
    const holes: Gap[] = [];
    for (const gap of this.#gaps) {
      if (gap.end === this.size && gap.start === this.tail && this.#gaps.length > 1) break;
      for (let start = gap.start; start < gap.end; start += longest) {
        if (holes.length === count) return holes;
        holes.push({ start, end: Math.min(gap.end, start + longest) });
      }
    }
    return holes;
  }

  /** Whether any byte from `start` up to but not including `end` is missing. */
  lacks(start: number, end: number): boolean {
    return this.#gaps.some((gap) => gap.start < end && gap.end > start);
  }

  /** Takes bytes from `start` up to but not including `end`. Returns how many of them were missing. */
  fill(start: number, end: number): number {
    const at = this.#gaps.findIndex((gap) => gap.end > start);
    const first = this.#gaps[at];
    if (first === undefined || first.start >= end) return 0;
    const left: Gap[] = [];
    let filled = 0;
    let until = at;
    for (; until < this.#gaps.length; until++) {
      const gap = this.#gaps[until];
      if (gap === undefined || gap.start >= end) break;
      filled += Math.min(gap.end, end) - Math.max(gap.start, start);
      if (gap.start < start) left.push({ start: gap.start, end: start });
      if (gap.end > end) left.push({ start: end, end: gap.end });
    }
    this.#gaps.splice(at, until - at, ...left);
    this.#missing -= filled;
    return filled;
  }
}
