const POSITION_SOURCES: Record<string, string> = {
  exif: 'from the file',
  gps: 'from the file',
  file: 'from the file',
  tag: 'from the file',
  metadata: 'from the file',
  xmp: 'from the file',
  track: 'from the track in the video',
  variant: 'from another file of this picture',
  sidecar: 'from a file beside it',
};

const OFFSET_SOURCES: Record<string, string> = {
  tag: 'from the file',
  gps_time: "by the satellites' time",
  position_time_zone: 'by the time zone of its place',
  setting: 'by your setting',
  file_name: 'by the name of the file',
};

const DIRECTIONS = ['north', 'north-east', 'east', 'south-east', 'south', 'south-west', 'west', 'north-west'];

/** Where a position comes from, in words. */
export function positionSource(source: string | null): string {
  if (!source) return 'from the file';
  return POSITION_SOURCES[source.toLowerCase()] ?? `from ${source}`;
}

/** "UTC+01:00, by the time zone of its place"; says so when the offset is not known. */
export function offsetWords(offset: string | null, source: string | null): string {
  if (source === 'utc') return 'UTC, zone unknown';
  if (!offset) return 'local time; the time zone is not known';
  const from = source ? OFFSET_SOURCES[source] : undefined;
  return from ? `UTC${offset}, ${from}` : `UTC${offset}`;
}

/** Where a title, a caption, a keyword or a rating comes from. */
export function sourceWords(source: string | null): string {
  if (source === 'variant') return 'from another file of it';
  return source === 'sidecar' ? 'from a file beside it' : 'from the file';
}

/** 92 → "east (92°)". */
export function directionWords(degrees: number): string {
  return `${DIRECTIONS[Math.round(degrees / 45) % 8] ?? 'north'} (${Math.round(degrees)}°)`;
}

/** "de" → "German"; an unknown code is shown as it is. */
export function languageName(code: string): string {
  try {
    return new Intl.DisplayNames(['en'], { type: 'language' }).of(code) ?? code;
  } catch {
    return code;
  }
}
