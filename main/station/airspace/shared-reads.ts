/**
 * The same function, where calls with equal input that overlap in time share one answer: eight drones are planned to
 * one destination at once, and the database answers one question at a time.
 */
export function sharedWhilePending<Input, Output>(
  read: (input: Input) => Promise<Output>,
): (input: Input) => Promise<Output> {
  const pending = new Map<string, Promise<Output>>();
  return (input) => {
    const key = JSON.stringify(input);
    const shared = pending.get(key);
    if (shared !== undefined) return shared;
    const answer = read(input).finally(() => pending.delete(key));
    pending.set(key, answer);
    return answer;
  };
}
