import { unwrapped } from './base-map';

describe('unwrapped', () => {
  it('leaves a ring alone that stays on one side', () => {
    const ring = [[10, 50], [20, 50], [20, 60], [10, 50]];
    expect(unwrapped(ring)).toEqual(ring);
  });
  it('counts on beyond the date line instead of jumping around the world', () => {
    expect(unwrapped([[170, 65], [-170, 65], [-170, 70], [170, 70], [170, 65]])).toEqual([
      [170, 65],
      [190, 65],
      [190, 70],
      [170, 70],
      [170, 65],
    ]);
  });
  it('closes a ring around the pole over the pole', () => {
    const ring = unwrapped([[-120, -70], [0, -70], [120, -70], [-120, -70]]);
    expect(ring.slice(-3)).toEqual([[240, -90], [-120, -90], [-120, -70]]);
  });
});
