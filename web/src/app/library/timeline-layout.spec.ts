import { AssetSummary, TimelineDay } from '../api/model';
import { bandAt, layOutTimeline } from './timeline-layout';

const SHAPE = { width_px: 1200, row_px: 220, gap_px: 4 };
const NOTHING = () => undefined;

function day(name: string | null, count: number): TimelineDay {
  return { day: name, count, place: null };
}

function photos(count: number, aspect: number): AssetSummary[] {
  return Array.from({ length: count }, (_, id) => ({ id, width: aspect * 1000, height: 1000 }) as AssetSummary);
}

describe('layOutTimeline', () => {
  const days = [day('2022-05-04', 1), day('2022-05-03', 2), day('2022-05-01', 40), day('2021-01-01', 1), day(null, 3)];

  it('puts small days side by side and gives a big one its own band', () => {
    const { bands } = layOutTimeline(days, NOTHING, SHAPE);
    expect(bands.map((band) => band.key)).toEqual(['2022-05-04,2022-05-03', '2022-05-01', '2021-01-01,none']);
  });
  it('keeps the bands when days are loaded, and stacks them without overlap', () => {
    const loaded = new Map([['2022-05-01', photos(40, 1.5)], ['2022-05-04', photos(1, 0.7)]]);
    const { bands, height_px } = layOutTimeline(days, (key) => loaded.get(key), SHAPE);
    expect(bands.map((band) => band.key)).toEqual(['2022-05-04,2022-05-03', '2022-05-01', '2021-01-01,none']);
    bands.slice(1).forEach((band, at) => {
      const above = bands[at];
      expect(band.top_px).toBe((above?.top_px ?? 0) + (above?.height_px ?? 0) + 12);
    });
    expect(height_px).toBe((bands[2]?.top_px ?? 0) + (bands[2]?.height_px ?? 0));
  });
  it('holds room for what is not loaded yet', () => {
    const some = layOutTimeline([day('2022-05-01', 4000)], () => photos(100, 4 / 3), SHAPE);
    const none = layOutTimeline([day('2022-05-01', 4000)], NOTHING, SHAPE);
    expect(Math.abs(some.height_px - none.height_px) / none.height_px).toBeLessThan(0.02);
  });
  it('lays out 100,000 pictures of 8,000 days, looking at each day once', () => {
    const many = Array.from({ length: 8000 }, (_, at) => day(new Date(at * 864e5).toISOString().slice(0, 10), 1 + (at % 25)));
    let looks = 0;
    const { bands } = layOutTimeline(many, () => void (looks += 1), SHAPE);
    expect(looks).toBe(many.length);
    expect(bands.length).toBeGreaterThan(4000);
  });
});

describe('bandAt', () => {
  it('finds the band under a height', () => {
    const { bands } = layOutTimeline([day('2022-05-03', 30), day('2022-05-02', 30), day('2022-05-01', 30)], NOTHING, SHAPE);
    expect([0, bands[1]?.top_px ?? 0, (bands[1]?.top_px ?? 0) - 1, 1e9].map((y) => bandAt(bands, y))).toEqual([0, 1, 0, 2]);
    expect(bandAt([], 5)).toBe(0);
  });
});
