import { Taken } from '../api/model';
import { takenDoubt, takenNotes } from './taken-words';

const PLAIN: Taken = {
  earliest: '2022-05-03T10:00:00',
  latest: '2022-05-03T10:00:00',
  precision: 'second',
  about: false,
  source: 'ExifIFD:DateTimeOriginal',
  decided: false,
  basis: 'capture',
  clock: 'local',
  plausible: true,
  doubt: null,
  words: '3 May 2022, 10:00:00',
};

describe('what is said about a time', () => {
  it('is nothing where it is simply that of taking', () => {
    expect([takenNotes(PLAIN), takenNotes(null), takenDoubt(PLAIN), takenDoubt(null)]).toEqual([[], [], null, null]);
  });
  it('is that it is one of a change', () => {
    const changed: Taken = { ...PLAIN, basis: 'change', source: 'IFD0:ModifyDate' };
    expect(takenNotes(changed)).toEqual(['When it was changed: nothing tells when it was taken.']);
    expect(takenDoubt(changed)).toBe('time of change');
  });
  it('is that the clock was wrong', () => {
    const ahead: Taken = { ...PLAIN, plausible: false, doubt: 'future' };
    expect(takenNotes(ahead)[0]).toContain('Clock implausible');
    expect(takenDoubt(ahead)).toBe('clock implausible');
  });
});
