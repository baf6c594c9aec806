import { Menu } from 'electron';

/** Only what an operator needs: no reload of a flying mission by accident, no developer tools in the field. */
export function applicationMenu(): Menu {
  return Menu.buildFromTemplate([
    { label: 'SkyRescue', submenu: [{ role: 'about' }, { type: 'separator' }, { role: 'quit' }] },
    { label: 'Edit', submenu: [{ role: 'cut' }, { role: 'copy' }, { role: 'paste' }, { role: 'selectAll' }] },
    {
      label: 'View',
      submenu: [{ role: 'resetZoom' }, { role: 'zoomIn' }, { role: 'zoomOut' }, { role: 'togglefullscreen' }],
    },
  ]);
}
