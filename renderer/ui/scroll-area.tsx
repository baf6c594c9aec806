import type { ReactNode } from 'react';

/** In the tab order, so that what does not fit can be scrolled into sight by keyboard alone (WCAG 2.1.1). */
const IN_TAB_ORDER = { tabIndex: 0 };

export function ScrollArea({ label, children }: { label: string; children: ReactNode }) {
  return (
    <section className="side-scroll" aria-label={label} {...IN_TAB_ORDER}>
      {children}
    </section>
  );
}
