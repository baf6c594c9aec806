import { type ReactNode, useCallback, useEffect, useId, useReducer, useRef } from 'react';
import './hold-button.css';
import {
  armedElapsed,
  assistiveClick,
  cancel,
  EXPIRES_MS,
  HOLD_MS,
  type HoldStep,
  holdElapsed,
  IDLE,
  press,
} from './hold.ts';

interface HoldButtonProps {
  children: ReactNode;
  onConfirm(): void;
  /** Called when a hold begins, so that the screen can keep still what is being confirmed. */
  onHoldStart?: () => void;
  look?: 'plain' | 'abort' | 'launch' | 'small';
  disabled?: boolean;
  /** Stands in the place of the instructions while it is disabled. */
  disabledHint?: string;
  busy?: boolean;
}

/** Confirms a dangerous action by holding it for a second with pointer, touch, Space or Enter (U2). */
export function HoldButton(props: HoldButtonProps) {
  const { children, onConfirm, onHoldStart, look = 'plain' } = props;
  const { disabled = false, disabledHint, busy = false } = props;
  const [, render] = useReducer((count: number) => count + 1, 0);
  const state = useRef(IDLE);
  const hintId = useId();
  const blocked = disabled || busy;
  const latest = useRef({ onConfirm, blocked });
  latest.current = { onConfirm, blocked };

  const apply = useCallback((step: HoldStep) => {
    const changed = step.state !== state.current;
    state.current = step.state;
    if (changed || step.confirmed) render();
    if (step.confirmed && !latest.current.blocked) latest.current.onConfirm();
  }, []);
  const stop = useCallback(() => apply(cancel(state.current)), [apply]);

  const current = state.current;
  useEffect(() => {
    if (current.phase === 'IDLE') return;
    const waitMs = current.phase === 'HOLDING' ? HOLD_MS : EXPIRES_MS + 1;
    const timer = setTimeout(() => {
      const elapsed = current.phase === 'HOLDING' ? holdElapsed : armedElapsed;
      apply(elapsed(state.current, performance.now()));
    }, waitMs);
    window.addEventListener('blur', stop);
    document.addEventListener('visibilitychange', stop);
    return () => {
      clearTimeout(timer);
      window.removeEventListener('blur', stop);
      document.removeEventListener('visibilitychange', stop);
    };
  }, [current, apply, stop]);
  useEffect(() => {
    if (blocked) stop();
  }, [blocked, stop]);

  const start = (): void => {
    if (blocked) return;
    onHoldStart?.();
    apply(press(state.current, performance.now()));
  };

  return (
    <button
      type="button"
      className={`hold hold-${look}`}
      data-phase={current.phase}
      aria-describedby={hintId}
      aria-disabled={blocked}
      aria-busy={busy}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        // A touch would keep sending to this button however far the finger strays: leaving must cancel.
        event.currentTarget.releasePointerCapture(event.pointerId);
        start();
      }}
      onPointerUp={stop}
      onPointerLeave={stop}
      onPointerCancel={stop}
      onContextMenu={(event) => event.preventDefault()}
      onBlur={stop}
      onKeyDown={(event) => {
        if (event.key === 'Escape') stop();
        if (event.key !== ' ' && event.key !== 'Enter') return;
        event.preventDefault();
        if (!event.repeat) start();
      }}
      onKeyUp={(event) => {
        if (event.key !== ' ' && event.key !== 'Enter') return;
        event.preventDefault();
        stop();
      }}
      onClick={(event) => {
        if (event.detail === 0 && !blocked) apply(assistiveClick(state.current, performance.now()));
      }}
    >
      <span className="hold-words">
        {children}
        <small id={hintId} className="hold-hint" aria-live="polite">
          {disabled && disabledHint !== undefined ? disabledHint : hint(current.phase, busy)}
        </small>
      </span>
    </button>
  );
}

function hint(phase: (typeof IDLE | HoldStep['state'])['phase'], busy: boolean): string {
  if (busy) return 'sending…';
  switch (phase) {
    case 'IDLE':
      return 'hold 1 s, or hold Space';
    case 'HOLDING':
      return 'keep holding…';
    case 'ARMED':
      return 'press again within 5 s to confirm';
  }
}
