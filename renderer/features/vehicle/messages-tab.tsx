import { memo, useState } from 'react';
import { ToggleButton } from 'react-aria-components';
import { Field } from '../../ui/field.tsx';
import { age } from '../../ui/formatting.ts';
import { ScrollArea } from '../../ui/scroll-area.tsx';
import type { ToolTabProps } from './tool-tab.ts';
import { useInspectedMessages } from './vehicle-feeds.ts';

type Message = NonNullable<ReturnType<typeof useInspectedMessages>>[number];

const STALE_AFTER_MS = 3_000;

/** The newest of every message that the vehicle sends, with its rate. */
export function MessagesTab({ systemId }: ToolTabProps) {
  const live = useInspectedMessages(systemId);
  const [frozen, setFrozen] = useState<readonly Message[] | null>(null);
  const [filter, setFilter] = useState('');
  const [chosen, setChosen] = useState<string | null>(null);
  const shown = frozen ?? live;
  if (shown === null) return <p className="muted">Waiting for messages…</p>;
  const wanted = filter.trim().toUpperCase().replaceAll(' ', '_');
  const messages = shown.filter(({ name }) => name.includes(wanted));
  const selected = shown.find((message) => keyOf(message) === chosen) ?? null;
  return (
    <div className="messages">
      <div className="messages-filter">
        <Field label="Find a message" value={filter} onChange={setFilter} />
        <ToggleButton
          className="button"
          isSelected={frozen !== null}
          onChange={(freeze) => setFrozen(freeze ? shown : null)}
        >
          {frozen === null ? 'Freeze' : 'Frozen · go on'}
        </ToggleButton>
        <span className="muted" role="status">
          {messages.length} of {shown.length} messages{frozen !== null && ' · nothing moves'}
        </span>
      </div>
      <ScrollArea label="Messages">
        <table className="table figures" aria-label="Messages">
          <thead>
            <tr>
              <th scope="col">Component</th>
              <th scope="col">Message</th>
              <th scope="col" className="number">
                Rate
              </th>
              <th scope="col" className="number">
                Age
              </th>
              <th scope="col" className="number">
                Count
              </th>
            </tr>
          </thead>
          <tbody>
            {messages.map((message) => (
              <MessageRow
                key={keyOf(message)}
                {...rowOf(message)}
                rowKey={keyOf(message)}
                selected={keyOf(message) === chosen}
                onChoose={setChosen}
              />
            ))}
          </tbody>
        </table>
        {messages.length === 0 && <p className="vehicle-empty muted">No message of this name was heard.</p>}
      </ScrollArea>
      <ScrollArea label="Fields">
        {selected === null ? (
          <p className="vehicle-empty muted">Choose a message to see all its fields.</p>
        ) : (
          <MessageFields message={selected} />
        )}
      </ScrollArea>
    </div>
  );
}

function keyOf({ componentId, messageId }: Message): string {
  return `${componentId} ${messageId}`;
}

/** In the words shown: a row whose words are the same is not drawn again. */
function rowOf({ componentId, name, rateHz, ageMs, count }: Message) {
  return {
    ...{ componentId, name, count, rate: rateHz.toFixed(1), age: age(ageMs / 1_000) },
    stale: ageMs > STALE_AFTER_MS,
  };
}

interface RowProps extends ReturnType<typeof rowOf> {
  rowKey: string;
  selected: boolean;
  onChoose(key: string): void;
}

const MessageRow = memo(function MessageRow(props: RowProps) {
  const { rowKey, componentId, name, rate, count, stale, selected, onChoose } = props;
  return (
    <tr aria-current={selected ? 'true' : undefined} data-stale={stale}>
      <td>{componentId}</td>
      <th scope="row">
        <button type="button" className="row-button" aria-pressed={selected} onClick={() => onChoose(rowKey)}>
          {name}
        </button>
      </th>
      <td className="number">{rate} Hz</td>
      <td className="number">{props.age}</td>
      <td className="number">{count}</td>
    </tr>
  );
});

function MessageFields({ message }: { message: Message }) {
  return (
    <section aria-label={`Fields of ${message.name}`}>
      <h2 className="fields-head">
        <span>{message.name}</span>
        <span className="dim">
          id {message.messageId} · component {message.componentId}
        </span>
      </h2>
      <table className="table figures fields" aria-label={`Fields of ${message.name}`}>
        <tbody>
          {message.fields.map(({ name, text }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{text}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
