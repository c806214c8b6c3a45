import { Injectable, inject, signal } from '@angular/core';

import { ApiClient } from '../api/api-client';
import { AssetSummary, Hit, Sort } from '../api/model';
import { UnknownFilter, problemText, unknownFilter } from '../api/problem';

const PAGE = 60;

/** The last search with what was read of its results, so that coming back from a picture finds them as they were. */
@Injectable({ providedIn: 'root' })
export class SearchStore {
  readonly hits = signal<readonly Hit[]>([]);
  /** What is only close in meaning: apart from the hits and not counted with them. */
  readonly close = signal<readonly Hit[]>([]);
  readonly total = signal<number | null>(null);
  readonly closeTotal = signal<number | null>(null);
  /** What one should know about parts of the query, such as that nothing can be found by them yet. */
  readonly notes = signal<readonly string[]>([]);
  readonly state = signal<'idle' | 'searching' | 'done' | 'failed'>('idle');
  readonly problem = signal<string | null>(null);
  /** Set when the problem is a filter that does not exist. */
  readonly unknown = signal<UnknownFilter | null>(null);
  readonly hasMore = signal(false);
  scroll_px = 0;
  private readonly api = inject(ApiClient);
  private query = '';
  private sort: Sort = 'match';
  private next: string | null = null;

  /** Starts a search; the same one again keeps what is there. */
  async ask(query: string, sort: Sort): Promise<void> {
    if (query === this.query && sort === this.sort && this.state() !== 'failed' && this.state() !== 'idle') return;
    this.query = query;
    this.sort = sort;
    this.next = null;
    this.scroll_px = 0;
    this.total.set(null);
    this.closeTotal.set(null);
    this.notes.set([]);
    this.hasMore.set(false);
    if (query.trim() === '') {
      this.hits.set([]);
      this.close.set([]);
      this.state.set('idle');
      return;
    }
    await this.read([], []);
  }

  async more(): Promise<void> {
    if (this.next && this.state() === 'done') await this.read(this.hits(), this.close());
  }

  /** The result before or after another one. */
  neighbour(id: number, step: 1 | -1): AssetSummary | null {
    const all = [...this.hits(), ...this.close()];
    const at = all.findIndex((hit) => hit.asset.id === id);
    return at < 0 ? null : (all[at + step]?.asset ?? null);
  }

  private async read(before: readonly Hit[], closeBefore: readonly Hit[]): Promise<void> {
    const { query, sort } = this;
    const isOld = () => query !== this.query || sort !== this.sort;
    this.state.set('searching');
    this.problem.set(null);
    this.unknown.set(null);
    try {
      const answer = await this.api.search(query, sort, PAGE, this.next);
      if (isOld()) return;
      this.hits.set([...before, ...answer.items]);
      this.close.set([...closeBefore, ...answer.close]);
      if (answer.total !== null) this.total.set(answer.total);
      if (answer.close_total !== null) this.closeTotal.set(answer.close_total);
      this.notes.set(answer.chips.flatMap((chip) => (chip.note ? [`${chip.raw}: ${chip.note}`] : [])));
      this.next = answer.next;
      this.hasMore.set(answer.next !== null);
      this.state.set('done');
    } catch (error) {
      if (isOld()) return;
      this.hits.set(before);
      this.close.set(closeBefore);
      this.unknown.set(unknownFilter(error));
      this.problem.set(problemText(error));
      this.state.set('failed');
    }
  }
}
