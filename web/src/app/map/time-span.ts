/** A stretch of whole months, both ends included; months are counted from January of year 0. */
export interface Span {
  from: number;
  to: number;
}

/** "2019-05" → its number; NaN when it is none. */
export function monthNumber(month: string): number {
  const [year, ofYear] = month.split('-').map(Number);
  return year !== undefined && ofYear !== undefined && ofYear >= 1 && ofYear <= 12 ? year * 12 + ofYear - 1 : Number.NaN;
}

/** The number of a month → "2019-05". */
export function monthText(month: number): string {
  return `${String(Math.floor(month / 12)).padStart(4, '0')}-${String((month % 12) + 1).padStart(2, '0')}`;
}

/** What `taken:` of a search names, cut to the months that there are; null when that is all of them, or none. */
export function readSpan(taken: string | undefined, all: Span): Span | null {
  const [start = '', end = start] = (taken ?? '').split('..');
  if (!start && !end) return null;
  const from = start ? monthNumber(/^\d{4}$/.test(start) ? `${start}-01` : start) : all.from;
  const to = end ? monthNumber(/^\d{4}$/.test(end) ? `${end}-12` : end) : all.to;
  if (Number.isNaN(from) || Number.isNaN(to) || from > all.to || to < all.from || from > to) return null;
  return narrowed({ from, to }, all);
}

/** A stretch within all that there is; null when it is all of it. */
export function narrowed(span: Span, all: Span): Span | null {
  const from = Math.min(all.to, Math.max(all.from, span.from));
  const to = Math.max(from, Math.min(all.to, span.to));
  return from === all.from && to === all.to ? null : { from, to };
}

/** As a search has it: "2019-05", "2019-05..2021-06". */
export function takenText({ from, to }: Span): string {
  return from === to ? monthText(from) : `${monthText(from)}..${monthText(to)}`;
}
