import { ArrowDown, ArrowUp, Trash2 } from 'lucide-react';
import { Button, Checkbox } from 'react-aria-components';
import type { ChecklistItem } from '../../../preload/contract/health.ts';
import { Field, Segments } from '../../ui/field.tsx';
import type { DraftItem } from './maintenance-context.ts';

const EVIDENCE: readonly { value: ChecklistItem['evidence']; label: string; name: string }[] = [
  { value: 'NONE', label: 'None', name: 'No evidence' },
  { value: 'NOTE', label: 'Note', name: 'A note' },
  { value: 'PHOTO', label: 'Photo', name: 'A photo' },
];

interface ChecklistItemRowProps {
  item: DraftItem;
  index: number;
  count: number;
  onChange(item: DraftItem): void;
  onRemove(): void;
  onMove(by: -1 | 1): void;
}

export function ChecklistItemRow(props: ChecklistItemRowProps) {
  const { item, index, count, onChange, onRemove, onMove } = props;
  const name = item.title.trim() === '' ? `item ${index + 1}` : item.title;
  return (
    <li>
      <Field
        label={`Title ${index + 1}`}
        value={item.title}
        onChange={(title) => onChange({ ...item, title })}
        maxLength={100}
      />
      <div className="checklist-instruction">
        <Field
          label="Instruction"
          value={item.instruction}
          onChange={(instruction) => onChange({ ...item, instruction })}
          maxLength={500}
        />
      </div>
      <Segments
        label="Evidence"
        choices={EVIDENCE}
        value={item.evidence}
        onChange={(evidence) => onChange({ ...item, evidence })}
      />
      <Checkbox
        className="check"
        isSelected={item.required}
        onChange={(required) => onChange({ ...item, required })}
      >
        <span className="check-box" aria-hidden="true" />
        Required
      </Checkbox>
      <div className="buttons">
        <Button
          className="button small"
          aria-label={`Move up: ${name}`}
          isDisabled={index === 0}
          onPress={() => onMove(-1)}
        >
          <ArrowUp size={14} aria-hidden="true" />
        </Button>
        <Button
          className="button small"
          aria-label={`Move down: ${name}`}
          isDisabled={index === count - 1}
          onPress={() => onMove(1)}
        >
          <ArrowDown size={14} aria-hidden="true" />
        </Button>
        <Button className="button small" aria-label={`Remove: ${name}`} onPress={onRemove}>
          <Trash2 size={14} aria-hidden="true" />
        </Button>
      </div>
    </li>
  );
}
