import { useState } from 'react';
import { Button, Checkbox } from 'react-aria-components';
import type { ForwardStatus } from '../../../preload/contract/links.ts';
import { useAction } from '../../client/use-action.ts';
import { useStation } from '../../state/station.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { Field } from '../../ui/field.tsx';
import { rate, STATE_WORDS } from './links-words.ts';

/** Other ground stations that hear all drones of this one. */
export function LinksForwarding({
  forwarding,
  mayManage,
}: {
  forwarding: readonly ForwardStatus[];
  mayManage: boolean;
}) {
  const { client } = useStation().connection;
  const remove = useAction((address: string) => client.links.removeForwarding({ address }));
  return (
    <section className="system-section" aria-label="Forwarding">
      <h3>Forwarding to other ground stations</h3>
      {forwarding.length > 0 && (
        <table className="table" aria-label="Forwarding">
          <thead>
            <tr>
              <th scope="col">Other station</th>
              <th scope="col">State</th>
              <th scope="col">Packets</th>
              <th scope="col">May command</th>
              <th scope="col">Commands passed on</th>
              <th scope="col">Refused</th>
              <th scope="col">
                <span className="visually-hidden">Remove</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {forwarding.map((station) => (
              <tr key={station.address}>
                <th scope="row">
                  {station.address}
                  {station.notice !== null && <span className="links-more">{station.notice}</span>}
                </th>
                <td className="nowrap links-state">
                  <i className={station.state === 'OPEN' ? 'dot ok' : 'dot'} aria-hidden="true" />
                  {STATE_WORDS[station.state]}
                </td>
                <td>{rate(station.packetsPerSecond)}</td>
                <td>{station.twoWay ? 'yes' : 'no'}</td>
                <td>{station.commandsForwarded}</td>
                <td>{station.refused}</td>
                <td className="table-action">
                  {mayManage && (
                    <Button
                      className="button small"
                      aria-label={`Remove ${station.address}`}
                      isDisabled={remove.busy}
                      onPress={() => remove.run(station.address)}
                    >
                      Remove
                    </Button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <FailureNote failure={remove.failure} />
      {mayManage ? <AddForwarding /> : forwarding.length === 0 && <p className="muted">None.</p>}
    </section>
  );
}

function AddForwarding() {
  const { client } = useStation().connection;
  const [address, setAddress] = useState('');
  const [twoWay, setTwoWay] = useState(false);
  const add = useAction(
    () => client.links.addForwarding({ address: address.trim(), twoWay }),
    () => setAddress(''),
  );
  return (
    <div className="links-add">
      <Field
        label="Address of another station"
        value={address}
        onChange={setAddress}
        maxLength={200}
        placeholder="10.0.0.5:14550"
      />
      <Checkbox className="check" isSelected={twoWay} onChange={setTwoWay}>
        <span className="check-box" aria-hidden="true" />
        It may command drones through this station
      </Checkbox>
      <Button
        className="button"
        isDisabled={address.trim() === '' || add.busy}
        onPress={() => add.run(undefined)}
      >
        Forward to it
      </Button>
      <FailureNote failure={add.failure} />
    </div>
  );
}
