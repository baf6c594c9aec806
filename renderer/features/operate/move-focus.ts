import type { KeyboardEvent } from 'react';

/** Arrow keys walk the list, as in every list. */
export function moveFocus(event: KeyboardEvent<HTMLUListElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined) return;
  const buttons = [...event.currentTarget.querySelectorAll('button')];
  const focused = buttons.findIndex((button) => button.contains(document.activeElement));
  const next = buttons[focused + step];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}
