import { createContext, useContext } from 'react';
import type { Position } from '../../../preload/contract/geo.ts';
import { createStore, type Readable } from '../../state/store.ts';
import { EMPTY_FORM, type ReviewForm, type ReviewPart } from './review-filter.ts';

export interface ReviewState {
  readonly part: ReviewPart;
  readonly form: ReviewForm;
  readonly missionId: string | null;
  /** A place whose nearest ready drone is asked for. */
  readonly place: Position | null;
}

/** What is looked at in Review: it survives a look at another workspace (U5). */
export interface Review {
  readonly state: Readable<ReviewState>;
  show(part: ReviewPart): void;
  edit(change: Partial<ReviewForm>): void;
  choose(missionId: string): void;
  pick(place: Position): void;
}

export function createReview(): Review {
  const store = createStore<ReviewState>({
    ...{ part: 'missions', form: EMPTY_FORM, missionId: null, place: null },
  });
  const change = (part: Partial<ReviewState>): void => store.set({ ...store.get(), ...part });
  return {
    state: store,
    show: (part) => change({ part }),
    edit: (form) => change({ form: { ...store.get().form, ...form } }),
    choose: (missionId) => change({ missionId }),
    pick: (place) => change({ place }),
  };
}

export const ReviewContext = createContext<Review | null>(null);

export function useReview(): Review {
  const review = useContext(ReviewContext);
  if (review === null) throw new Error('ReviewContext is missing around this component.');
  return review;
}
