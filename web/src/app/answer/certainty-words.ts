import { CertaintyWord } from '../api/model';

/** How an answer came about: a person decided, the file recorded it, or a model proposed it. */
export type Basis = 'decided' | 'recorded' | 'proposed';

/** Answers that are drawn in amber: two of five may be wrong, or more. */
export function isUnsure(word: CertaintyWord | null): boolean {
  return word === 'unsure' || word === 'unlikely';
}
