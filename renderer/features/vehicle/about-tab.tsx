import { Button } from 'react-aria-components';
import type { VehicleToolsStatus } from '../../../preload/contract/vehicle-tools.ts';
import { useAction } from '../../client/use-action.ts';
import { useStation } from '../../state/station.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { age, coordinates, NONE } from '../../ui/formatting.ts';
import type { ToolTabProps } from './tool-tab.ts';

/** The parts of the vehicle that speak, its clock, and what it broadcasts of itself. */
export function AboutTab({ systemId, status }: ToolTabProps) {
  const { client } = useStation().connection;
  const ask = useAction(() => client.vehicleTools.discoverComponents({ systemId }));
  if (status === null) return <p className="muted">Waiting for the station to answer…</p>;
  return (
    <>
      <section className="system-section" aria-label="Components">
        <div className="tool-row">
          <h3>Components</h3>
          <span className="grow" />
          <Button className="button" isDisabled={ask.busy} onPress={() => ask.run(undefined)}>
            Ask each what it is
          </Button>
        </div>
        <FailureNote failure={ask.failure} />
        <ComponentTable components={status.components} />
      </section>
      <section className="system-section" aria-label="Clock">
        <h3>Clock</h3>
        <ClockText clock={status.clock} />
      </section>
      <section className="system-section" aria-label="Remote ID">
        <h3>Remote ID</h3>
        <RemoteIdText remoteId={status.remoteId} />
      </section>
    </>
  );
}

function ComponentTable({ components }: Pick<VehicleToolsStatus, 'components'>) {
  return (
    <table className="table figures" aria-label="Components">
      <thead>
        <tr>
          <th scope="col" className="number narrow">
            Id
          </th>
          <th scope="col">Component</th>
          <th scope="col" className="number">
            Heard
          </th>
          <th scope="col">Maker and model</th>
          <th scope="col">Software</th>
          <th scope="col">Serial number</th>
        </tr>
      </thead>
      <tbody>
        {components.map((component) => (
          <tr key={component.componentId} data-stale={component.ageMs > 3_000}>
            <td className="number">{component.componentId}</td>
            <th scope="row">
              {component.kind}
              {component.servesFiles === true && <span className="dim"> serves files</span>}
            </th>
            <td className="number nowrap">{age(component.ageMs / 1_000)} ago</td>
            <td>
              {[component.vendor, component.model].filter((word) => word !== null).join(' ') || NONE}
              {component.metadataUri !== null && <span className="dim"> {component.metadataUri}</span>}
            </td>
            <td>{component.softwareVersion ?? NONE}</td>
            <td>{component.serialNumber ?? NONE}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function ClockText({ clock }: Pick<VehicleToolsStatus, 'clock'>) {
  if (clock === null)
    return <p className="muted">Not measured yet: the drone was not asked, or does not answer.</p>;
  return (
    <p>
      Started at {utcText(clock.offsetMs)}, known to {clock.errorMs.toFixed(1)} ms
      <span className="muted"> · there and back {clock.roundTripMs.toFixed(1)} ms</span>
    </p>
  );
}

function RemoteIdText({ remoteId }: Pick<VehicleToolsStatus, 'remoteId'>) {
  if (remoteId === null) return <p className="muted">No Remote ID module is heard.</p>;
  const { readyToArm, error, uasId, latitudeDeg, longitudeDeg, ageMs } = remoteId;
  const ready = readyToArm === null ? 'Has not said whether it is ready' : readyToArm ? 'Ready' : 'Not ready';
  return (
    <p>
      <b>{ready}</b>
      {error !== null && ` · ${error}`} · {uasId === null ? 'no identity is set' : `broadcasts ${uasId}`}
      {latitudeDeg !== null && longitudeDeg !== null && ` at ${coordinates({ latitudeDeg, longitudeDeg })}`}
      <span className="muted">{` · component ${remoteId.componentId}, heard ${age(ageMs / 1_000)} ago`}</span>
    </p>
  );
}

/** The latest instant that a date can say. A vehicle may claim anything. */
const LAST_INSTANT_MS = 8.64e15;

function utcText(instantMs: number): string {
  if (!(Math.abs(instantMs) <= LAST_INSTANT_MS)) return 'a time that no clock can show';
  return `${new Date(instantMs).toISOString().replace('T', ' ').slice(0, 19)} UTC`;
}
