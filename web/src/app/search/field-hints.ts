/** What can be asked, in the order of the six answers; shown while the search box is empty. */
export const FIELD_HINTS: readonly { field: string; note: string }[] = [
  { field: 'place', note: 'a town or region' },
  { field: 'taken', note: '2019, 2021-06, 2019..2021' },
  { field: 'has', note: 'position, faces, text, speech' },
  { field: 'object', note: 'a thing to be seen' },
  { field: 'text', note: 'words that are written' },
  { field: 'said', note: 'words that are said' },
  { field: 'camera', note: 'maker or model' },
  { field: 'kind', note: 'photo or video' },
  { field: 'no', note: 'position, date, faces, text, speech' },
  { field: 'is', note: 'damaged' },
];
