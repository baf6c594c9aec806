import { CircleX } from 'lucide-react';
import type { Failure } from '../client/failure.ts';

/** The sentence of a refusal, beside what was refused. */
export function FailureNote({ failure }: { failure: Failure | null }) {
  return (
    <div role="alert" className="failure">
      {failure !== null && (
        <p>
          <CircleX aria-hidden="true" />
          {failure.sentence}
        </p>
      )}
    </div>
  );
}
