import { AnswerKey } from '../answer/answers';
import { Asset, Box, CertaintyWord } from '../api/model';

export type BoxKind = 'faces' | 'objects' | 'text';

export const BOX_KINDS: readonly { kind: BoxKind; answer: AnswerKey; label: string; key: string }[] = [
  { kind: 'faces', answer: 'who', label: 'Faces', key: 'f' },
  { kind: 'objects', answer: 'what', label: 'Objects', key: 'o' },
  { kind: 'text', answer: 'written', label: 'Text', key: 't' },
];

/** Something seen at a place of the picture; `at_s` is the second of its frame in a video. */
export interface Evidence {
  id: string;
  kind: BoxKind;
  label: string;
  score: number;
  certainty: CertaintyWord | null;
  box: Box;
  at_s: number | null;
}

/** What stands at writing in a script that cannot be read, in place of its words. */
export const NOT_READ = 'Writing, not read';

/** How long after its key frame a box of a video is still shown, seconds. */
const STAYS_S = 2;

/** Every box of an asset, with an id that the answers and the boxes share. */
export function evidenceOf(asset: Asset): Evidence[] {
  return [
    ...asset.faces.map((face, at): Evidence => ({ ...face, id: `faces-${at}`, kind: 'faces', label: face.person ?? 'face', certainty: null })),
    ...asset.objects.map((object, at): Evidence => ({ ...object, id: `objects-${at}`, kind: 'objects' })),
    ...asset.text.map((text, at): Evidence => ({ ...text, id: `text-${at}`, kind: 'text', label: text.read ? text.text : NOT_READ })),
  ];
}

/** The evidence that belongs to a moment: all of it in a photo, that of the last key frame in a video. */
export function evidenceAt(evidence: readonly Evidence[], time_s: number): Evidence[] {
  const reached = time_s + 0.05;
  const frame_s = Math.max(-1, ...evidence.filter((one) => one.at_s !== null && one.at_s <= reached).map((one) => one.at_s ?? -1));
  return evidence.filter((one) => one.at_s === null || (one.at_s === frame_s && time_s - frame_s <= STAYS_S));
}

export interface EvidenceGroup {
  label: string;
  best: number;
  /** That of the surest. */
  certainty: CertaintyWord | null;
  ids: string[];
  first_s: number | null;
}

/** Things of one name together, surest first. */
export function groupByLabel(evidence: readonly Evidence[]): EvidenceGroup[] {
  const groups = new Map<string, EvidenceGroup>();
  for (const one of evidence) {
    const group = groups.get(one.label) ?? { label: one.label, best: 0, certainty: null, ids: [], first_s: one.at_s };
    group.ids.push(one.id);
    if (one.score > group.best) Object.assign(group, { best: one.score, certainty: one.certainty });
    if (one.at_s !== null) group.first_s = Math.min(group.first_s ?? one.at_s, one.at_s);
    groups.set(one.label, group);
  }
  return [...groups.values()].sort((a, b) => b.best - a.best);
}

export interface LaneMark {
  from_s: number;
  to_s: number;
}

/** When something of a kind is to be seen, neighbouring frames joined into one stretch. */
export function laneOf(evidence: readonly Evidence[], kind: BoxKind, duration_s: number): LaneMark[] {
  const times = [...new Set(evidence.filter((one) => one.kind === kind).map((one) => one.at_s ?? 0))].sort((a, b) => a - b);
  const marks: LaneMark[] = [];
  for (const from_s of times) {
    const to_s = Math.min(duration_s, from_s + STAYS_S);
    const last = marks.at(-1);
    if (last && from_s <= last.to_s) last.to_s = Math.max(last.to_s, to_s);
    else marks.push({ from_s, to_s });
  }
  return marks;
}
