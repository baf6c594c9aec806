import { createContext, useContext } from 'react';
import type { Station } from '../../state/station.ts';
import { type Intake, openIntake } from './intake.ts';
import { weatherInput } from './intake-form.ts';

export function createIntake(station: Station): Intake {
  const { client } = station.connection;
  return openIntake({
    create: (input) => client.emergencies.create(input),
    update: (input) => client.emergencies.update(input),
    assess: (input) => client.dispatch.assess(input),
    openEmergencies: () => station.openEmergencies.get(),
    weatherOf: (form) => weatherInput(form, station.settings.get().units),
    nowMs: () => station.nowMs(),
  });
}

export const IntakeContext = createContext<Intake | null>(null);

export function useIntake(): Intake {
  const intake = useContext(IntakeContext);
  if (intake === null) throw new Error('IntakeContext is missing around this component.');
  return intake;
}
