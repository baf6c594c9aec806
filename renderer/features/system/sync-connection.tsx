import type { InferContractRouterOutputs } from '@orpc/contract';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button, Form } from 'react-aria-components';
import type { contract } from '../../../preload/contract/index.ts';
import { failureOf } from '../../client/failure.ts';
import { useAction } from '../../client/use-action.ts';
import { useStation } from '../../state/station.ts';
import { useSelected } from '../../state/store.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { Field } from '../../ui/field.tsx';

interface Typed {
  serverUrl: string;
  stationId: string;
  token: string;
  authorityFile: string;
  redisUrl: string;
}

type Known = InferContractRouterOutputs<typeof contract>['sync']['configuration'];

/** How the centre is reached. Secrets go in and never come out again. */
export function SyncConnection({ startOpen }: { startOpen: boolean }) {
  const station = useStation();
  const { client } = station.connection;
  const ready = useSelected(station.session.state, (session) => session.readyEpoch !== null);
  const [open, setOpen] = useState(startOpen);
  const known = useQuery({
    queryKey: ['syncConfiguration', open],
    queryFn: () => client.sync.configuration(),
    enabled: ready && open,
    gcTime: 0,
  });
  if (!open)
    return (
      <section className="system-section" aria-label="Connection">
        <div className="buttons">
          <Button className="button" onPress={() => setOpen(true)}>
            Change the connection…
          </Button>
        </div>
      </section>
    );
  return (
    <section className="system-section sync-connection" aria-label="Connection">
      <h3>Connection</h3>
      {known.data?.byCommandLine === true && (
        <p className="muted">
          The command line gave this connection. What is changed here holds until the station is started
          again.
        </p>
      )}
      <FailureNote failure={known.error === null ? null : failureOf(known.error)} />
      {known.data !== undefined && (
        <ConnectionForm known={known.data} onClose={startOpen ? null : () => setOpen(false)} />
      )}
    </section>
  );
}

interface ConnectionFormProps {
  known: Known;
  /** Null: there is nothing to go back to. */
  onClose: (() => void) | null;
}

function ConnectionForm({ known, onClose }: ConnectionFormProps) {
  const { client } = useStation().connection;
  const [typed, setTyped] = useState<Partial<Typed>>({});
  const values = { ...valuesOf(known), ...typed };
  const save = useAction(
    () => client.sync.configure(inputOf(values, typed)),
    () => {
      setTyped({});
      onClose?.();
    },
  );
  return (
    <Form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (!save.busy) save.run(undefined);
      }}
    >
      <ConnectionFields
        values={values}
        hasToken={known.hasToken}
        onType={(part) => setTyped({ ...typed, ...part })}
      />
      <FailureNote failure={save.failure} />
      <div className="buttons">
        <Button
          type="submit"
          className="button primary"
          isDisabled={save.busy || values.serverUrl.trim() === '' || values.stationId.trim() === ''}
        >
          {save.busy ? 'Connecting…' : 'Connect'}
        </Button>
        {onClose !== null && (
          <Button className="button" onPress={onClose}>
            Cancel
          </Button>
        )}
      </div>
    </Form>
  );
}

interface ConnectionFieldsProps {
  values: Typed;
  hasToken: boolean;
  onType(part: Partial<Typed>): void;
}

function ConnectionFields({ values, hasToken, onType }: ConnectionFieldsProps) {
  return (
    <>
      <div className="two">
        <Field
          label="Address of the central server"
          value={values.serverUrl}
          onChange={(serverUrl) => onType({ serverUrl })}
          placeholder="postgres://centre.example:6432/skyrescue"
          hint="PostgreSQL or PgBouncer. The connection is encrypted and the certificate verified."
          maxLength={1_000}
        />
        <Field
          label="Station id"
          value={values.stationId}
          onChange={(stationId) => onType({ stationId })}
          hint="As the centre named this station."
          maxLength={50}
        />
      </div>
      <div className="two">
        <Field
          label="Token"
          type="password"
          autoComplete="new-password"
          value={values.token}
          onChange={(token) => onType({ token })}
          hint={hasToken ? 'Leave it empty to keep the one that is stored.' : 'As the centre printed it.'}
          maxLength={500}
        />
        <Field
          label="File of the certificate authority"
          value={values.authorityFile}
          onChange={(authorityFile) => onType({ authorityFile })}
          hint="With its whole path; empty: the authorities that this computer trusts."
          maxLength={1_000}
        />
      </div>
      <Field
        label="Address of Redis"
        value={values.redisUrl}
        onChange={(redisUrl) => onType({ redisUrl })}
        placeholder="rediss://centre.example:6379"
        hint="Shows live positions of other stations’ drones. Empty: none."
        maxLength={1_000}
      />
    </>
  );
}

function valuesOf({ serverUrl, stationId, authorityFile, redisUrl }: Known): Typed {
  return {
    serverUrl: serverUrl ?? '',
    stationId: stationId ?? '',
    token: '',
    authorityFile: authorityFile ?? '',
    redisUrl: redisUrl ?? '',
  };
}

/** What was not typed stays as the station has it: it may hold a password that this page never got. */
function inputOf(values: Typed, typed: Partial<Typed>) {
  const token = values.token.trim();
  return {
    serverUrl: values.serverUrl.trim(),
    stationId: values.stationId.trim(),
    authorityFile: values.authorityFile.trim(),
    ...(token !== '' && { token }),
    ...(typed.redisUrl !== undefined && { redisUrl: values.redisUrl.trim() }),
  };
}
