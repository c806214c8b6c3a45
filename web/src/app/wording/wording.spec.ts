import { bytes, counted } from './amounts';
import { clockWords, dayOf, dayWords, longDayWords, monthWords, shortMonthWords } from './days';
import { clock, timeLeft } from './durations';

describe('days', () => {
  it('names a day and a month', () => {
    expect(dayWords('2022-05-03')).toBe('Tue 3 May 2022');
    expect(monthWords('2022-12-03')).toBe('December 2022');
    expect(shortMonthWords('2022-12-03')).toBe('Dec 2022');
    expect(longDayWords('2022-05-03T23:59:59')).toBe('Tuesday 3 May 2022');
  });
  it('never shifts a wall time', () => {
    expect(clockWords('2022-05-03T23:59:59')).toBe('23:59:59');
    expect(dayOf('2022-05-03T23:59:59')).toBe('2022-05-03');
  });
  it('makes no day of a month or a year', () => {
    expect(['1978', '1978-06', '1978-06-24'].map(dayWords)).toEqual(['1978', 'June 1978', 'Sat 24 Jun 1978']);
    expect([monthWords('1978'), longDayWords('1978'), longDayWords('1978-06'), clockWords('1978')]).toEqual(['1978', '1978', 'June 1978', null]);
    expect([dayOf('1978'), dayOf('1978-06')]).toEqual(['1978', '1978-06']);
  });
  it('says when there is no date', () => {
    expect(dayWords(null)).toBe('Without a date');
    expect(longDayWords('0000-00-00T00:00:00')).toBeNull();
    expect(clockWords('2022-05-03')).toBeNull();
  });
});

describe('durations', () => {
  it('writes times of a video', () => {
    expect([7.9, 754, 3723].map(clock)).toEqual(['0:07', '12:34', '1:02:03']);
  });
  it('says how long work will take', () => {
    expect([20, 700, 9000, 400_000].map(timeLeft)).toEqual(['less than a minute', 'about 12 min', 'about 3 h', 'about 5 days']);
  });
});

describe('amounts', () => {
  it('counts', () => {
    expect([counted(1, 'photo'), counted(1200, 'photo')]).toEqual(['1 photo', '1,200 photos']);
  });
  it('writes bytes', () => {
    expect([812, 3_900_000, 412_000_000].map(bytes)).toEqual(['812 B', '3.9 MB', '412 MB']);
  });
});
