import { useState } from 'react';
import { Button } from 'react-aria-components';
import type { LinkStatus, LinksOverview } from '../../../preload/contract/links.ts';
import { useAction } from '../../client/use-action.ts';
import { useStation } from '../../state/station.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { LinkDialog } from './links-dialog.tsx';
import { kilobytes, policyWords, rate, roundTrip, STATE_WORDS } from './links-words.ts';

interface LinksTableProps {
  links: readonly LinkStatus[];
  serialPorts: LinksOverview['serialPorts'];
  mayManage: boolean;
}

const COLUMNS = [
  'Link',
  'State',
  'Packets',
  'Data',
  'Loss',
  'Round trip',
  'Bad',
  'Unknown',
  'Unsigned',
  'Drones',
];

/** Every link with what comes over it. */
export function LinksTable({ links, serialPorts, mayManage }: LinksTableProps) {
  const [edited, setEdited] = useState<LinkStatus | 'NEW' | null>(null);
  return (
    <section className="system-section" aria-label="Links">
      <div className="section-head">
        <h3>Links</h3>
        {mayManage && (
          <Button className="button" onPress={() => setEdited('NEW')}>
            Add a link…
          </Button>
        )}
      </div>
      <table className="table" aria-label="Links">
        <thead>
          <tr>
            {COLUMNS.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
            <th scope="col">
              <span className="visually-hidden">Change</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {links.map((link) => (
            <LinkRow key={link.linkId} link={link} onEdit={mayManage ? () => setEdited(link) : null} />
          ))}
        </tbody>
      </table>
      <p className="muted">
        Serial ports:{' '}
        {serialPorts.length === 0
          ? 'none is plugged in'
          : serialPorts.map(({ device, description }) => [device, description].join(' ').trim()).join(' · ')}
      </p>
      {edited !== null && (
        <LinkDialog
          key={edited === 'NEW' ? 'NEW' : edited.linkId}
          link={edited === 'NEW' ? null : edited}
          serialPorts={serialPorts}
          onClose={() => setEdited(null)}
        />
      )}
    </section>
  );
}

function LinkRow({ link, onEdit }: { link: LinkStatus; onEdit: (() => void) | null }) {
  const { client } = useStation().connection;
  const reconnect = useAction(() => client.links.reconnect({ linkId: link.linkId }));
  const bad = link.badCrc + link.refusedFlags + link.badSignatures;
  return (
    <tr>
      <th scope="row">
        {link.address}
        <span className="links-more dim">
          {[link.fixed ? 'given at the start' : null, link.wired ? 'wired' : null]
            .filter((part) => part !== null)
            .join(' · ')}
        </span>
        {link.notice !== null && <span className="links-more">{link.notice}</span>}
        <FailureNote failure={reconnect.failure} />
      </th>
      <td className="nowrap links-state">
        <i className={link.state === 'OPEN' ? 'dot ok' : 'dot'} aria-hidden="true" />
        {STATE_WORDS[link.state]}
      </td>
      <td className="nowrap">{rate(link.packetsPerSecond)}</td>
      <td className="nowrap">{kilobytes(link.bytesPerSecond)}</td>
      <td className="nowrap">{link.lossPercent.toFixed(1)} %</td>
      <td className="nowrap">{roundTrip(link.roundTripMs)}</td>
      <td title="Damaged, of a kind that is refused, or with a wrong signature">{bad}</td>
      <td>{link.unknownIds}</td>
      <td>
        {policyWords(link.acceptUnsigned)}
        {link.unsignedRefused > 0 && <span className="links-more">{link.unsignedRefused} refused</span>}
      </td>
      <td>{link.vehicles}</td>
      <td className="table-action">
        {onEdit !== null && (
          <div className="buttons">
            <Button
              className="button small"
              aria-label={`Reconnect ${link.address}`}
              isDisabled={reconnect.busy}
              onPress={() => reconnect.run(undefined)}
            >
              Reconnect
            </Button>
            <Button className="button small" aria-label={`Change… ${link.address}`} onPress={onEdit}>
              Change…
            </Button>
          </div>
        )}
      </td>
    </tr>
  );
}
