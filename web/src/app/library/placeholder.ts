import { thumbHashToDataURL } from 'thumbhash';

const MOST_KEPT = 4000;
const made = new Map<string, string>();

/** A ThumbHash (base64) as a CSS image; null when there is none or it cannot be read. */
export function placeholderImage(hash: string | null): string | null {
  if (!hash) return null;
  const known = made.get(hash);
  if (known) return known;
  const image = decode(hash);
  if (made.size >= MOST_KEPT) made.clear();
  if (image) made.set(hash, image);
  return image;
}

function decode(hash: string): string | null {
  try {
    const bytes = Uint8Array.from(atob(hash), (character) => character.charCodeAt(0));
    return bytes.length < 5 ? null : `url("${thumbHashToDataURL(bytes)}")`;
  } catch {
    return null;
  }
}
