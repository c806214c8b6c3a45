import { pathAround, wedge } from './around';

const VIEW = { lat: 0, lon: 179, span_deg: 10, width_px: 200, height_px: 100 };

describe('pathAround', () => {
  it('draws what touches the window, north up', () => {
    expect(pathAround([[[178, 0], [179, 0], [179, 1]]], VIEW)).toBe('M90.0 50.0L100.0 50.0L100.0 40.0Z');
  });
  it('leaves out what lies elsewhere', () => {
    expect(pathAround([[[10, 50], [20, 50], [20, 60]]], VIEW)).toBe('');
  });
  it('finds land beyond the date line', () => {
    expect(pathAround([[[-179, 0], [-178, 0], [-178, 1]]], VIEW)).toMatch(/^M120.0 50.0/);
  });
});

describe('wedge', () => {
  it('opens towards the east for 90°', () => {
    expect(wedge(VIEW, 90, 0, 40)).toBe('M100 50L140.0 50.0A40 40 0 0 1 140.0 50.0Z');
  });
});
