import { useMutation } from '@tanstack/react-query';
import { type Failure, failureOf } from './failure.ts';

export interface Action<Input> {
  run(input: Input): void;
  readonly busy: boolean;
  readonly failure: Failure | null;
  forget(): void;
}

/** One request that a person starts: whether it runs, and the sentence when it was refused. */
export function useAction<Input, Output>(
  request: (input: Input) => Promise<Output>,
  onDone?: (output: Output) => void,
): Action<Input> {
  const mutation = useMutation({ mutationFn: request, ...(onDone && { onSuccess: onDone }) });
  return {
    run: (input) => mutation.mutate(input),
    busy: mutation.isPending,
    failure: mutation.error === null ? null : failureOf(mutation.error),
    forget: mutation.reset,
  };
}
