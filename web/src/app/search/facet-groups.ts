import { answerOfField } from '../answer/answers';
import { FacetAnswer } from '../api/model';
import { formatQuery, parseQuery } from './chips';

/** A value of a facet as a link: the query it leads to, which takes it away again when it is already in force. */
export interface FacetChoice {
  value: string;
  count: number;
  isOn: boolean;
  q: string;
}

export interface FacetGroup {
  field: string;
  label: string;
  colour: string | null;
  choices: FacetChoice[];
}

const LABELS: Record<string, string> = {
  kind: 'Kind',
  year: 'Year',
  country: 'Country',
  place: 'Place',
  object: 'Seen',
  has: 'Has',
  no: 'Has no',
  is: 'Is',
  camera: 'Camera',
  lens: 'Lens',
};

/** Facets as groups of choices; without those that all results share and that are not chosen: they narrow nothing. */
export function facetGroups(answer: FacetAnswer, q: string): FacetGroup[] {
  const chips = parseQuery(q);
  const groups = answer.facets.map(({ field, values }): FacetGroup => {
    const choices = values.map(({ value, count, text }): FacetChoice => {
      const wanted = text.toLowerCase();
      const others = chips.filter((chip) => chip.raw.toLowerCase() !== wanted);
      const isOn = others.length < chips.length;
      return { value, count, isOn, q: isOn ? formatQuery(others) : [formatQuery(chips), text].filter(Boolean).join(' ') };
    });
    const useful = choices.filter((choice) => choice.isOn || choice.count < answer.total);
    const colour = answerOfField(field === 'year' ? 'taken' : field)?.colour ?? null;
    return { field, label: LABELS[field] ?? field, colour, choices: useful };
  });
  return groups.filter((group) => group.choices.length > 0);
}
