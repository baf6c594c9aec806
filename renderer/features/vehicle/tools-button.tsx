import { useEffect, useRef } from 'react';
import { Button } from 'react-aria-components';
import { useVehicleDesk } from './vehicle-desk.ts';

/** Opens the tools, and has the focus again when they were closed. */
export function ToolsButton() {
  const desk = useVehicleDesk();
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (desk.takeReturn()) button.current?.focus();
  }, [desk]);
  return (
    <Button ref={button} className="button small" onPress={() => desk.setOpen(true)}>
      Vehicle tools
    </Button>
  );
}
