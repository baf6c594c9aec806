import { Button } from 'react-aria-components';
import type { ZoneConflict } from '../../../preload/contract/review.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { useReview } from './review-context.ts';
import { useConflicts } from './review-queries.ts';

const WHERE = {
  DESTINATION: 'lands inside',
  ROUTE: 'way crosses it',
  POSITION: 'is inside',
} as const satisfies Record<ZoneConflict['where'], string>;

/** Missions in flight and the no-fly zones that they touch. Operate warns of them; this is the whole list. */
export function ConflictTable() {
  const review = useReview();
  const { conflicts, failure } = useConflicts();
  return (
    <section className="review-table" aria-label="Conflicts of missions in flight with zones">
      <FailureNote failure={failure} />
      {conflicts !== null && conflicts.length > 0 && (
        <table>
          <thead>
            <tr>
              <th scope="col">Drone</th>
              <th scope="col" className="review-words">
                Conflict
              </th>
              <th scope="col" className="review-words">
                Zone
              </th>
            </tr>
          </thead>
          <tbody>
            {conflicts.map((conflict) => (
              <tr key={`${conflict.missionId} ${conflict.zoneId} ${conflict.where}`}>
                <th scope="row">
                  <Button className="link-button" onPress={() => review.choose(conflict.missionId)}>
                    {conflict.droneId}
                  </Button>
                </th>
                <td className="review-words">{WHERE[conflict.where]}</td>
                <td className="review-words">
                  {conflict.zoneName} <span className="dim">{conflict.zoneType.toLowerCase()}</span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <p className="muted" role="status">
        {conflicts === null
          ? failure === null && 'Comparing missions with zones…'
          : conflicts.length === 0 && 'No mission in flight touches a no-fly zone that is in force.'}
      </p>
    </section>
  );
}
