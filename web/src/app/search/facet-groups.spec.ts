import { facetGroups } from './facet-groups';

const ANSWER = {
  total: 9,
  about: false,
  chips: [],
  facets: [
    { field: 'kind', values: [{ value: 'photo', count: 9, text: 'kind:photo' }] },
    {
      field: 'year',
      values: [
        { value: '2019', count: 5, text: 'taken:2019' },
        { value: '2018', count: 4, text: 'taken:2018' },
      ],
    },
  ],
};

describe('facetGroups', () => {
  it('adds a part to the query, and takes it away again where it is in force', () => {
    const [years] = facetGroups(ANSWER, 'bus Taken:2019');
    expect(years?.choices.map(({ isOn, q }) => ({ isOn, q }))).toEqual([
      { isOn: true, q: 'bus' },
      { isOn: false, q: 'bus Taken:2019 taken:2018' },
    ]);
  });
  it('leaves out what all results share, unless it was chosen', () => {
    expect(facetGroups(ANSWER, 'bus').map((group) => group.field)).toEqual(['year']);
    expect(facetGroups(ANSWER, 'bus kind:photo').map((group) => group.field)).toEqual(['kind', 'year']);
  });
});
