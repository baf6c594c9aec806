import { useState } from 'react';
import { Button, Form } from 'react-aria-components';
import { useSelected } from '../../state/store.ts';
import { Field } from '../../ui/field.tsx';
import type { Parameter, ParameterChange } from './parameter-changes.ts';
import { useVehicleDesk } from './vehicle-desk.ts';
import { isWholeNumberType, numberText, typedNumber } from './vehicle-words.ts';

interface ParameterEditProps {
  systemId: number;
  parameter: Parameter;
  mayChange: boolean;
}

/** One parameter: what it holds, what it should hold, and what became of the last try. */
export function ParameterEdit({ systemId, parameter, mayChange }: ParameterEditProps) {
  const { changes } = useVehicleDesk();
  const { name, type, value } = parameter;
  const running = useSelected(changes.state, (all) => all.get(systemId)?.running ?? false);
  const change = useSelected(changes.state, (all) => all.get(systemId)?.byName.get(name) ?? null);
  const [typed, setTyped] = useState(numberText(value));
  const whole = isWholeNumberType(type);
  const wanted = typedNumber(typed);
  const usable = wanted !== null && (!whole || Number.isInteger(wanted));
  const put = (to: number): void => {
    setTyped(numberText(to));
    changes.set(systemId, [{ name, value: to }]);
  };
  return (
    <section className="parameter-edit" aria-label={`Parameter ${name}`}>
      <h3>{name}</h3>
      <p>
        The drone holds <b>{numberText(value)}</b>
        <span className="muted"> · {whole ? 'a whole number' : 'a number with decimals'}</span>
      </p>
      {mayChange ? (
        <Form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault();
            if (usable && !running) put(wanted);
          }}
        >
          <Field
            label="New value"
            value={typed}
            onChange={setTyped}
            inputMode="decimal"
            maxLength={20}
            error={usable ? null : whole ? 'Type a whole number.' : 'Type a number.'}
          />
          <Button type="submit" className="button primary" isDisabled={!usable || running}>
            {running ? 'Sending …' : 'Set and read back'}
          </Button>
          {change?.original != null && change.original !== value && (
            <Button className="button" isDisabled={running} onPress={() => put(change.original ?? value)}>
              Back to {numberText(change.original)}
            </Button>
          )}
        </Form>
      ) : (
        <p className="muted">Your role may not change parameters: ask a technician.</p>
      )}
      <div role="status" className="parameter-life">
        {change !== null && <ChangeLife change={change} />}
      </div>
    </section>
  );
}

function ChangeLife({ change }: { change: ParameterChange }) {
  const { state, wanted, value, sentence } = change;
  switch (state) {
    case 'WAITING':
    case 'SENDING':
      return <p>Sending {numberText(wanted)} …</p>;
    case 'ACCEPTED':
      return (
        <p>
          <b>Set.</b> Read back: {numberText(value ?? wanted)}
          {value !== null && value !== wanted && ` instead of ${numberText(wanted)}: the drone rounded it`}
        </p>
      );
    case 'REFUSED':
      return (
        <p>
          <b>Refused.</b> {sentence}
        </p>
      );
    case 'UNKNOWN':
      return (
        <p>
          <b>Not known whether it was set.</b> {sentence}
        </p>
      );
    case 'NOT_SENT':
      return (
        <p>
          <b>Not sent.</b> {sentence}
        </p>
      );
  }
}
