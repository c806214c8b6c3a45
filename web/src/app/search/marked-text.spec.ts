import { markRanges } from './marked-text';

describe('markRanges', () => {
  it('marks what matched and keeps the rest', () => {
    expect(markRanges('Cero EMISIONES', [[5, 14]])).toEqual([
      { text: 'Cero ', isMatch: false },
      { text: 'EMISIONES', isMatch: true },
    ]);
  });
  it('counts a letter outside the basic plane as one', () => {
    expect(markRanges('🚌 bus', [[2, 5]])).toEqual([
      { text: '🚌 ', isMatch: false },
      { text: 'bus', isMatch: true },
    ]);
  });
  it('shows each letter once, whatever the ranges', () => {
    const parts = markRanges('abcdef', [[3, 9], [1, 4]]);
    expect(parts.map((part) => part.text).join('')).toBe('abcdef');
    expect(parts.filter((part) => part.isMatch).map((part) => part.text).join('')).toBe('bcdef');
  });
  it('leaves a text without matches whole', () => {
    expect(markRanges('<b>bus</b>', [])).toEqual([{ text: '<b>bus</b>', isMatch: false }]);
  });
});
