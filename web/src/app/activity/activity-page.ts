import { ChangeDetectionStrategy, Component, DestroyRef, computed, inject } from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';
import { RouterLink } from '@angular/router';
import { auditTime, interval, merge } from 'rxjs';

import { ANALYSIS_WORDS } from '../answer/analysis-words';
import { answerOfAnalysis } from '../answer/answers';
import { Icon, IconName } from '../answer/icon';
import { LiveEvents } from '../api/live-events';
import { Activity } from '../api/model';
import { SessionStore } from '../sign-in/session-store';
import { bytes, counted, number } from '../wording/amounts';
import { timeLeft } from '../wording/durations';
import { ActivityStore } from './activity-store';
import { DeedList } from './deed-list';

const AT_MOST_EVERY_MS = 1000;
const WITHOUT_EVENTS_MS = 8000;

/** One row per analysis, and below what failed, grouped by reason. */
@Component({
  selector: 'fv-activity-page',
  changeDetection: ChangeDetectionStrategy.OnPush,
  imports: [DeedList, Icon, RouterLink],
  providers: [ActivityStore],
  templateUrl: './activity-page.html',
  styleUrl: './activity-page.css',
})
export class ActivityPage {
  protected readonly store = inject(ActivityStore);
  protected readonly mayEdit = inject(SessionStore).mayEdit;
  /** Pausing and how many at once are the administrator's. */
  protected readonly mayControl = inject(SessionStore).isAdministrator;
  protected readonly number = number;
  protected readonly bytes = bytes;
  protected readonly counted = counted;
  protected readonly headline = computed(() => {
    const analyses = this.store.analyses() ?? [];
    const left = analyses.reduce((sum, one) => sum + one.waiting + one.running, 0);
    const failed = analyses.reduce((sum, one) => sum + one.failed, 0);
    const paused = analyses.filter((one) => one.paused).reduce((sum, one) => sum + one.waiting, 0);
    const words = left > 0 ? [`${counted(left, 'job')} to do`] : [];
    if (paused > 0) words.push(paused === left ? 'all of them paused' : `${number(paused)} of them paused`);
    if (failed > 0) words.push(`${counted(failed, 'job')} failed, see below`);
    if (left === 0) words.unshift(failed > 0 ? 'Nothing left to do' : analyses.some((one) => one.done > 0) ? 'Everything is done' : 'Nothing to do yet');
    return words.join(' · ');
  });
  protected readonly failedAnalyses = computed(() => {
    const failures = this.store.failures();
    return (this.store.analyses() ?? [])
      .filter((one) => one.failed > 0)
      .map((one) => ({ analysis: one, groups: failures.get(one.name) ?? [] }));
  });

  constructor() {
    const live = inject(LiveEvents);
    merge(live.activity, interval(WITHOUT_EVENTS_MS))
      .pipe(auditTime(AT_MOST_EVERY_MS), takeUntilDestroyed(inject(DestroyRef)))
      .subscribe(() => void this.store.read());
    void this.store.read();
  }

  protected icon(name: string): IconName {
    return answerOfAnalysis(name)?.icon ?? (name === 'meaning' ? 'search' : 'photo');
  }

  protected colour(name: string): string | null {
    return answerOfAnalysis(name)?.colour ?? null;
  }

  protected words(name: string): string {
    return ANALYSIS_WORDS[name] ?? '';
  }

  /** From one on downwards stands what it was started with. */
  protected fewer(one: Activity): number | null {
    return one.slots === null || one.slots <= 1 ? null : one.slots - 1;
  }

  protected slotWords(one: Activity): string {
    return one.slots === null ? 'Files at once: as it was started' : `${counted(one.slots, 'file')} at once in each worker`;
  }

  protected total(one: Activity): number {
    return one.waiting + one.running + one.done + one.failed + one.skipped;
  }

  protected share(count: number, one: Activity): number {
    return (count / Math.max(1, this.total(one))) * 100;
  }

  protected percent(one: Activity): number {
    return Math.floor(this.share(one.done + one.failed + one.skipped, one));
  }

  protected pace(one: Activity): string {
    if (one.paused) return 'paused';
    if (one.waiting + one.running === 0) return this.total(one) === 0 ? 'nothing to do yet' : doneWords(one);
    const rate = one.rate_per_min > 0 ? `${rateWords(one.rate_per_min)} a minute` : '';
    const left = one.left_s === null ? '' : `${timeLeft(one.left_s)} left`;
    return [rate, left].filter(Boolean).join(' · ') || (one.running > 0 ? 'begun' : 'waiting for its turn');
  }
}

/** What is left out, such as speech in a photo, is none of the done. */
function doneWords(one: Activity): string {
  const words = one.done > 0 ? ['done'] : [];
  if (one.failed > 0) words.push(`${number(one.failed)} failed`);
  if (one.skipped > 0) words.push(`${number(one.skipped)} left out`);
  return words.join(' · ');
}

function rateWords(rate_per_min: number): string {
  return rate_per_min >= 10 ? number(Math.round(rate_per_min)) : rate_per_min.toFixed(1);
}
