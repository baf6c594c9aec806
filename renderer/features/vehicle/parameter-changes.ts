import type { InferContractRouterOutputs } from '@orpc/contract';
import type { contract } from '../../../preload/contract/index.ts';
import { type Failure, failureOf } from '../../client/failure.ts';
import { createStore, type Readable } from '../../state/store.ts';

type Answers = InferContractRouterOutputs<typeof contract>['vehicleTools'];
export type Parameter = Answers['parameters']['parameters'][number];
export type ParameterDiff = Answers['compareParameterFile'];

/** The life of a change (U3, F7). */
export interface ParameterChange {
  readonly name: string;
  readonly wanted: number;
  readonly state: 'WAITING' | 'SENDING' | 'ACCEPTED' | 'REFUSED' | 'UNKNOWN' | 'NOT_SENT';
  /** What the vehicle held before this page first changed it; null: not known yet. */
  readonly original: number | null;
  /** As it was read back. */
  readonly value: number | null;
  readonly sentence: string | null;
}

export interface VehicleChanges {
  /** By the parameter's name: the last change of each. */
  readonly byName: ReadonlyMap<string, ParameterChange>;
  /** Of those that were asked for together. */
  readonly done: number;
  readonly total: number;
  readonly running: boolean;
}

interface Wish {
  readonly name: string;
  readonly value: number;
  /** A person wants it although its maker advises against it. */
  readonly againstAdvice?: boolean;
}

/** Changes parameters one by one, and goes on when nobody looks. */
export interface ParameterChanges {
  readonly state: Readable<ReadonlyMap<number, VehicleChanges>>;
  /** Does nothing while others of this vehicle are on their way. */
  set(systemId: number, wishes: readonly Wish[]): void;
  /** What is on its way is waited for; the rest is not sent. */
  cancel(systemId: number): void;
}

export const NO_CHANGES: VehicleChanges = { byName: new Map(), done: 0, total: 0, running: false };

type Send = (change: Wish & { systemId: number }) => Promise<{ name: string; value: number; before: number }>;

export function createParameterChanges(send: Send): ParameterChanges {
  const state = createStore<ReadonlyMap<number, VehicleChanges>>(new Map());
  const cancelled = new Set<number>();
  const of = (systemId: number): VehicleChanges => state.get().get(systemId) ?? NO_CHANGES;
  const change = (systemId: number, part: Partial<VehicleChanges>): void =>
    state.set(new Map(state.get()).set(systemId, { ...of(systemId), ...part }));
  const tell = (systemId: number, name: string, part: Partial<ParameterChange>): void => {
    const known = of(systemId).byName.get(name);
    if (known === undefined) return;
    change(systemId, { byName: new Map(of(systemId).byName).set(name, { ...known, ...part }) });
  };

  const run = async (systemId: number, wishes: readonly Wish[]): Promise<void> => {
    let stopped: string | null = null;
    for (const { name, value, againstAdvice = false } of wishes) {
      if (cancelled.has(systemId)) stopped ??= 'Cancelled before it was sent.';
      if (stopped !== null) {
        tell(systemId, name, { state: 'NOT_SENT', sentence: stopped });
        continue;
      }
      tell(systemId, name, { state: 'SENDING' });
      try {
        const set = await send({ systemId, name, value, ...(againstAdvice && { againstAdvice }) });
        const original = of(systemId).byName.get(name)?.original ?? set.before;
        tell(systemId, name, { state: 'ACCEPTED', value: set.value, original });
      } catch (error) {
        const failure = failureOf(error);
        const outcome = outcomeOf(failure);
        tell(systemId, name, { state: outcome, sentence: failure.sentence });
        // Refused for its own sake, the next may be taken; any other reason holds for all of them.
        if (outcome !== 'REFUSED') stopped = 'Not sent, because the one before it failed.';
      }
      change(systemId, { done: of(systemId).done + 1 });
    }
    cancelled.delete(systemId);
    change(systemId, { running: false });
  };

  return {
    state,
    set(systemId, wishes) {
      const before = of(systemId);
      if (before.running || wishes.length === 0) return;
      const byName = new Map(before.byName);
      for (const { name, value } of wishes)
        byName.set(name, {
          ...{ name, wanted: value, state: 'WAITING', value: null, sentence: null },
          original: before.byName.get(name)?.original ?? null,
        });
      change(systemId, { byName, done: 0, total: wishes.length, running: true });
      void run(systemId, wishes);
    },
    cancel(systemId) {
      if (of(systemId).running) cancelled.add(systemId);
    },
  };
}

function outcomeOf({ code }: Failure): ParameterChange['state'] {
  if (code === 'COMMAND_REFUSED' || code === 'INVALID_INPUT') return 'REFUSED';
  return code === 'COMMAND_UNKNOWN' || code === 'OUTCOME_NOT_KNOWN' ? 'UNKNOWN' : 'NOT_SENT';
}
