import { sameDays } from './on-this-day';

describe('sameDays', () => {
  const day = (name: string | null) => ({ day: name, count: 1, place: null });

  it('finds today of other years, and neither this year nor other days', () => {
    const days = [day('2026-06-20'), day('2025-06-21'), day('2017-06-20'), day('2012-06-20'), day(null)];
    expect(sameDays(days, new Date(2026, 5, 20)).map((one) => one.day)).toEqual(['2017-06-20', '2012-06-20']);
  });
});
