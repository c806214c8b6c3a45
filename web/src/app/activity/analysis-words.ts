/** What each analysis does, in a few words. */
export const ANALYSIS_WORDS: Record<string, string> = {
  metadata: 'reads when, where and with what it was taken',
  preview: 'makes the pictures that are shown',
  objects: 'finds things',
  faces: 'finds and compares faces',
  text: 'reads what is written',
  embedding: 'tells what the whole picture shows',
  speech: 'writes down what is said',
  people: 'groups faces into persons',
  place: 'proposes where it was taken',
};
