import { Button } from 'react-aria-components';
import type { VehicleTransfer } from '../../../preload/contract/vehicle-tools.ts';
import { useAction } from '../../client/use-action.ts';
import { useStation } from '../../state/station.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { localTime } from '../../ui/formatting.ts';
import { sizeText, TRANSFER_WORDS } from './vehicle-words.ts';

interface TransferLineProps {
  systemId: number;
  transfer: VehicleTransfer | null;
  mayCancel: boolean;
}

/** The transfer that runs with the vehicle, or the last one: its place is kept, so that nothing moves (U5, U12). */
export function TransferLine({ systemId, transfer, mayCancel }: TransferLineProps) {
  const { client } = useStation().connection;
  const cancel = useAction(() => client.vehicleTools.cancelTransfer({ systemId }));
  const running = transfer?.state === 'RUNNING';
  return (
    <div className="transfer">
      <progress aria-label="Transfer" max={100} value={transfer?.percent ?? 0} data-running={running} />
      <span className="transfer-percent">{transfer === null ? '' : `${transfer.percent} %`}</span>
      <span className="transfer-words" role="status">
        {transfer !== null && <TransferWords transfer={transfer} />}
      </span>
      <Button
        className="button small"
        isDisabled={!running || !mayCancel || cancel.busy}
        onPress={() => cancel.run(undefined)}
      >
        Cancel
      </Button>
      <FailureNote failure={cancel.failure} />
    </div>
  );
}

function TransferWords({ transfer }: { transfer: VehicleTransfer }) {
  const { label, state, bytes, sizeBytes, sentence, startedAtMs } = transfer;
  return (
    <>
      <b>
        {label}: {TRANSFER_WORDS[state]}
      </b>
      {bytes !== null && sizeBytes !== null && ` · ${sizeText(bytes)} of ${sizeText(sizeBytes)}`}
      {sentence !== null && ` · ${sentence}`}
      <span className="dim"> · begun {localTime(startedAtMs)}</span>
    </>
  );
}
