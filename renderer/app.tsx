import { useEffect } from 'react';
import { OUTDATED_ADDRESS } from './client/outdated-address.ts';
import { Frame } from './features/frame/frame.tsx';
import { RecoveryGate } from './features/recovery/recovery-page.tsx';
import { SignInPage } from './features/sign-in/sign-in-page.tsx';
import { useStation } from './state/station.ts';
import { useSelected } from './state/store.ts';

export function App() {
  const station = useStation();
  const theme = useSelected(station.settings, (settings) => settings.theme);
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);

  return (
    <RecoveryGate>
      <Pages />
    </RecoveryGate>
  );
}

function Pages() {
  const station = useStation();
  const person = useSelected(station.session.state, (state) => state.person);
  const resuming = useSelected(station.session.state, (state) => state.resuming);
  const outdated = useSelected(station.connection.state, (state) => state.outdated);
  if (person !== null) return <Frame person={person} />;
  if (resuming) {
    return (
      <p role="status" className="waiting muted">
        {outdated ? OUTDATED_ADDRESS : 'Waiting for the station to answer…'}
      </p>
    );
  }
  return <SignInPage />;
}
