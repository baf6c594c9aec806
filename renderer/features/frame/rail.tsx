import { History, Navigation, Phone, Settings2, Wrench } from 'lucide-react';
import { Button } from 'react-aria-components';
import { useStation } from '../../state/station.ts';
import { useSelected } from '../../state/store.ts';
import type { Workspace } from '../../state/view.ts';

const WORKSPACES: readonly { id: Workspace; name: string; icon: typeof Phone }[] = [
  { id: 'operate', name: 'Operate', icon: Navigation },
  { id: 'dispatch', name: 'Dispatch', icon: Phone },
  { id: 'maintenance', name: 'Maintain', icon: Wrench },
  { id: 'review', name: 'Review', icon: History },
  { id: 'system', name: 'System', icon: Settings2 },
];

export function Rail() {
  const { view } = useStation();
  const current = useSelected(view, (state) => state.workspace);
  return (
    <nav className="rail" aria-label="Workspaces">
      {WORKSPACES.map(({ id, name, icon: Icon }) => (
        <Button key={id} onPress={() => view.open(id)} aria-current={id === current ? 'page' : undefined}>
          <Icon aria-hidden="true" />
          {name}
        </Button>
      ))}
    </nav>
  );
}
