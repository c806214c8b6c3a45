import { fingerprint } from './piece-sender';

describe('fingerprint', () => {
  it('tells the same file again, and a changed one or another from it', () => {
    const file = { size: 60_000_000, lastModified: 1_700_000_000_000 };
    expect(fingerprint({ ...file }, 'trip/film.mp4')).toBe(fingerprint(file, 'trip/film.mp4'));
    expect(fingerprint({ ...file, lastModified: 1 }, 'trip/film.mp4')).not.toBe(fingerprint(file, 'trip/film.mp4'));
    expect(fingerprint(file, 'other/film.mp4')).not.toBe(fingerprint(file, 'trip/film.mp4'));
  });
});
