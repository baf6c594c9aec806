import { Refusal } from '../../../preload/contract/errors.ts';
import type { Checklist, ChecklistItem, ManualResult } from '../../../preload/contract/health.ts';
import type { Clock } from '../ports/clock.ts';
import { type Random, uuidV7 } from '../ports/random.ts';

const MOST_PHOTOS_OF_AN_ITEM = 4;
/** All the photos of a check are held in memory until it is signed. */
const MOST_PHOTOS = 24;
const MOST_PHOTO_BYTES = 2_000_000;

export interface Photo {
  readonly photoId: string;
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
  readonly #random: Random;
  #photos: readonly Photo[] = [];

  constructor(checklist: Checklist, clock: Clock, random: Random) {
    this.#checklist = checklist;
    this.#clock = clock;
    this.#random = random;
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

  /** What was ticked meanwhile stays as it is. */
  keepNote(itemId: string, note: string, byName: string): void {
    this.#itemOf(itemId);
    if ((this.#ticked.get(itemId)?.result ?? 'OPEN') === 'OPEN')
      this.set(itemId, { result: 'OPEN', note, byName });
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
    const takenAtMs = this.#clock.nowMs();
    const photoId = uuidV7(takenAtMs, this.#random);
    this.#photos = [...this.#photos, { photoId, itemId, mediaType, base64, takenAtMs }];
  }

  removePhoto(photoId: string): void {
    const photo = this.#photos.find((each) => each.photoId === photoId);
    if (photo === undefined)
      throw new Refusal('NOT_FOUND', 'This photo is not in the check any more. Look at the check again.');
    this.#photos = this.#photos.filter((each) => each !== photo);
    const { itemId } = photo;
    const ticked = this.#ticked.get(itemId);
    const bare = this.#itemOf(itemId).evidence === 'PHOTO' && this.#photosOf(itemId) === 0;
    // Its evidence is gone.
    if (bare && ticked?.result === 'DONE') this.#ticked.set(itemId, { ...ticked, result: 'OPEN' });
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
