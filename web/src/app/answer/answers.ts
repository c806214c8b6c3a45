import { IconName } from './icon';

/** The six questions about every photo and video, in the order in which they always stand. */
export type AnswerKey = 'where' | 'when' | 'who' | 'what' | 'written' | 'said';

export interface Answer {
  key: AnswerKey;
  label: string;
  icon: IconName;
  colour: string;
  /** Fields of the query language that ask it. */
  fields: readonly string[];
  /** Analyses that answer it. */
  analyses: readonly string[];
}

export const ANSWERS: readonly Answer[] = [
  {
    key: 'where',
    label: 'Where',
    icon: 'where',
    colour: 'var(--where)',
    fields: ['place', 'country', 'near', 'within', 'position'],
    analyses: ['place'],
  },
  { key: 'when', label: 'When', icon: 'when', colour: 'var(--when)', fields: ['taken', 'time'], analyses: ['metadata'] },
  {
    key: 'who',
    label: 'Who',
    icon: 'who',
    colour: 'var(--who)',
    fields: ['person', 'face', 'faces', 'people'],
    analyses: ['faces', 'people'],
  },
  {
    key: 'what',
    label: 'What',
    icon: 'what',
    colour: 'var(--what)',
    fields: ['object', 'objects', 'tag', 'label', 'similar'],
    analyses: ['objects', 'embedding'],
  },
  { key: 'written', label: 'Written', icon: 'written', colour: 'var(--written)', fields: ['text'], analyses: ['text'] },
  { key: 'said', label: 'Said', icon: 'said', colour: 'var(--said)', fields: ['said', 'speech'], analyses: ['speech'] },
];

/** The answer a field of a query, or a reason of a hit, belongs to; null for those outside the six. */
export function answerOfField(field: string | null): Answer | null {
  return ANSWERS.find((answer) => field !== null && answer.fields.includes(field)) ?? null;
}

export function answerOfAnalysis(name: string): Answer | null {
  return ANSWERS.find((answer) => answer.analyses.includes(name)) ?? null;
}

export function answer(key: AnswerKey): Answer {
  return ANSWERS.find((one) => one.key === key) as Answer;
}
