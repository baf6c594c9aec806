import type { ReactNode } from 'react';
import { Button, Dialog, Form, Heading, Modal, ModalOverlay } from 'react-aria-components';
import type { Failure } from '../../client/failure.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { MissionsInFlight } from './missions-in-flight.tsx';
import './form-dialog.css';

interface FormDialogProps {
  title: string;
  open: boolean;
  onClose(): void;
  /** Words on the button that does it. */
  confirm: string;
  onConfirm(): void;
  confirmDisabled?: boolean;
  busy: boolean;
  failure: Failure | null;
  /** Replaces the confirming button, where the action must be held. */
  confirmButton?: ReactNode;
  children: ReactNode;
}

/** A question that a person answers before something is done. Escape leaves it. */
export function FormDialog(props: FormDialogProps) {
  const { title, open, onClose, confirm, onConfirm, confirmDisabled, busy, failure, confirmButton } = props;
  return (
    <ModalOverlay
      className="overlay"
      isOpen={open}
      isDismissable={false}
      onOpenChange={(next) => {
        if (!next) onClose();
      }}
    >
      <Modal className="modal">
        <Dialog className="dialog">
          <Heading slot="title">{title}</Heading>
          <Form
            className="stack"
            onSubmit={(event) => {
              event.preventDefault();
              if (confirmButton === undefined && !busy && confirmDisabled !== true) onConfirm();
            }}
          >
            {props.children}
            <FailureNote failure={failure} />
            <div className="dialog-buttons">
              <Button className="button" onPress={onClose}>
                Cancel
              </Button>
              {confirmButton ?? (
                <Button type="submit" className="button primary" isDisabled={confirmDisabled === true}>
                  {busy ? 'Sending…' : confirm}
                </Button>
              )}
            </div>
          </Form>
          {/* A question must not stand between a person and an abort (F4). */}
          <MissionsInFlight />
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
