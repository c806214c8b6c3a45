// Wall times are shown as they stood on the camera's clock, so they are read as if they were UTC and never shifted.
const DAY = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });
const MONTH = new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' });
const SHORT_MONTH = new Intl.DateTimeFormat('en-GB', { month: 'short', year: 'numeric', timeZone: 'UTC' });
const LONG_DAY = new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });

export const UNDATED = 'Without a date';

/** "2022-05-03" → "Tue 3 May 2022"; where no day is known "2022-05" → "May 2022", "2022" → "2022". */
export function dayWords(day: string | null): string {
  return roughWords(day) ?? writeDay(DAY, day) ?? UNDATED;
}

/** "2022-05-03" → "May 2022". */
export function monthWords(day: string | null): string {
  return roughWords(day) ?? writeDay(MONTH, day) ?? UNDATED;
}

/** "2022-05-03" → "May 2022", "2022-09-01" → "Sept 2022". */
export function shortMonthWords(day: string | null): string {
  const date = readDay(day);
  return date ? SHORT_MONTH.format(date) : UNDATED;
}

/** "2022-05-03T14:05:09" → "Tuesday 3 May 2022", "2022-05" → "May 2022"; null when it cannot be read. */
export function longDayWords(wall: string | null): string | null {
  return roughWords(wall) ?? writeDay(LONG_DAY, wall?.slice(0, 10) ?? null);
}

/** A wall time → "14:05:09"; null when it carries no time. */
export function clockWords(wall: string | null): string | null {
  return /[T ](\d{2}:\d{2}(?::\d{2})?)/.exec(wall ?? '')?.[1] ?? null;
}

/** The day a wall time falls on: "2022-05-03"; the month or the year alone where no more is known. */
export function dayOf(wall: string | null): string | null {
  if (roughWords(wall)) return wall;
  return readDay(wall?.slice(0, 10) ?? null) ? (wall as string).slice(0, 10) : null;
}

/** A year or a month alone, in words; null for anything else. */
function roughWords(wall: string | null): string | null {
  if (/^\d{4}$/.test(wall ?? '')) return wall;
  return /^\d{4}-\d{2}$/.test(wall ?? '') ? writeDay(MONTH, `${wall}-01`) : null;
}

function writeDay(format: Intl.DateTimeFormat, day: string | null): string | null {
  const date = readDay(day);
  return date ? format.format(date).replace(',', '') : null;
}

function readDay(day: string | null): Date | null {
  if (!day || !/^\d{4}-\d{2}-\d{2}$/.test(day)) return null;
  const date = new Date(`${day}T00:00:00Z`);
  return Number.isNaN(date.getTime()) ? null : date;
}
