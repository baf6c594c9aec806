import { Fragment, useState } from 'react';
import { Button, Checkbox, Form } from 'react-aria-components';
import type { ParameterDescription } from '../../../preload/contract/vehicle-tools.ts';
import { useSelected } from '../../state/store.ts';
import { Field } from '../../ui/field.tsx';
import { isAgainstAdvice, rangeText, valueWords } from './parameter-advice.ts';
import type { Parameter, ParameterChange } from './parameter-changes.ts';
import { useVehicleDesk } from './vehicle-desk.ts';
import { isWholeNumberType, numberText, typedNumber } from './vehicle-words.ts';

interface ParameterEditProps {
  systemId: number;
  parameter: Parameter;
  /** What its maker says of it; null: nothing that is known. */
  description: ParameterDescription | null;
  mayChange: boolean;
}

/** One parameter: what it holds, what it should hold, and what became of the last try. */
export function ParameterEdit({ systemId, parameter, description, mayChange }: ParameterEditProps) {
  const { changes } = useVehicleDesk();
  const { name, type, value } = parameter;
  const change = useSelected(changes.state, (all) => all.get(systemId)?.byName.get(name) ?? null);
  const unit = description?.unit ?? null;
  const range = description === null ? null : rangeText(description);
  const kind = isWholeNumberType(type) ? 'a whole number' : 'a number with decimals';
  return (
    <section className="parameter-edit" aria-label={`Parameter ${name}`}>
      <h3>{name}</h3>
      <p>
        The drone holds <b>{unit === null ? numberText(value) : `${numberText(value)} ${unit}`}</b>
        <span className="muted"> · {valueWords(description, value) ?? range ?? kind}</span>
      </p>
      {mayChange ? (
        <ValueForm systemId={systemId} parameter={parameter} description={description} change={change} />
      ) : (
        <p className="muted">Your role may not change parameters: ask a technician.</p>
      )}
      <div role="status" className="parameter-life">
        {change !== null && <ChangeLife change={change} />}
      </div>
      {description !== null && <Description description={description} />}
    </section>
  );
}

interface ValueFormProps extends Omit<ParameterEditProps, 'mayChange'> {
  change: ParameterChange | null;
}

/** What its maker advises against is sent only when a person says so once more. */
function ValueForm({ systemId, parameter, description, change }: ValueFormProps) {
  const { changes } = useVehicleDesk();
  const { name, type, value } = parameter;
  const running = useSelected(changes.state, (all) => all.get(systemId)?.running ?? false);
  const [typed, setTyped] = useState(numberText(value));
  const [insists, setInsists] = useState(false);
  const whole = isWholeNumberType(type);
  const wanted = typedNumber(typed);
  const usable = wanted !== null && (!whole || Number.isInteger(wanted));
  const against = (to: number): boolean => description !== null && isAgainstAdvice(description, to);
  const mustInsist = usable && against(wanted);
  const put = (to: number): void => {
    setTyped(numberText(to));
    setInsists(false);
    changes.set(systemId, [{ name, value: to, againstAdvice: against(to) }]);
  };
  const unit = description?.unit ?? null;
  const mayPut = usable && !running && (!mustInsist || insists);
  return (
    <Form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (mayPut) put(wanted);
      }}
    >
      <Field
        label={unit === null ? 'New value' : `New value, ${unit}`}
        value={typed}
        onChange={setTyped}
        inputMode="decimal"
        maxLength={20}
        error={usable ? null : whole ? 'Type a whole number.' : 'Type a number.'}
      />
      {mustInsist && (
        <Checkbox className="check" isSelected={insists} onChange={setInsists}>
          <span className="check-box" aria-hidden="true" />
          {numberText(wanted)} is not what its maker advises. Set it nevertheless.
        </Checkbox>
      )}
      <Button type="submit" className="button primary" isDisabled={!mayPut}>
        {running ? 'Sending…' : 'Set and read back'}
      </Button>
      {change?.original != null && change.original !== value && (
        <Button className="button" isDisabled={running} onPress={() => put(change.original ?? value)}>
          Back to {numberText(change.original)}
        </Button>
      )}
    </Form>
  );
}

/** What its maker says of it: more of it only for those who want it. */
function Description({ description }: { description: ParameterDescription }) {
  const { summary, details, usual, values, needsReboot } = description;
  return (
    <div className="parameter-description">
      {summary !== '' && <p>{summary}</p>}
      <dl className="parameter-facts">
        {usual !== null && (
          <>
            <dt>Usual</dt>
            <dd>{numberText(usual)}</dd>
          </>
        )}
        {values.map(({ value, words }) => (
          <Fragment key={value}>
            <dt>{numberText(value)}</dt>
            <dd>{words}</dd>
          </Fragment>
        ))}
      </dl>
      {needsReboot && <p>A change counts from the next start of the drone on.</p>}
      {details !== '' && details !== summary && <p className="muted">{details}</p>}
    </div>
  );
}

function ChangeLife({ change }: { change: ParameterChange }) {
  const { state, wanted, value, sentence } = change;
  switch (state) {
    case 'WAITING':
    case 'SENDING':
      return <p>Sending {numberText(wanted)}…</p>;
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
