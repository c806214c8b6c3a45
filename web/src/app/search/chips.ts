/** One part of a query: a word, or a filter such as `object:bus`, as the server reads it too. */
export interface Chip {
  field: string | null;
  text: string;
  negated: boolean;
  raw: string;
}

const FIELD = /^([a-z]+):(.*)$/is;

/** Splits a query into chips: blanks separate, double quotes hold words together, a leading minus negates. */
export function parseQuery(query: string): Chip[] {
  return split(query).map(readChip);
}

/** The query that means these chips; `parseQuery` reads it back to the same chips. */
export function formatQuery(chips: readonly Chip[]): string {
  return chips.map((chip) => chip.raw).join(' ');
}

/** A chip for a field and a text, quoted where the text needs it. */
export function makeChip(field: string | null, text: string, negated = false): Chip {
  const value = /[\s"]/.test(text) ? `"${text.replaceAll('"', '')}"` : text;
  const raw = (negated ? '-' : '') + (field ? `${field}:` : '') + value;
  return readChip(raw);
}

function split(query: string): string[] {
  const tokens: string[] = [];
  let token = '';
  let quoted = false;
  for (const character of query) {
    if (character === '"') quoted = !quoted;
    if (/\s/.test(character) && !quoted) {
      if (token) tokens.push(token);
      token = '';
    } else {
      token += character;
    }
  }
  // a quote that was never closed is closed, so that the chip reads the same when it is written back
  if (quoted) token += '"';
  if (token) tokens.push(token);
  return tokens.filter((one) => unquote(one.replace(/^-/, '')) !== '');
}

function readChip(raw: string): Chip {
  const negated = raw.startsWith('-') && raw.length > 1;
  const body = negated ? raw.slice(1) : raw;
  const match = body.startsWith('"') ? null : FIELD.exec(body);
  const field = match?.[1]?.toLowerCase() ?? null;
  return { field, text: unquote(match ? (match[2] ?? '') : body), negated, raw };
}

function unquote(text: string): string {
  return text.replaceAll('"', '').trim();
}
