import './client/no-eval.ts';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { connect } from './client/connection.ts';
import { noticingOutdatedAddress } from './client/outdated-address.ts';
import { takePageToken } from './client/page-token.ts';
import { portSource, socketSource, type TransportSource } from './client/transport.ts';
import { createStation, StationContext } from './state/station.ts';
import './ui/tokens.css';
import './ui/base.css';

const source = stationSource();
const station = createStation(connect(source), window.sessionStorage, window.localStorage);

// "always": the default would pause a request while the browser believes itself offline and send it later (F1).
const queryClient = new QueryClient({
  defaultOptions: {
    queries: { networkMode: 'always', retry: false, refetchOnWindowFocus: false },
    mutations: { networkMode: 'always', retry: false },
  },
});

const root = document.getElementById('page');
if (root === null) throw new Error('The page has no element #page.');
createRoot(root).render(
  <QueryClientProvider client={queryClient}>
    <StationContext value={station}>
      <App />
    </StationContext>
  </QueryClientProvider>,
);

/** In the desktop shell a port, elsewhere the headless host that served this page. */
function stationSource(): TransportSource {
  if (window.skyrescue !== undefined) {
    const ports = portSource(window);
    window.skyrescue.requestPort();
    return ports;
  }
  const { location, history, sessionStorage } = window;
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
  // A station that was started anew has another token: its address differs from this one in the fragment alone, which
  // a browser follows without loading the page.
  window.addEventListener('hashchange', () => location.reload());
  const token = takePageToken(location, history, sessionStorage) ?? '';
  const url = `${scheme}://${location.host}/rpc?token=${encodeURIComponent(token)}`;
  return noticingOutdatedAddress(socketSource(url));
}
