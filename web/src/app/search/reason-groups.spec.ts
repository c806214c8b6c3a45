import { Why } from '../api/model';
import { groupReasons } from './reason-groups';

function why(text: string, score: number | null, at_s: number | null): Why {
  return { kind: 'object', text, matched: [text], score, box: null, at_s, end_s: null } as unknown as Why;
}

describe('groupReasons', () => {
  it('says the same only once, with the seconds in order', () => {
    const [person, bus] = groupReasons([why('person', 0.8, 6.1), why('person', 0.9, 0), why('bus', null, null), why('person', 0.7, 0.2)]);
    expect([person?.best.score, person?.count, person?.moments.map((one) => one.at_s)]).toEqual([0.9, 3, [0, 6.1]]);
    expect([bus?.count, bus?.moments]).toEqual([1, []]);
  });
});
