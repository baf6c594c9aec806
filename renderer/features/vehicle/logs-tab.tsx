import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Button } from 'react-aria-components';
import type { KeptFile, VehicleLog, VehicleTransfer } from '../../../preload/contract/vehicle-tools.ts';
import { failureOf } from '../../client/failure.ts';
import { useAction } from '../../client/use-action.ts';
import { useStation } from '../../state/station.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { NONE } from '../../ui/formatting.ts';
import { localDateAndTime } from '../system/account-words.ts';
import { KeptFiles } from './kept-files.tsx';
import { LogPlot } from './log-plot.tsx';
import type { ToolTabProps } from './tool-tab.ts';
import { TransferLine } from './transfer-line.tsx';
import { arrivalOf, sizeText } from './vehicle-words.ts';

/** The flight logs on the vehicle, brought here, and those that were: looked into, saved, deleted. */
export function LogsTab({ systemId, vehicle, isReplay, status, person }: ToolTabProps) {
  if (!person.permissions.includes('maintain_drones'))
    return <p className="muted">Your role may not read logs: ask a technician.</p>;
  const transfer = status?.transfer ?? null;
  return (
    <>
      {isReplay ? (
        <p className="muted">This is a recording: the drone of it cannot be asked for its logs.</p>
      ) : (
        <LogsOnDrone systemId={systemId} transfer={transfer} />
      )}
      <KeptLogs vehicle={vehicle} arrivedAtMs={arrivalOf(transfer, 'LOG')} />
    </>
  );
}

/** Those on this station, also of a drone that is not there. */
export function KeptLogs({ vehicle, arrivedAtMs }: { vehicle: string; arrivedAtMs: number | null }) {
  const [plotted, setPlotted] = useState<KeptFile | null>(null);
  return (
    <>
      <KeptFiles kind="LOG" {...{ vehicle, arrivedAtMs, plotted }} onPlot={setPlotted} />
      {plotted !== null && <LogPlot key={plotted.path} file={plotted} onClose={() => setPlotted(null)} />}
    </>
  );
}

function LogsOnDrone({ systemId, transfer }: { systemId: number; transfer: VehicleTransfer | null }) {
  const { client } = useStation().connection;
  const queries = useQueryClient();
  const query = useQuery({
    queryKey: ['vehicle', systemId, 'logs'],
    queryFn: () => client.vehicleTools.logs({ systemId }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const download = useAction((logId: string) => client.vehicleTools.downloadLog({ systemId, logId }));
  const arrivedAtMs = arrivalOf(transfer, 'LOG');
  useEffect(() => {
    if (arrivedAtMs !== null) void queries.invalidateQueries({ queryKey: ['vehicle', systemId, 'logs'] });
  }, [arrivedAtMs, queries, systemId]);
  const running = transfer?.state === 'RUNNING';
  const logs = query.data?.logs ?? [];
  return (
    <section className="system-section" aria-label="On the drone">
      <div className="tool-row">
        <h3>On the drone</h3>
        <span className="grow" />
        <Button
          className="button"
          isDisabled={query.isFetching || running}
          onPress={() => void query.refetch()}
        >
          {query.isFetching ? 'Listing…' : 'List again'}
        </Button>
      </div>
      <TransferLine systemId={systemId} transfer={transfer} mayCancel />
      <FailureNote failure={download.failure ?? (query.error === null ? null : failureOf(query.error))} />
      {logs.length > 0 && (
        <table className="table figures" aria-label="Logs on the drone">
          <thead>
            <tr>
              <th scope="col">Log</th>
              <th scope="col">Ended</th>
              <th scope="col" className="number">
                Size
              </th>
              <th scope="col">
                <span className="visually-hidden">Download</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {logs.map((log) => (
              <LogRow
                key={log.logId}
                log={log}
                transfer={transfer?.label === log.name ? transfer.state : null}
                busy={running || download.busy}
                onDownload={() => download.run(log.logId)}
              />
            ))}
          </tbody>
        </table>
      )}
      {query.isSuccess && logs.length === 0 && <p className="muted">The drone holds no logs.</p>}
    </section>
  );
}

interface LogRowProps {
  log: VehicleLog;
  /** The state of its own transfer, the last of this vehicle; null: another one was the last. */
  transfer: VehicleTransfer['state'] | null;
  busy: boolean;
  onDownload(): void;
}

function LogRow({ log, transfer, busy, onDownload }: LogRowProps) {
  const { name, sizeBytes, utcMs, kept } = log;
  return (
    <tr>
      <th scope="row">{name}</th>
      <td className="nowrap">{utcMs === null ? NONE : localDateAndTime(utcMs)}</td>
      <td className="number nowrap">{sizeText(sizeBytes)}</td>
      <td className="table-action">
        {kept === null ? (
          <Button
            className="button small"
            aria-label={transfer === 'FAILED' ? `Go on with ${name}` : `Download ${name}`}
            isDisabled={busy}
            onPress={onDownload}
          >
            {transfer === 'FAILED' ? 'Go on' : 'Download'}
          </Button>
        ) : (
          <span className="muted">on this station</span>
        )}
      </td>
    </tr>
  );
}
