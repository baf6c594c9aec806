const LONGEST_SIDE_PX = 1_600;
/** Base64 is a third longer than what it stands for; the station takes 2 MB. */
const LARGEST_BYTES = 1_900_000;
const QUALITIES = [0.85, 0.7, 0.5];

/** The picture as JPEG, made smaller on this page: what a phone takes is far larger than a record needs. */
export async function smallJpeg(file: File): Promise<string> {
  const picture = await createImageBitmap(file).catch(() => null);
  if (picture === null)
    throw new Error(`${file.name} is no picture that can be read here. Take another one.`);
  const scale = Math.min(1, LONGEST_SIDE_PX / Math.max(picture.width, picture.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  canvas.getContext('2d')?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  for (const quality of QUALITIES) {
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', quality));
    if (blob !== null && blob.size <= LARGEST_BYTES) return base64Of(blob);
  }
  throw new Error('The picture cannot be made small enough. Take another one.');
}

export function base64Of(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onerror = () => reject(new Error('The file could not be read. Choose it again.'));
    reader.onload = () => {
      const url = String(reader.result);
      resolve(url.slice(url.indexOf(',') + 1));
    };
    reader.readAsDataURL(blob);
  });
}
