import { Refusal } from '../../../preload/contract/errors.ts';
import type { Checklist, ChecklistItem, ManualResult } from '../../../preload/contract/health.ts';
import type { Clock } from '../ports/clock.ts';

const MOST_PHOTOS_OF_AN_ITEM = 4;
/** All the photos of a check are held in memory until it is signed. */
const MOST_PHOTOS = 24;
const MOST_PHOTO_BYTES = 2_000_000;

export interface Photo {
  readonly itemId: string;
  readonly mediaType: string;
  readonly takenAtMs: number;
  readonly base64: string;
}

interface Ticked {
  readonly result: ManualResult['result'];
  readonly note: string | null;
  readonly byName: string;
  readonly atMs: number;
}

/** What is checked by hand: the items of the checklist, with notes and photos. */
export class ManualPart {
  readonly #checklist: Checklist;
  readonly #clock: Clock;
  readonly #ticked = new Map<string, Ticked>();
  readonly #photos: Photo[] = [];

  constructor(checklist: Checklist, clock: Clock) {
    this.#checklist = checklist;
    this.#clock = clock;
  }

  get photos(): readonly Photo[] {
    return this.#photos;
  }

  results(): ManualResult[] {
    return this.#checklist.items.map(({ itemId, title, required }) => {
      const { result, note, byName, atMs } = this.#ticked.get(itemId) ?? OPEN;
      return { itemId, title, required, result, note, photos: this.#photosOf(itemId), byName, atMs };
    });
  }

  set(itemId: string, { result, note, byName }: Pick<Ticked, 'result' | 'note' | 'byName'>): void {
    const { title, evidence } = this.#itemOf(itemId);
    const words = note?.trim() ?? '';
    if (result === 'DONE' && evidence === 'NOTE' && words === '')
      throw new Refusal('INVALID_INPUT', `${title}: write down what was found.`);
    if (result === 'DONE' && evidence === 'PHOTO' && this.#photosOf(itemId) === 0)
      throw new Refusal('INVALID_INPUT', `${title}: take a photo first.`);
    if (result === 'DEFECT' && words === '')
      throw new Refusal('INVALID_INPUT', `${title}: say what is wrong.`);
    this.#ticked.set(itemId, {
      result,
      note: words === '' ? null : words,
      byName,
      atMs: this.#clock.nowMs(),
    });
  }

  addPhoto(itemId: string, mediaType: string, base64: string): void {
    const { title } = this.#itemOf(itemId);
    const refuse = (sentence: string): never => {
      throw new Refusal('INVALID_INPUT', sentence);
    };
    if (this.#photosOf(itemId) >= MOST_PHOTOS_OF_AN_ITEM)
      refuse(`${title} has ${MOST_PHOTOS_OF_AN_ITEM} photos: that is the most.`);
    if (this.#photos.length >= MOST_PHOTOS) refuse(`This check has ${MOST_PHOTOS} photos: that is the most.`);
    const picture = Buffer.from(base64, 'base64');
    if (picture.length > MOST_PHOTO_BYTES)
      refuse('The photo is too large: 2 MB at most. Take it with fewer pixels.');
    if (mediaTypeOf(picture) !== mediaType)
      refuse('This is no JPEG, PNG or WebP picture. Choose another file.');
    this.#photos.push({ itemId, mediaType, base64, takenAtMs: this.#clock.nowMs() });
  }

  #itemOf(itemId: string): ChecklistItem {
    const item = this.#checklist.items.find((candidate) => candidate.itemId === itemId);
    if (item === undefined)
      throw new Refusal('NOT_FOUND', 'The checklist has no such item. Open the check again.');
    return item;
  }

  #photosOf(itemId: string): number {
    return this.#photos.filter((photo) => photo.itemId === itemId).length;
  }
}

const OPEN = { result: 'OPEN', note: null, byName: null, atMs: null } as const;

/** By how such files begin. */
function mediaTypeOf(picture: Buffer): string | null {
  if (picture.subarray(0, 3).toString('hex') === 'ffd8ff') return 'image/jpeg';
  if (picture.subarray(0, 8).toString('hex') === '89504e470d0a1a0a') return 'image/png';
  const riff = picture.toString('latin1', 0, 4) === 'RIFF' && picture.toString('latin1', 8, 12) === 'WEBP';
  return riff ? 'image/webp' : null;
}
