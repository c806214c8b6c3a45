import { markMatches } from './marked-text';

describe('markMatches', () => {
  it('marks words wherever they stand, without regard to case', () => {
    expect(markMatches('Cero EMISIONES', ['emisiones'])).toEqual([
      { text: 'Cero ', isMatch: false },
      { text: 'EMISIONES', isMatch: true },
    ]);
  });
  it('takes what a stranger wrote literally', () => {
    expect(markMatches('a.b (c)', ['.b (', '']).map((part) => part.isMatch)).toEqual([false, true, false]);
  });
  it('leaves a text without matches whole', () => {
    expect(markMatches('<b>bus</b>', [])).toEqual([{ text: '<b>bus</b>', isMatch: false }]);
  });
});
