import { justifiedRows } from './justified-rows';

const GAP = 4;

describe('justifiedRows', () => {
  const aspects = Array.from({ length: 57 }, (_, at) => [1.5, 0.67, 1.33, 1.78, 1][at % 5] as number);

  it('fills the width to the pixel in all rows but the last', () => {
    for (const width of [358, 1019, 1333]) {
      const rows = justifiedRows(aspects, width, 220, GAP);
      for (const row of rows.slice(0, -1)) {
        const last = row.tiles.at(-1);
        expect((last?.left_px ?? 0) + (last?.width_px ?? 0)).toBe(width);
        expect(row.height_px).toBeGreaterThan(220 / 2);
        expect(row.height_px).toBeLessThanOrEqual(Math.round(220 * 1.35));
      }
    }
  });
  it('places every picture once, in order, rows one under the other', () => {
    const rows = justifiedRows(aspects, 1000, 200, GAP);
    expect(rows.flatMap((row) => row.tiles.map((tile) => tile.index))).toEqual(aspects.map((_, at) => at));
    rows.slice(1).forEach((row, at) => expect(row.top_px).toBe((rows[at]?.top_px ?? 0) + (rows[at]?.height_px ?? 0) + GAP));
  });
  it('keeps a short last row at the wanted height', () => {
    const [row] = justifiedRows([1.5], 1200, 200, GAP);
    expect(row).toEqual({ top_px: 0, height_px: 200, tiles: [{ index: 0, left_px: 0, width_px: 300 }] });
  });
  it('shows a panorama no wider than the page', () => {
    const [row] = justifiedRows([8], 800, 200, GAP);
    expect(row).toEqual({ top_px: 0, height_px: 100, tiles: [{ index: 0, left_px: 0, width_px: 800 }] });
  });
  it('has nothing to lay out for nothing', () => {
    expect(justifiedRows([], 800, 200, GAP)).toEqual([]);
  });
});
