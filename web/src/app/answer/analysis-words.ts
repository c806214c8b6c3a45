/** What each analysis does, in a few words. The order is that of the pages: what all need, then the six answers. */
export const ANALYSIS_WORDS: Record<string, string> = {
  metadata: 'reads when and where it was taken',
  preview: 'makes the pictures that are shown',
  place: 'proposes where it was taken',
  faces: 'finds and compares faces',
  people: 'groups faces into persons',
  objects: 'finds things',
  embedding: 'tells what the whole picture shows',
  text: 'reads what is written',
  speech: 'writes down what is said',
  meaning: 'compares what answers mean with what is asked',
};

const ORDER = Object.keys(ANALYSIS_WORDS);

/** Compares two analyses by that order; one that is not known comes last. */
export function byAnalysisOrder(a: string, b: string): number {
  return place(a) - place(b) || a.localeCompare(b);
}

function place(name: string): number {
  const at = ORDER.indexOf(name);
  return at < 0 ? ORDER.length : at;
}
