import type { InferContractRouterOutputs } from '@orpc/contract';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Button } from 'react-aria-components';
import type { contract } from '../../../preload/contract/index.ts';
import { failureOf } from '../../client/failure.ts';
import { useAction } from '../../client/use-action.ts';
import { useStation } from '../../state/station.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { NONE } from '../../ui/formatting.ts';
import { localDateAndTime } from '../system/account-words.ts';
import { LogPlot } from './log-plot.tsx';
import type { ToolTabProps } from './tool-tab.ts';
import { TransferLine } from './transfer-line.tsx';
import { sizeText } from './vehicle-words.ts';

/** The flight logs on the vehicle: brought here, and looked into. */
export function LogsTab({ systemId, status, person }: ToolTabProps) {
  const mayRead = person.permissions.includes('maintain_drones');
  if (!mayRead) return <p className="muted">Your role may not read logs: ask a technician.</p>;
  return <LogList systemId={systemId} transfer={status?.transfer ?? null} />;
}

type VehicleLog = InferContractRouterOutputs<typeof contract>['vehicleTools']['logs']['logs'][number];
type Transfer = NonNullable<NonNullable<ToolTabProps['status']>['transfer']>;

function LogList({ systemId, transfer }: { systemId: number; transfer: Transfer | null }) {
  const { client } = useStation().connection;
  const queries = useQueryClient();
  const [plotted, setPlotted] = useState<string | null>(null);
  const query = useQuery({
    queryKey: ['vehicle', systemId, 'logs'],
    queryFn: () => client.vehicleTools.logs({ systemId }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const download = useAction((logId: string) => client.vehicleTools.downloadLog({ systemId, logId }));
  const ended = transfer?.kind === 'LOG' && transfer.state === 'DONE' ? transfer.startedAtMs : null;
  useEffect(() => {
    if (ended !== null) void queries.invalidateQueries({ queryKey: ['vehicle', systemId, 'logs'] });
  }, [ended, queries, systemId]);
  const running = transfer?.state === 'RUNNING';
  const logs = query.data?.logs ?? [];
  const shown = logs.find(({ logId, downloadedTo }) => logId === plotted && downloadedTo !== null);
  return (
    <>
      <div className="tool-row">
        <Button
          className="button"
          isDisabled={query.isFetching || running}
          onPress={() => void query.refetch()}
        >
          {query.isFetching ? 'Listing …' : 'List again'}
        </Button>
        <TransferLine systemId={systemId} transfer={transfer} mayCancel />
      </div>
      <FailureNote failure={download.failure ?? (query.error === null ? null : failureOf(query.error))} />
      <table className="table figures" aria-label="Logs">
        <thead>
          <tr>
            <th scope="col">Log</th>
            <th scope="col">Ended</th>
            <th scope="col" className="number">
              Size
            </th>
            <th scope="col">Where it lies</th>
            <th scope="col">
              <span className="visually-hidden">Download or plot</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {logs.map((log) => (
            <LogRow
              key={log.logId}
              log={log}
              transfer={transfer?.label === log.name ? transfer.state : null}
              plotted={log === shown}
              busy={running || download.busy}
              onDownload={() => download.run(log.logId)}
              onPlot={() => setPlotted(log.logId)}
            />
          ))}
        </tbody>
      </table>
      {query.isSuccess && logs.length === 0 && <p className="muted">The drone holds no logs.</p>}
      {shown !== undefined && (
        <LogPlot key={shown.logId} systemId={systemId} logId={shown.logId} name={shown.name} />
      )}
    </>
  );
}

interface LogRowProps {
  log: VehicleLog;
  /** The state of its own transfer, the last of this vehicle; null: another one was the last. */
  transfer: Transfer['state'] | null;
  plotted: boolean;
  busy: boolean;
  onDownload(): void;
  onPlot(): void;
}

function LogRow({ log, transfer, plotted, busy, onDownload, onPlot }: LogRowProps) {
  const { name, sizeBytes, utcMs, downloadedTo } = log;
  return (
    <tr aria-current={plotted ? 'true' : undefined}>
      <th scope="row">{name}</th>
      <td className="nowrap">{utcMs === null ? NONE : localDateAndTime(utcMs)}</td>
      <td className="number nowrap">{sizeText(sizeBytes)}</td>
      <td className="muted">
        {downloadedTo ?? (transfer === 'RUNNING' ? 'being downloaded' : 'on the drone')}
      </td>
      <td className="table-action">
        {downloadedTo === null ? (
          <Button
            className="button small"
            aria-label={transfer === 'FAILED' ? `Go on with ${name}` : `Download ${name}`}
            isDisabled={busy}
            onPress={onDownload}
          >
            {transfer === 'FAILED' ? 'Go on' : 'Download'}
          </Button>
        ) : (
          <Button className="button small" aria-label={`Plot ${name}`} onPress={onPlot}>
            Plot
          </Button>
        )}
      </td>
    </tr>
  );
}
