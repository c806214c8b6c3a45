export interface Stretch {
  text: string;
  isMatch: boolean;
}

/** Cuts a text into stretches that matched and stretches that did not; case does not matter. */
export function markMatches(text: string, matched: readonly string[]): Stretch[] {
  const words = matched.filter((word) => word.length > 0).sort((a, b) => b.length - a.length);
  if (words.length === 0) return [{ text, isMatch: false }];
  const pattern = new RegExp(words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|'), 'giu');
  const parts: Stretch[] = [];
  let from = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > from) parts.push({ text: text.slice(from, match.index), isMatch: false });
    parts.push({ text: match[0], isMatch: true });
    from = match.index + match[0].length;
  }
  if (from < text.length) parts.push({ text: text.slice(from), isMatch: false });
  return parts;
}
