import { SlidersHorizontal } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { Button, Tooltip, TooltipTrigger } from 'react-aria-components';
import { useVehicleDesk } from './vehicle-desk.ts';

/** Opens the tools, and has the focus again when they were closed. */
export function ToolsButton() {
  const desk = useVehicleDesk();
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (desk.takeReturn()) button.current?.focus();
  }, [desk]);
  return (
    <TooltipTrigger delay={300}>
      <Button
        ref={button}
        className="button small tools-button"
        aria-label="Vehicle tools"
        onPress={() => desk.setOpen(true)}
      >
        <SlidersHorizontal aria-hidden="true" />
      </Button>
      <Tooltip className="popover tools-tip">Vehicle tools: messages, parameters, logs, files, plans</Tooltip>
    </TooltipTrigger>
  );
}
