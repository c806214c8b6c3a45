import { AnswerKey } from '../answer/answers';

/** A query to begin with for each of the six questions. */
export const EXAMPLES: Record<AnswerKey, { query: string; words: string }> = {
  where: { query: 'has:position', words: 'everything that has a position' },
  when: { query: `taken:${new Date().getFullYear()}`, words: 'taken this year' },
  who: { query: 'has:faces', words: 'everything with a face' },
  what: { query: 'object:person', words: 'persons to be seen' },
  written: { query: 'has:text', words: 'everything with writing' },
  said: { query: 'has:speech', words: 'videos in which somebody speaks' },
};
