/** How an answer came about: a person decided, the file recorded it, or a model proposed it. */
export type Basis = 'decided' | 'recorded' | 'proposed';

/** A model's confidence (0..1) in words and per cent: "likely, 82 %". Under 60 % it is called unsure. */
export function certaintyWords(share: number): string {
  return `${word(share)}, ${Math.round(share * 100)} %`;
}

export function isUnsure(share: number): boolean {
  return share < 0.6;
}

function word(share: number): string {
  if (share >= 0.9) return 'very likely';
  if (isUnsure(share)) return 'unsure';
  return 'likely';
}
