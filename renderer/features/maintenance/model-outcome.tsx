import type { ModelVerification } from '../../../preload/contract/models.ts';
import { ResultMark } from './result-mark.tsx';

/** What a verification found; output by output where the maker's golden file was given. */
export function Outcome({ verification }: { verification: ModelVerification }) {
  const { fault, sentence, latencyMs, sha256, golden } = verification;
  return (
    <>
      <p className="model-outcome">
        <ResultMark result={fault === null ? 'PASS' : 'FAIL'} />
        <span>
          {sentence}
          {latencyMs !== null && ` ${latencyMs.toFixed(1)} ms for each input on this machine.`}{' '}
          <span className="muted">SHA-256 {sha256.slice(0, 16)}…</span>
        </span>
      </p>
      {golden.length > 0 && (
        <table className="table">
          <caption className="muted">Against the maker’s golden file</caption>
          <thead>
            <tr>
              <th scope="col">Case</th>
              <th scope="col">Output</th>
              <th scope="col">Result</th>
              <th scope="col">What was found</th>
            </tr>
          </thead>
          <tbody>
            {golden.map((each) => (
              <tr key={`${each.caseName} ${each.output}`}>
                <th scope="row">{each.caseName}</th>
                <td>{each.output}</td>
                <td className="nowrap">
                  <ResultMark result={each.sentence === null ? 'PASS' : 'FAIL'} />
                </td>
                <td>{each.sentence ?? `${each.numbers} numbers as they should be`}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}
