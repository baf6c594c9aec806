import { Layers, LocateFixed, Minus, Plus } from 'lucide-react';
import { useEffect, useId, useState } from 'react';
import type { MapTexts } from './map-texts.ts';
import type { MapLayersShown, MapView } from './map-view.ts';

const TOGGLES = ['zones', 'trails', 'labels'] as const;

/** The buttons at the map's upper right. */
export function MapControls({ view, texts }: { view: MapView | null; texts: MapTexts }) {
  const [shown, setShown] = useState<MapLayersShown>({ zones: true, trails: true, labels: true });
  const [open, setOpen] = useState(false);
  const panelId = useId();
  useEffect(() => view?.show(shown), [view, shown]);

  return (
    <fieldset
      className="map-controls"
      aria-label={texts.controls}
      onKeyDown={(event) => {
        if (event.key === 'Escape') setOpen(false);
      }}
    >
      <MapButton label={texts.zoomIn} onClick={() => view?.zoomBy(1)}>
        <Plus aria-hidden="true" />
      </MapButton>
      <MapButton label={texts.zoomOut} onClick={() => view?.zoomBy(-1)}>
        <Minus aria-hidden="true" />
      </MapButton>
      <MapButton label={texts.fitFleet} onClick={() => view?.fitFleet()}>
        <LocateFixed aria-hidden="true" />
      </MapButton>
      <button
        type="button"
        aria-label={texts.layers}
        title={texts.layers}
        aria-expanded={open}
        aria-controls={panelId}
        onClick={() => setOpen(!open)}
      >
        <Layers aria-hidden="true" />
      </button>
      <div className="map-layers" id={panelId} hidden={!open}>
        {TOGGLES.map((layer) => (
          <label key={layer}>
            <input
              type="checkbox"
              checked={shown[layer]}
              onChange={(event) => setShown({ ...shown, [layer]: event.target.checked })}
            />
            {texts[layer]}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function MapButton(props: { label: string; onClick: () => void; children: React.ReactNode }) {
  return (
    <button type="button" aria-label={props.label} title={props.label} onClick={props.onClick}>
      {props.children}
    </button>
  );
}
