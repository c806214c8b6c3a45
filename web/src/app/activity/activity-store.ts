import { Injectable, inject, signal } from '@angular/core';

import { byAnalysisOrder } from '../answer/analysis-words';
import { ApiClient } from '../api/api-client';
import { Activity, Deed, Failure, WaitingFile } from '../api/model';
import { problemText } from '../api/problem';

/** Long work that ended stays in sight until so many began after it. */
const DEEDS = 6;

/** How far the analyses are, and what failed; lives as long as the page. */
@Injectable()
export class ActivityStore {
  readonly analyses = signal<readonly Activity[] | null>(null);
  readonly deeds = signal<readonly Deed[]>([]);
  /** What the inbox has not taken yet, and why. */
  readonly waiting = signal<readonly WaitingFile[]>([]);
  readonly failures = signal<ReadonlyMap<string, readonly Failure[]>>(new Map());
  readonly problem = signal<string | null>(null);
  private readonly api = inject(ApiClient);
  private reading = false;
  private again = false;

  async read(): Promise<void> {
    // what changed while the last answers came must be asked for, too
    this.again = this.reading;
    if (this.reading) return;
    this.reading = true;
    try {
      const { items } = await this.api.analyses();
      items.sort((a, b) => byAnalysisOrder(a.name, b.name));
      this.analyses.set(items);
      this.deeds.set((await this.api.deeds(DEEDS)).items);
      this.waiting.set((await this.api.status()).inbox);
      const failures = new Map<string, readonly Failure[]>();
      for (const analysis of items.filter((one) => one.failed > 0)) {
        failures.set(analysis.name, (await this.api.failures(analysis.name)).items);
      }
      this.failures.set(failures);
      this.problem.set(null);
    } catch (error) {
      this.problem.set(problemText(error));
    } finally {
      this.reading = false;
    }
    if (this.again) await this.read();
  }

  retry(name: string, assetId?: number): Promise<void> {
    return this.change(() => this.api.requeue(name, assetId === undefined ? 'retryable' : 'failed', assetId));
  }

  setPaused(name: string, paused: boolean): Promise<void> {
    return this.change(() => (paused ? this.api.pause(name) : this.api.resume(name)));
  }

  setSlots(name: string, slots: number | null): Promise<void> {
    return this.change(() => this.api.setSlots(name, slots));
  }

  cancel(deed: Deed): Promise<void> {
    return this.change(() => this.api.cancelDeed(deed.id));
  }

  private async change(action: () => Promise<unknown>): Promise<void> {
    try {
      await action();
    } catch (error) {
      this.problem.set(problemText(error));
      return;
    }
    await this.read();
  }
}
