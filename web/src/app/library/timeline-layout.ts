import { AssetSummary, TimelineDay } from '../api/model';
import { TileRow, justifiedRows } from './justified-rows';

/** A day's place on the page. `rows` are those of the pictures that are loaded; the rest keeps its estimated room. */
export interface DayBlock {
  key: string;
  day: TimelineDay;
  left_px: number;
  width_px: number;
  rows: TileRow[];
  assets: readonly AssetSummary[];
}

/** A stretch of the page: one day of several rows, or a few small days side by side in one row. */
export interface Band {
  key: string;
  top_px: number;
  height_px: number;
  blocks: DayBlock[];
}

export interface TimelineLayout {
  bands: Band[];
  height_px: number;
}

export interface PageShape {
  width_px: number;
  row_px: number;
  gap_px: number;
  /** Room kept free on top of the first day. */
  lead_px?: number;
}

export const HEADING_PX = 40;
const BAND_GAP_PX = 12;
const DAY_GAP_PX = 16;
/** What an unknown picture is taken to measure, and a picture of unknown size. */
const USUAL_ASPECT = 4 / 3;

export type LoadedDay = (key: string) => readonly AssetSummary[] | undefined;

export function dayKey(day: string | null): string {
  return day ?? 'none';
}

/**
 * Where every day lies. Which days share a band depends on their counts and the width alone, so loading a day can change
 * a band's height a little but never moves a picture to another band.
 */
export function layOutTimeline(days: readonly TimelineDay[], loaded: LoadedDay, shape: PageShape): TimelineLayout {
  const perRow = picturesPerRow(shape);
  const bands: Band[] = [];
  let top_px = shape.lead_px ?? 0;
  for (let at = 0; at < days.length; ) {
    const until = endOfBand(days, at, perRow);
    const group = days.slice(at, until);
    const band = group.length === 1 ? tallBand(group[0] as TimelineDay, loaded, shape) : sharedBand(group, loaded, shape);
    bands.push({ ...band, top_px });
    top_px += band.height_px + BAND_GAP_PX;
    at = until;
  }
  return { bands, height_px: Math.max(0, top_px - BAND_GAP_PX) };
}

/** The index of the band at a height of the page, by bisection. */
export function bandAt(bands: readonly Band[], y_px: number): number {
  let low = 0;
  let high = bands.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((bands[middle] as Band).top_px <= y_px) low = middle;
    else high = middle - 1;
  }
  return low;
}

function picturesPerRow(shape: PageShape): number {
  return Math.max(1, Math.round(shape.width_px / (shape.row_px * USUAL_ASPECT)));
}

function endOfBand(days: readonly TimelineDay[], from: number, perRow: number): number {
  let count = (days[from] as TimelineDay).count;
  let to = from + 1;
  while (to < days.length && count + (days[to] as TimelineDay).count <= perRow) {
    count += (days[to] as TimelineDay).count;
    to += 1;
  }
  return to;
}

function aspectOf(asset: AssetSummary): number {
  const aspect = asset.width && asset.height ? asset.width / asset.height : USUAL_ASPECT;
  return Math.min(8, Math.max(0.4, aspect));
}

function tallBand(day: TimelineDay, loaded: LoadedDay, shape: PageShape) {
  const key = dayKey(day.day);
  const assets = loaded(key) ?? [];
  const rows = rowsOf(assets, shape);
  const last = rows.at(-1);
  const loaded_px = last ? last.top_px + last.height_px : 0;
  const missing = Math.max(0, day.count - assets.length);
  const missing_px = Math.ceil(missing / picturesPerRow(shape)) * (shape.row_px + shape.gap_px);
  const block: DayBlock = { key, day, left_px: 0, width_px: shape.width_px, rows, assets };
  return { key, height_px: HEADING_PX + loaded_px + missing_px, blocks: [block] };
}

/** Rows of a loaded day; a loaded list is never changed in place, so its rows are remembered with it. */
function rowsOf(assets: readonly AssetSummary[], shape: PageShape): TileRow[] {
  const known = remembered.get(assets);
  if (known && known.width_px === shape.width_px && known.row_px === shape.row_px) return known.rows;
  const rows = justifiedRows(assets.map(aspectOf), shape.width_px, shape.row_px, shape.gap_px);
  remembered.set(assets, { width_px: shape.width_px, row_px: shape.row_px, rows });
  return rows;
}

const remembered = new WeakMap<readonly AssetSummary[], { width_px: number; row_px: number; rows: TileRow[] }>();

function sharedBand(days: readonly TimelineDay[], loaded: LoadedDay, shape: PageShape) {
  const parts = days.map((day) => {
    const assets = (loaded(dayKey(day.day)) ?? []).slice(0, day.count);
    const aspects = Array.from({ length: day.count }, (_, at) => {
      const asset = assets[at];
      return asset ? aspectOf(asset) : USUAL_ASPECT;
    });
    return { day, assets, aspects };
  });
  const gaps_px = parts.reduce((sum, part) => sum + (part.aspects.length - 1) * shape.gap_px, (parts.length - 1) * DAY_GAP_PX);
  const sum = parts.reduce((total, part) => total + part.aspects.reduce((a, b) => a + b, 0), 0);
  const height_px = Math.round(Math.min(shape.row_px * 1.25, (shape.width_px - gaps_px) / sum));
  let left_px = 0;
  const blocks = parts.map(({ day, assets, aspects }) => {
    let inner_px = 0;
    const tiles = aspects.map((aspect, index) => {
      const tile = { index, left_px: inner_px, width_px: Math.round(aspect * height_px) };
      inner_px += tile.width_px + shape.gap_px;
      return tile;
    });
    const width_px = inner_px - shape.gap_px;
    const rows = [{ top_px: 0, height_px, tiles: tiles.slice(0, assets.length) }];
    const block: DayBlock = { key: dayKey(day.day), day, left_px, width_px, rows, assets };
    left_px += width_px + DAY_GAP_PX;
    return block;
  });
  return { key: blocks.map((block) => block.key).join(), height_px: HEADING_PX + height_px, blocks };
}
