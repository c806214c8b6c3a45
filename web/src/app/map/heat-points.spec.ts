import { heatPoints } from './heat-points';

function cluster(count: number) {
  return { lat: 1, lon: 2, count, asset_id: count, picture_version: 'x', bounds: [2, 1, 2, 1] as [number, number, number, number] };
}

describe('heat', () => {
  it('weighs many more than few, and sees one picture beside a thousand', () => {
    const [home, trip, one] = heatPoints([cluster(1000), cluster(50), cluster(1)]).features.map((each) => each.properties?.['weight'] as number);
    expect(home).toBe(1);
    expect(trip).toBeGreaterThan(0.5);
    expect(trip).toBeLessThan(0.7);
    expect(one).toBe(0.2);
  });
  it('is empty without pictures', () => {
    expect(heatPoints([]).features).toEqual([]);
  });
});
