import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button, Form } from 'react-aria-components';
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

/** How the centre is reached. Secrets go in and never come out again. */
export function SyncConnection({ startOpen }: { startOpen: boolean }) {
  const station = useStation();
  const { client } = station.connection;
  const ready = useSelected(station.session.state, (session) => session.readyEpoch !== null);
  const [open, setOpen] = useState(startOpen);
  const [typed, setTyped] = useState<Partial<Typed>>({});
  const known = useQuery({
    queryKey: ['syncConfiguration'],
    queryFn: () => client.sync.configuration(),
    enabled: ready,
    gcTime: 0,
  });
  const save = useAction(
    () => client.sync.configure(inputOf(values(), typed)),
    () => {
      setTyped({});
      setOpen(false);
      void known.refetch();
    },
  );
  const { data } = known;

  function values(): Typed {
    return {
      serverUrl: typed.serverUrl ?? data?.serverUrl ?? '',
      stationId: typed.stationId ?? data?.stationId ?? '',
      token: typed.token ?? '',
      authorityFile: typed.authorityFile ?? data?.authorityFile ?? '',
      redisUrl: typed.redisUrl ?? data?.redisUrl ?? '',
    };
  }
  const set = (name: keyof Typed) => (value: string) => setTyped({ ...typed, [name]: value });
  const { serverUrl, stationId, token, authorityFile, redisUrl } = values();

  if (!open)
    return (
      <section className="system-section" aria-label="Connection">
        <div className="buttons">
          <Button className="button" onPress={() => setOpen(true)}>
            Change the connection …
          </Button>
        </div>
      </section>
    );
  return (
    <section className="system-section sync-connection" aria-label="Connection">
      <h3>Connection</h3>
      {data?.byCommandLine === true && (
        <p className="muted">
          The command line gave this connection. What is changed here holds until the station is started
          again.
        </p>
      )}
      <Form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (!save.busy) save.run(undefined);
        }}
      >
        <div className="two">
          <Field
            label="Address of the central server"
            value={serverUrl}
            onChange={set('serverUrl')}
            placeholder="postgres://centre.example:6432/skyrescue"
            hint="PostgreSQL or PgBouncer. The connection is encrypted and the certificate verified."
            maxLength={1_000}
          />
          <Field
            label="Station id"
            value={stationId}
            onChange={set('stationId')}
            hint="As the centre named this station."
            maxLength={50}
          />
        </div>
        <div className="two">
          <Field
            label="Token"
            type="password"
            autoComplete="new-password"
            value={token}
            onChange={set('token')}
            hint={
              data?.hasToken === true
                ? 'Leave it empty to keep the one that is stored.'
                : 'As the centre printed it.'
            }
            maxLength={500}
          />
          <Field
            label="File of the certificate authority"
            value={authorityFile}
            onChange={set('authorityFile')}
            hint="With its whole path; empty: the authorities that this computer trusts."
            maxLength={1_000}
          />
        </div>
        <Field
          label="Address of Redis"
          value={redisUrl}
          onChange={set('redisUrl')}
          placeholder="rediss://centre.example:6379"
          hint="Shows live positions of other stations’ drones. Empty: none."
          maxLength={1_000}
        />
        <FailureNote failure={save.failure ?? (known.error === null ? null : failureOf(known.error))} />
        <div className="buttons">
          <Button
            type="submit"
            className="button primary"
            isDisabled={save.busy || serverUrl.trim() === '' || stationId.trim() === ''}
          >
            {save.busy ? 'Connecting …' : 'Connect'}
          </Button>
          {!startOpen && (
            <Button
              className="button"
              onPress={() => {
                setTyped({});
                setOpen(false);
              }}
            >
              Cancel
            </Button>
          )}
        </div>
      </Form>
    </section>
  );
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
