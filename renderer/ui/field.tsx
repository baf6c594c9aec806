import { type HTMLInputTypeAttribute, type ReactNode, useId } from 'react';
import {
  Button,
  FieldError,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Select,
  SelectValue,
  Text,
  TextArea,
  TextField,
  ToggleButton,
  ToggleButtonGroup,
} from 'react-aria-components';
import './field.css';

interface FieldProps {
  label: string;
  value: string;
  onChange(value: string): void;
  hint?: ReactNode;
  error?: string | null;
  rows?: number;
  type?: HTMLInputTypeAttribute;
  inputMode?: 'numeric' | 'decimal' | 'tel' | 'text';
  autoComplete?: string;
  autoFocus?: boolean;
  maxLength?: number;
  placeholder?: string;
}

export function Field(props: FieldProps) {
  const { label, hint, error = null, rows, inputMode, placeholder, ...rest } = props;
  const { type = 'text', autoComplete = 'off', ...field } = rest;
  return (
    <TextField
      {...field}
      className="field"
      type={type}
      autoComplete={autoComplete}
      isInvalid={error !== null}
      validationBehavior="aria"
    >
      <Label className="label">{label}</Label>
      {rows === undefined ? (
        <Input className="input" inputMode={inputMode} placeholder={placeholder} spellCheck={false} />
      ) : (
        <TextArea className="input" rows={rows} placeholder={placeholder} />
      )}
      {hint !== undefined && (
        <Text slot="description" className="dim">
          {hint}
        </Text>
      )}
      <FieldError className="field-error">{error}</FieldError>
    </TextField>
  );
}

export interface Choice<Value extends string> {
  readonly value: Value;
  readonly label: string;
  /** What a screen reader says, where the visible words are too short. */
  readonly name?: string;
  /** Says nothing yet: chosen, it does not call for attention. */
  readonly neutral?: boolean;
}

interface SegmentsProps<Value extends string> {
  label: string;
  /** Hides the label from sight, not from screen readers. */
  labelHidden?: boolean;
  choices: readonly Choice<Value>[];
  value: Value;
  onChange(value: Value): void;
}

/** Exactly one of a few, all in sight. */
export function Segments<Value extends string>(props: SegmentsProps<Value>) {
  const { label, labelHidden = false, choices, value, onChange } = props;
  const labelId = useId();
  return (
    <div className="field">
      <span id={labelId} className={labelHidden ? 'visually-hidden' : 'label'}>
        {label}
      </span>
      <ToggleButtonGroup
        className="segments"
        aria-labelledby={labelId}
        disallowEmptySelection
        selectionMode="single"
        selectedKeys={[value]}
        onSelectionChange={(keys) => {
          const chosen = choices.find((choice) => keys.has(choice.value));
          if (chosen !== undefined) onChange(chosen.value);
        }}
      >
        {choices.map((choice) => (
          <ToggleButton
            key={choice.value}
            id={choice.value}
            aria-label={choice.name ?? choice.label}
            className={choice.neutral === true ? 'neutral' : ''}
          >
            {choice.label}
          </ToggleButton>
        ))}
      </ToggleButtonGroup>
    </div>
  );
}

interface ChooserProps<Value extends string> {
  label: string;
  choices: readonly Choice<Value>[];
  value: Value | null;
  onChange(value: Value): void;
  className?: string;
}

/** One of many, in a list that opens. */
export function Chooser<Value extends string>(props: ChooserProps<Value>) {
  const { label, choices, value, onChange, className = 'field' } = props;
  return (
    <Select
      className={className}
      value={value}
      onChange={(key) => {
        const chosen = choices.find((choice) => choice.value === key);
        if (chosen !== undefined) onChange(chosen.value);
      }}
    >
      <Label className="label">{label}</Label>
      <Button className="input chooser">
        <SelectValue />
        <span aria-hidden="true">▾</span>
      </Button>
      <Popover className="popover" isNonModal>
        <ListBox className="options">
          {choices.map((choice) => (
            <ListBoxItem key={choice.value} id={choice.value} textValue={choice.label} className="option">
              {choice.label}
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </Select>
  );
}
