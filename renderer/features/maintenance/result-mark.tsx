import type { ReactNode } from 'react';
import type { HealthResult, ManualResult } from '../../../preload/contract/health.ts';
import { MANUAL_WORDS, RESULT_WORDS } from './maintenance-words.ts';

type Mark = HealthResult | ManualResult['result'];

const PASSED = <path d="M2 8.500l4 4 8-9" fill="none" stroke="var(--ok)" strokeWidth="2.400" />;
const CROSS = <path d="M3 3l10 10M13 3L3 13" fill="none" stroke="var(--text)" strokeWidth="2.800" />;
const RING = (
  <circle
    cx="8"
    cy="8"
    r="6"
    fill="none"
    stroke="var(--text-3)"
    strokeWidth="1.800"
    strokeDasharray="2.500 2.200"
  />
);
const DOTS = (
  <g fill="var(--text-3)">
    <circle cx="3" cy="8" r="1.600" />
    <circle cx="8" cy="8" r="1.600" />
    <circle cx="13" cy="8" r="1.600" />
  </g>
);
const SHAPES: Record<Mark, ReactNode> = {
  PASS: PASSED,
  DONE: PASSED,
  CAUTION: <path d="M8 1l7 13H1z" fill="var(--caution)" />,
  FAIL: CROSS,
  DEFECT: CROSS,
  NOT_TESTABLE: RING,
  OPEN: RING,
  WAITING: DOTS,
};
const WORDS: Record<Mark, string> = { ...RESULT_WORDS, ...MANUAL_WORDS };

/** Shape and word: nothing by colour alone (U6). */
export function ResultMark({ result }: { result: Mark }) {
  return (
    <span className="result-mark" data-result={result}>
      <svg viewBox="0 0 16 16" aria-hidden="true">
        {SHAPES[result]}
      </svg>
      {WORDS[result]}
    </span>
  );
}
