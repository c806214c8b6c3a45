import { AssetSummary } from '../api/model';
import { tilesWithin } from './tiles-within';
import { HEADING_PX, layOutTimeline } from './timeline-layout';

const assets = Array.from({ length: 12 }, (_, id) => ({ id, width: 400, height: 300 }) as AssetSummary);
const layout = layOutTimeline([{ day: '2022-05-01', count: 12, place: null }], () => assets, {
  width_px: 1000,
  row_px: 200,
  gap_px: 4,
});

describe('tilesWithin', () => {
  it('finds what a rectangle touches, over several rows', () => {
    const rows = layout.bands[0]?.blocks[0]?.rows ?? [];
    const second = HEADING_PX + (rows[1]?.top_px ?? 0);
    const perRow = rows[0]?.tiles.length ?? 0;
    expect(tilesWithin(layout, { left: 1, right: 2, top: HEADING_PX + 1, bottom: second + 1 })).toEqual([0, perRow]);
  });
  it('finds nothing beside the pictures', () => {
    expect(tilesWithin(layout, { left: 0, right: 1000, top: 0, bottom: HEADING_PX - 2 })).toEqual([]);
    expect(tilesWithin(layout, { left: 0, right: 1000, top: layout.height_px + 9, bottom: 1e6 })).toEqual([]);
  });
});
