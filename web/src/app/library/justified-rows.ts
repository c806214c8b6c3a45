export interface PlacedTile {
  index: number;
  left_px: number;
  width_px: number;
}

export interface TileRow {
  top_px: number;
  height_px: number;
  tiles: PlacedTile[];
}

/** A row may grow to this multiple of the wanted height before it is left ragged. */
const MOST_GROWTH = 1.35;

/**
 * Lays pictures out in rows of equal height that fill the width, as in a printed contact sheet.
 * `aspects` are width / height; the last row keeps the wanted height when it cannot fill the width.
 */
export function justifiedRows(aspects: readonly number[], width_px: number, wanted_px: number, gap_px: number): TileRow[] {
  const rows: TileRow[] = [];
  let top_px = 0;
  let from = 0;
  while (from < aspects.length) {
    const to = endOfRow(aspects, from, width_px, wanted_px, gap_px);
    const row = placeRow(aspects.slice(from, to), from, width_px, wanted_px, gap_px);
    rows.push({ ...row, top_px });
    top_px += row.height_px + gap_px;
    from = to;
  }
  return rows;
}

/** Takes pictures until the row would be lower than wanted, then decides whether the last one fits better inside. */
function endOfRow(aspects: readonly number[], from: number, width_px: number, wanted_px: number, gap_px: number): number {
  let sum = 0;
  let before = Infinity;
  for (let to = from; to < aspects.length; to += 1) {
    sum += aspects[to] ?? 1;
    const height = (width_px - gap_px * (to - from)) / sum;
    if (height <= wanted_px) {
      const closerWithout = before - wanted_px < wanted_px - height && before <= wanted_px * MOST_GROWTH;
      return closerWithout && to > from ? to : to + 1;
    }
    before = height;
  }
  return aspects.length;
}

function placeRow(aspects: readonly number[], from: number, width_px: number, wanted_px: number, gap_px: number) {
  const sum = aspects.reduce((total, aspect) => total + aspect, 0);
  const full_px = (width_px - gap_px * (aspects.length - 1)) / sum;
  const fills = full_px <= wanted_px * MOST_GROWTH;
  const height_px = Math.round(fills ? full_px : wanted_px);
  let left_px = 0;
  const tiles = aspects.map((aspect, at) => {
    const isLast = at === aspects.length - 1;
    const tile_px = fills && isLast ? width_px - left_px : Math.min(width_px, Math.round(aspect * height_px));
    const tile = { index: from + at, left_px, width_px: tile_px };
    left_px += tile_px + gap_px;
    return tile;
  });
  return { height_px, tiles };
}
