import type { EmergencyInput } from '../../preload/contract/emergencies.ts';
import type { Position } from '../../preload/contract/geo.ts';
import type { MissionSummary } from '../../preload/contract/missions.ts';
import type { StationClient } from '../../scripts/station-client.ts';

/** A call as tests take it; a test changes what it is about. */
export function emergencyAt(position: Position, changes: Partial<EmergencyInput> = {}): EmergencyInput {
  return {
    type: 'cardiac_arrest',
    position,
    address: '61 Salem St',
    city: 'Boston',
    state: 'MA',
    callerPhone: null,
    callerOnScene: true,
    bystanderAvailable: true,
    ambulanceOnScene: false,
    trauma: false,
    callerLanguage: 'en',
    victimAgeYears: 58,
    callerWords: null,
    ...changes,
  };
}

/** Takes a call and launches the best drone as soon as one may go. */
export async function launchRescue(
  client: StationClient,
  scene: Position,
  speed: number,
): Promise<MissionSummary> {
  const { emergencyId } = await client.emergencies.create(emergencyAt(scene));
  const deadlineMs = performance.now() + 180_000 / speed;
  for (;;) {
    const decision = await client.dispatch.assess({ emergencyId });
    const best = decision.candidates.find((candidate) => candidate.verdict === 'GO');
    if (best !== undefined)
      return client.dispatch.launch({ decisionId: decision.decisionId, droneId: best.droneId });
    if (performance.now() > deadlineMs)
      throw new Error(`No drone may go: ${JSON.stringify(decision.candidates)}`);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}
