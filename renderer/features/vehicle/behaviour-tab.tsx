import { useQuery } from '@tanstack/react-query';
import { failureOf } from '../../client/failure.ts';
import { useStation } from '../../state/station.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { asOfText } from './parameter-advice.ts';
import type { ToolTabProps } from './tool-tab.ts';
import { numberText } from './vehicle-words.ts';

const TOPICS = [
  { topic: 'FAILSAFE', title: 'When something fails' },
  { topic: 'RETURN', title: 'How it returns' },
  { topic: 'FENCE', title: 'Fence' },
  { topic: 'RALLY', title: 'Rally points' },
  { topic: 'HOME', title: 'Home' },
] as const;

/** What the autopilot does by itself, in words. */
export function BehaviourTab({ systemId, status }: ToolTabProps) {
  const { client } = useStation().connection;
  const readAtMs = status?.parameters?.readAtMs ?? null;
  const query = useQuery({
    queryKey: ['vehicle', systemId, 'parameters', readAtMs, 'behaviours'],
    queryFn: () => client.vehicleTools.behaviours({ systemId }),
  });
  return (
    <>
      {readAtMs === null && (
        <p className="muted">Read the parameters first: what depends on them is not known yet.</p>
      )}
      {status?.parameters?.verified === false && <p role="status">{asOfText(status.parameters)}</p>}
      <FailureNote failure={query.error === null ? null : failureOf(query.error)} />
      {TOPICS.map(({ topic, title }) => {
        const said = query.data?.behaviours.filter((behaviour) => behaviour.topic === topic) ?? [];
        return (
          said.length > 0 && (
            <section key={topic} className="system-section" aria-label={title}>
              <h3>{title}</h3>
              <table className="table" aria-label={title}>
                <tbody>
                  {said.map(({ when, sentence, parameters }) => (
                    <tr key={when}>
                      <th scope="row" className="behaviour-when">
                        {when}
                      </th>
                      <td>{sentence}</td>
                      <td className="dim behaviour-parameters">
                        {parameters
                          .map(
                            ({ name, value }) => `${name} ${value === null ? 'not read' : numberText(value)}`,
                          )
                          .join(', ')}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </section>
          )
        );
      })}
    </>
  );
}
