import { Why } from '../api/model';

/** Reasons that say the same, as one: the surest first, with how often and at which seconds. */
export interface ReasonGroup {
  best: Why;
  count: number;
  moments: Why[];
}

const MOST_MOMENTS = 3;

export function groupReasons(reasons: readonly Why[]): ReasonGroup[] {
  const groups = new Map<string, Why[]>();
  for (const why of reasons) {
    const key = `${why.kind}\n${why.text}`;
    groups.set(key, [...(groups.get(key) ?? []), why]);
  }
  return [...groups.values()].map((same) => {
    const best = same.reduce((a, b) => ((b.score ?? 0) > (a.score ?? 0) ? b : a));
    return { best, count: same.length, moments: moments(same) };
  });
}

/** One reason per second of a video, in time. */
function moments(same: readonly Why[]): Why[] {
  const bySecond = new Map<number, Why>();
  for (const why of same) {
    if (why.at_s !== null && !bySecond.has(Math.floor(why.at_s))) bySecond.set(Math.floor(why.at_s), why);
  }
  return [...bySecond.values()].sort((a, b) => (a.at_s ?? 0) - (b.at_s ?? 0)).slice(0, MOST_MOMENTS);
}
