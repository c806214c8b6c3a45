export interface Stretch {
  text: string;
  isMatch: boolean;
}

/** Cuts a text into stretches that matched and stretches that did not; ranges count code points, as the server does. */
export function markRanges(text: string, ranges: readonly (readonly [number, number])[]): Stretch[] {
  const letters = [...text];
  const parts: Stretch[] = [];
  let at = 0;
  const add = (to: number, isMatch: boolean) => {
    if (to > at) parts.push({ text: letters.slice(at, to).join(''), isMatch });
    at = Math.max(at, to);
  };
  for (const [from, to] of [...ranges].sort((a, b) => a[0] - b[0])) {
    add(Math.min(from, letters.length), false);
    add(Math.min(to, letters.length), true);
  }
  add(letters.length, false);
  return parts;
}
