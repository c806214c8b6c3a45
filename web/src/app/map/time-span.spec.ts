import { monthNumber, monthText, narrowed, readSpan, takenText } from './time-span';

const month = monthNumber;
const all = { from: month('2016-03'), to: month('2022-11') };

describe('a span of months', () => {
  it('counts months', () => {
    expect(monthText(month('2019-12') + 1)).toBe('2020-01');
    expect(['2019', '2019-13', 'never'].map(month)).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  });
  it('is read as a search writes it, and written so that it reads the same', () => {
    for (const taken of ['2019-05', '2019-05..2021-06']) {
      expect(takenText(readSpan(taken, all) ?? all)).toBe(taken);
    }
    expect(readSpan('2019', all)).toEqual({ from: month('2019-01'), to: month('2019-12') });
    expect(readSpan('2019..2020', all)).toEqual({ from: month('2019-01'), to: month('2020-12') });
    expect(readSpan('..2017-01', all)).toEqual({ from: all.from, to: month('2017-01') });
    expect(readSpan('2020..', all)).toEqual({ from: month('2020-01'), to: all.to });
  });
  it('is null for everything, and for what makes no sense', () => {
    for (const taken of [undefined, '', '..', 'never', '2030', '2020..2018', '2000..2040']) {
      expect(readSpan(taken, all)).toBeNull();
    }
  });
  it('keeps its order and its limits', () => {
    expect(narrowed({ from: month('2021-01'), to: month('2020-01') }, all)).toEqual({ from: month('2021-01'), to: month('2021-01') });
    expect(narrowed({ from: 0, to: month('2020-01') }, all)).toEqual({ from: all.from, to: month('2020-01') });
  });
});
