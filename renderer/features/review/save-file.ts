/** Hands a text or bytes to the person as a file, made on this page: nothing is sent anywhere. */
export function saveFile(name: string, mediaType: string, ...parts: BlobPart[]): void {
  const url = URL.createObjectURL(new Blob(parts, { type: mediaType }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken it over by the next turn.
  setTimeout(() => URL.revokeObjectURL(url), 0);
}
