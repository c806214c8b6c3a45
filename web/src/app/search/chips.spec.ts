import { formatQuery, makeChip, parseQuery } from './chips';

describe('parseQuery', () => {
  it('reads words and filters', () => {
    expect(parseQuery('beach object:bus taken:2019..2021-06')).toEqual([
      { field: null, text: 'beach', negated: false, raw: 'beach' },
      { field: 'object', text: 'bus', negated: false, raw: 'object:bus' },
      { field: 'taken', text: '2019..2021-06', negated: false, raw: 'taken:2019..2021-06' },
    ]);
  });
  it('keeps quoted words together', () => {
    expect(parseQuery('said:"ask not" "exact words"').map((chip) => [chip.field, chip.text])).toEqual([
      ['said', 'ask not'],
      [null, 'exact words'],
    ]);
  });
  it('negates', () => {
    expect(parseQuery('-object:dog -rain')).toEqual([
      { field: 'object', text: 'dog', negated: true, raw: '-object:dog' },
      { field: null, text: 'rain', negated: true, raw: '-rain' },
    ]);
  });
  it('closes a quote left open and drops what is empty', () => {
    expect(formatQuery(parseQuery('said:"ask not'))).toBe('said:"ask not"');
    expect(parseQuery('  "" - ')).toEqual([]);
  });
  it('takes no field out of a quoted text', () => {
    expect(parseQuery('"time: now"')[0]).toMatchObject({ field: null, text: 'time: now' });
  });
});

describe('makeChip', () => {
  it('quotes where needed, and is read back', () => {
    const chip = makeChip('place', 'São Tomé');
    expect(chip.raw).toBe('place:"São Tomé"');
    expect(parseQuery(formatQuery([chip, makeChip(null, 'bus', true)]))).toEqual([chip, makeChip(null, 'bus', true)]);
  });
});
