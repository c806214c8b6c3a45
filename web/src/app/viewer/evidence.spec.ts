import { Asset } from '../api/model';
import { Evidence, evidenceAt, evidenceOf, groupByLabel, laneOf } from './evidence';

const BOX = { x: 0, y: 0, w: 0.5, h: 0.5 };

function seen(id: string, at_s: number | null, label = 'bus', score = 0.9): Evidence {
  return { id, kind: 'objects', label, score, certainty: score < 0.5 ? 'unsure' : 'likely', box: BOX, at_s };
}

describe('evidenceOf', () => {
  it('gives every box an id and a name', () => {
    const asset = {
      faces: [{ id: 7, person: null, score: 0.8, probability: null, box: BOX, at_s: null }],
      objects: [{ label: 'bus', score: 0.9, box: BOX, at_s: null }],
      text: [
        { text: 'cero emisiones', score: 0.9, box: BOX, at_s: null, read: true },
        { text: '', score: 0.8, box: BOX, at_s: null, read: false },
      ],
    } as unknown as Asset;
    expect(evidenceOf(asset).map((one) => [one.id, one.label])).toEqual([
      ['faces-0', 'face'],
      ['objects-0', 'bus'],
      ['text-0', 'cero emisiones'],
      ['text-1', 'Writing, not read'],
    ]);
  });
});

describe('evidenceAt', () => {
  it('shows all of a photo', () => {
    expect(evidenceAt([seen('a', null), seen('b', null)], 0)).toHaveLength(2);
  });
  it('shows what belongs to the last key frame of a video, and only for a while', () => {
    const all = [seen('a', 1), seen('b', 4), seen('c', 4)];
    expect(evidenceAt(all, 0.5)).toEqual([]);
    expect(evidenceAt(all, 1.5).map((one) => one.id)).toEqual(['a']);
    expect(evidenceAt(all, 4).map((one) => one.id)).toEqual(['b', 'c']);
    expect(evidenceAt(all, 9)).toEqual([]);
  });
});

describe('groupByLabel', () => {
  it('counts things of one name, surest first', () => {
    const groups = groupByLabel([seen('a', 3, 'person', 0.6), seen('b', 2, 'bus', 0.7), seen('c', 1, 'person', 0.95)]);
    expect(groups).toEqual([
      { label: 'person', best: 0.95, certainty: 'likely', ids: ['a', 'c'], first_s: 1 },
      { label: 'bus', best: 0.7, certainty: 'likely', ids: ['b'], first_s: 2 },
    ]);
  });
});

describe('laneOf', () => {
  it('joins neighbouring frames and ends with the video', () => {
    expect(laneOf([seen('a', 0), seen('b', 1.5), seen('c', 9.5)], 'objects', 10)).toEqual([
      { from_s: 0, to_s: 3.5 },
      { from_s: 9.5, to_s: 10 },
    ]);
    expect(laneOf([seen('a', 0)], 'faces', 10)).toEqual([]);
  });
});
