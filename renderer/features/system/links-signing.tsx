import { useState } from 'react';
import { Button } from 'react-aria-components';
import type { SigningState } from '../../../preload/contract/links.ts';
import { useAction } from '../../client/use-action.ts';
import { useStation } from '../../state/station.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { Field } from '../../ui/field.tsx';
import { age } from '../../ui/formatting.ts';
import { FormDialog } from '../frame/form-dialog.tsx';
import { SIGNING_WORDS } from './links-words.ts';

/** Keys by which drone and station know each other's packets. */
export function LinksSigning({
  signing,
  mayManage,
}: {
  signing: readonly SigningState[];
  mayManage: boolean;
}) {
  const [ended, setEnded] = useState<number | null>(null);
  return (
    <section className="system-section" aria-label="Signing">
      <h3>Signed drones</h3>
      <p className="muted">
        A drone with a key obeys signed commands alone, and only what it signs is believed. Keys stay in this
        station and are sent over wired links only.
      </p>
      {signing.length > 0 && (
        <table className="table" aria-label="Signed drones">
          <thead>
            <tr>
              <th scope="col">System id</th>
              <th scope="col">State</th>
              <th scope="col">Signature last heard</th>
              <th scope="col">
                <span className="visually-hidden">End</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {signing.map(({ systemId, state, verifiedMsAgo }) => (
              <tr key={systemId}>
                <th scope="row">{systemId}</th>
                <td>{SIGNING_WORDS[state]}</td>
                <td>
                  {verifiedMsAgo === null ? 'not since the start' : `${age(verifiedMsAgo / 1_000)} ago`}
                </td>
                <td className="table-action">
                  {mayManage && (
                    <Button
                      className="button small"
                      aria-label={`Forget the key… of system ${systemId}`}
                      onPress={() => setEnded(systemId)}
                    >
                      Forget the key…
                    </Button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {mayManage && <SetUpSigning />}
      {ended !== null && <ForgetKey systemId={ended} onClose={() => setEnded(null)} />}
    </section>
  );
}

function SetUpSigning() {
  const { client } = useStation().connection;
  const [typed, setTyped] = useState('');
  const systemId = /^\d{1,3}$/.test(typed.trim()) ? Number(typed) : 0;
  const send = useAction(
    () => client.links.setUpSigning({ systemId }),
    () => setTyped(''),
  );
  return (
    <div className="links-add">
      <Field
        label="System id of the drone on the cable"
        value={typed}
        onChange={setTyped}
        inputMode="numeric"
        maxLength={3}
      />
      <Button
        className="button"
        isDisabled={systemId < 1 || systemId > 254 || send.busy}
        onPress={() => send.run(undefined)}
      >
        Send it a new key
      </Button>
      <FailureNote failure={send.failure} />
    </div>
  );
}

function ForgetKey({ systemId, onClose }: { systemId: number; onClose(): void }) {
  const { client } = useStation().connection;
  const end = useAction(() => client.links.endSigning({ systemId }), onClose);
  return (
    <FormDialog
      title={`Forget the key of system ${systemId}?`}
      open
      onClose={onClose}
      confirm="Forget the key"
      onConfirm={() => end.run(undefined)}
      busy={end.busy}
      failure={end.failure}
    >
      <p>
        On a wired link the drone is told to stop signing. Without one it keeps its key, and this station
        cannot command it until a new key is set up over a cable.
      </p>
    </FormDialog>
  );
}
