import { useState } from 'react';
import { Button, Checkbox } from 'react-aria-components';
import type { AcceptUnsigned, LinkStatus, LinksOverview } from '../../../preload/contract/links.ts';
import { useAction } from '../../client/use-action.ts';
import { useStation } from '../../state/station.ts';
import { Field, Segments } from '../../ui/field.tsx';
import { FormDialog } from '../frame/form-dialog.tsx';
import { POLICIES } from './links-words.ts';

interface LinkDialogProps {
  /** Null: a new one. */
  link: LinkStatus | null;
  serialPorts: LinksOverview['serialPorts'];
  onClose(): void;
}

export function LinkDialog({ link, serialPorts, onClose }: LinkDialogProps) {
  const { client } = useStation().connection;
  const [address, setAddress] = useState(link?.address ?? '');
  const [wired, setWired] = useState(link?.wired ?? false);
  const [acceptUnsigned, setAcceptUnsigned] = useState<AcceptUnsigned>(
    link?.acceptUnsigned ?? 'UNLESS_KEYED',
  );
  const options = { address: address.trim(), wired, acceptUnsigned };
  const save = useAction(
    () =>
      link === null ? client.links.add(options) : client.links.edit({ linkId: link.linkId, ...options }),
    onClose,
  );
  const remove = useAction((linkId: string) => client.links.remove({ linkId }), onClose);
  return (
    <FormDialog
      title={link === null ? 'Add a link' : `Link ${link.address}`}
      open
      onClose={onClose}
      confirm={link === null ? 'Open the link' : 'Save'}
      onConfirm={() => save.run(undefined)}
      confirmDisabled={options.address === ''}
      busy={save.busy || remove.busy}
      failure={save.failure ?? remove.failure}
    >
      {link?.fixed === true ? (
        <p className="muted">Its address was given when the station was started.</p>
      ) : (
        <AddressField address={address} onChange={setAddress} serialPorts={serialPorts} />
      )}
      <Checkbox className="check" isSelected={wired} onChange={setWired}>
        <span className="check-box" aria-hidden="true" />
        Wired: a cable that nobody can listen to. Signing keys are sent over such links alone.
      </Checkbox>
      <Segments<AcceptUnsigned>
        label="Packets without a signature count"
        choices={POLICIES}
        value={acceptUnsigned}
        onChange={setAcceptUnsigned}
      />
      {link !== null && !link.fixed && (
        <div>
          <Button className="button" isDisabled={remove.busy} onPress={() => remove.run(link.linkId)}>
            Remove this link
          </Button>
        </div>
      )}
    </FormDialog>
  );
}

interface AddressFieldProps {
  address: string;
  onChange(address: string): void;
  serialPorts: LinksOverview['serialPorts'];
}

function AddressField({ address, onChange, serialPorts }: AddressFieldProps) {
  return (
    <>
      <Field
        label="Address"
        value={address}
        onChange={onChange}
        maxLength={200}
        autoFocus
        placeholder="udpin:0.0.0.0:14550"
        hint="udpin:HOST:PORT listens, udpout:HOST:PORT and tcp:HOST:PORT call a vehicle, serial:DEVICE:BAUD is a radio on a cable."
      />
      {serialPorts.length > 0 && (
        <div className="buttons">
          {serialPorts.map(({ device }) => (
            <Button key={device} className="button small" onPress={() => onChange(`serial:${device}:57600`)}>
              {device}
            </Button>
          ))}
        </div>
      )}
    </>
  );
}
