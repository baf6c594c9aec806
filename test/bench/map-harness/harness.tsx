import '../../../renderer/ui/tokens.css';
import { StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';
import type { Zone } from '../../../preload/contract/airspace.ts';
import type { Position } from '../../../preload/contract/geo.ts';
import { OperationsMap } from '../../../renderer/map/operations-map.tsx';
import { bostonBases, bostonMotion, bostonRoutes, bostonZones } from './boston.ts';
import { crowdMotion, crowdZones } from './crowd.ts';

/**
 * The map alone on a page, with Boston's few or a crowd of drones and zones, for the bench and for looking at.
 * Address: ?scene=boston|crowd&drones=200&zones=5000&seed=1&theme=dark
 */
const query = new URLSearchParams(location.search);
const crowd = query.get('scene') === 'crowd';
const seed = Number(query.get('seed') ?? 1);
const startZones = crowd ? crowdZones(Number(query.get('zones') ?? 5000), seed) : bostonZones();
const motion = crowd ? crowdMotion(Number(query.get('drones') ?? 200), seed) : bostonMotion();
const theme = query.get('theme') ?? 'dark';
document.documentElement.dataset.theme = theme;

function Page() {
  const [selectedKey, setSelectedKey] = useState<string | null>(crowd ? null : 'Alpha-3');
  const [pin, setPin] = useState<Position | null>(null);
  const [zones, setZones] = useState<readonly Zone[]>(startZones);
  // The bench changes one zone at a time, as the feed does.
  Object.assign(window, {
    changeZone: (index: number) =>
      setZones((before) =>
        before.map((zone, at) =>
          at === index ? { ...zone, version: zone.version + 1, inForce: !zone.inForce } : zone,
        ),
      ),
  });
  const picking = query.has('pick') ? { onPick: setPin } : {};
  return (
    <OperationsMap
      baseStations={bostonBases}
      zones={zones}
      motion={motion}
      selectedKey={selectedKey}
      onSelect={setSelectedKey}
      routes={crowd ? [] : bostonRoutes}
      pin={pin}
      theme={theme}
      {...picking}
    />
  );
}

const page = document.getElementById('page');
if (page !== null)
  createRoot(page).render(
    <StrictMode>
      <Page />
    </StrictMode>,
  );
