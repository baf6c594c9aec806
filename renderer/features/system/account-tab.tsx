import type { Person } from '../../../preload/contract/session.ts';

/** What a person may change of their own account. */
export function AccountTab({ person }: { person: Person }) {
  return (
    <section className="system-section" aria-label="Account">
      <h3>{person.displayName}</h3>
      <p className="muted">
        User name {person.dispatcherId} · {person.role.toLowerCase()}
      </p>
    </section>
  );
}
