import { Camera, X } from 'lucide-react';
import { useState } from 'react';
import { Button, FileTrigger } from 'react-aria-components';
import type { ChecklistItem } from '../../../preload/contract/health.ts';
import { type Failure, failureOf } from '../../client/failure.ts';
import { useAction } from '../../client/use-action.ts';
import { useStation } from '../../state/station.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { useAskAgain } from './maintenance-queries.ts';
import { smallJpeg } from './photo.ts';

export interface ItemPhoto {
  readonly photoId: string;
  readonly mediaType: string;
  readonly base64: string;
}

interface PhotosProps {
  droneId: string;
  title: string;
  photos: readonly ItemPhoto[];
  mayMaintain: boolean;
}

/** What was taken of an item; until the check is signed it can be taken back. */
export function ItemPhotos({ droneId, title, photos, mayMaintain }: PhotosProps) {
  const { client } = useStation().connection;
  const askAgain = useAskAgain();
  const remove = useAction(
    (photoId: string) => client.health.removePhoto({ droneId, photoId }),
    () => askAgain('photos'),
  );
  if (photos.length === 0) return null;
  return (
    <>
      <div className="item-photos">
        {photos.map(({ photoId, mediaType, base64 }, index) => (
          <span key={photoId}>
            <img src={`data:${mediaType};base64,${base64}`} alt={`Evidence ${index + 1}: ${title}`} />
            {mayMaintain && (
              <Button
                className="button small"
                aria-label={`Remove photo ${index + 1}: ${title}`}
                isDisabled={remove.busy}
                onPress={() => remove.run(photoId)}
              >
                <X size={14} aria-hidden="true" /> Remove
              </Button>
            )}
          </span>
        ))}
      </div>
      <FailureNote failure={remove.failure} />
    </>
  );
}

export function PhotoButton({ droneId, item }: { droneId: string; item: ChecklistItem }) {
  const { client } = useStation().connection;
  const askAgain = useAskAgain();
  const [failure, setFailure] = useState<Failure | null>(null);
  const [busy, setBusy] = useState(false);
  const take = async (file: File | null): Promise<void> => {
    if (file === null) return;
    setBusy(true);
    setFailure(null);
    try {
      const base64 = await smallJpeg(file);
      await client.health
        .addPhoto({ droneId, itemId: item.itemId, mediaType: 'image/jpeg', base64 })
        .catch((error: unknown) => setFailure(failureOf(error)));
      askAgain('photos');
    } catch (error) {
      const sentence = error instanceof Error ? error.message : String(error);
      setFailure({ code: 'INVALID_INPUT', sentence });
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <FileTrigger
        acceptedFileTypes={['image/*']}
        defaultCamera="environment"
        onSelect={(files) => void take(files?.[0] ?? null)}
      >
        <Button className="button small" isDisabled={busy} aria-label={`Add a photo: ${item.title}`}>
          <Camera size={14} aria-hidden="true" /> Photo
        </Button>
      </FileTrigger>
      <FailureNote failure={failure} />
    </>
  );
}
