import { Injectable, computed, inject, signal } from '@angular/core';

import { ApiClient } from '../api/api-client';
import { Asset, Changes } from '../api/model';
import { problemText } from '../api/problem';
import { counted } from '../wording/amounts';
import { LibraryStore } from './library-store';
import { Selection } from './selection';

const AT_ONCE = 4;

type Change = Partial<Changes>;

/** Does one thing to every picked picture, a few at a time; those that failed stay picked. */
@Injectable()
export class BulkEdit {
  readonly progress = signal<{ done: number; all: number } | null>(null);
  readonly problem = signal<string | null>(null);
  /** What was done last, in words, how to take it back, and where to see it. */
  readonly last = signal<{ words: string; undo: (() => Promise<void>) | null; inTrash?: boolean } | null>(null);
  readonly busy = computed(() => this.progress() !== null);
  private readonly api = inject(ApiClient);
  private readonly library = inject(LibraryStore);
  private readonly selection = inject(Selection);

  rate(stars: number | null): Promise<void> {
    const words = stars === null ? 'Rating taken away from' : `${counted(stars, 'star')} for`;
    return this.change(words, ({ rating }) => ({ to: { rating: stars }, back: { rating } }));
  }

  addTag(tag: string): Promise<void> {
    return this.change(`Tag “${tag}” for`, ({ tags }) => {
      const own = tags.filter((one) => one.source === 'person').map((one) => one.label);
      return own.includes(tag) ? null : { to: { tags: [...own, tag] }, back: { tags: own } };
    });
  }

  /** Makes the picked pictures one; the one that is shown stays picked. */
  async join(): Promise<void> {
    const ids = [...this.selection.ids()];
    this.problem.set(null);
    this.progress.set({ done: 0, all: ids.length });
    try {
      const { asset_id, items } = await this.api.join(ids);
      this.selection.set([asset_id]);
      const undo = async () => {
        await this.each([...items].reverse().map((one) => one.id), (id) => this.api.undoBelonging(id));
        await this.library.refresh(new Set(ids));
        this.last.set({ words: `Apart again: ${counted(ids.length, 'picture')}`, undo: null });
      };
      this.last.set({ words: `One picture of ${ids.length}`, undo });
    } catch (error) {
      this.problem.set(problemText(error));
    }
    this.progress.set(null);
    await this.library.refresh(new Set(ids));
  }

  async trash(): Promise<void> {
    const done = await this.run('In the trash:', (id) => this.api.trash(id));
    const words = this.last()?.words;
    if (!words || done.length === 0) return;
    this.selection.set([...this.selection.ids()].filter((id) => !done.includes(id)));
    this.last.set({ words, undo: () => this.restore(done), inTrash: true });
  }

  /** Edits every picked picture; `edit` says what becomes of one and how it was before, null: nothing to do. */
  private async change(words: string, edit: (asset: Asset) => { to: Change; back: Change } | null): Promise<void> {
    const before = new Map<number, Change>();
    await this.run(words, async (id) => {
      const change = edit(await this.api.asset(id));
      if (!change) return;
      await this.api.edit(id, change.to);
      before.set(id, change.back);
    });
    const undo = async () => {
      const done = await this.each([...before.keys()], (id) => this.api.edit(id, before.get(id) ?? {}));
      this.last.set({ words: `As before: ${counted(done.length, 'picture')}`, undo: null });
    };
    this.last.update((last) => last && { ...last, undo: before.size > 0 ? undo : null });
  }

  private async restore(ids: readonly number[]): Promise<void> {
    await this.each(ids, (id) => this.api.restore(id));
    this.last.set({ words: `Back in the library: ${counted(ids.length, 'picture')}`, undo: null });
  }

  private async run(words: string, action: (id: number) => Promise<unknown>): Promise<number[]> {
    const done = await this.each([...this.selection.ids()], action);
    this.last.set(done.length > 0 ? { words: `${words} ${counted(done.length, 'picture')}`, undo: null } : null);
    return done;
  }

  /** Those it worked for; the first reason why it did not for others is shown. */
  private async each(ids: readonly number[], action: (id: number) => Promise<unknown>): Promise<number[]> {
    const waiting = [...ids];
    const done: number[] = [];
    this.problem.set(null);
    this.progress.set({ done: 0, all: ids.length });
    const work = async () => {
      for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
        try {
          await action(id);
          done.push(id);
        } catch (error) {
          this.problem.set(problemText(error));
        }
        this.progress.set({ done: ids.length - waiting.length, all: ids.length });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    this.progress.set(null);
    await this.library.refresh(new Set(done));
    return done;
  }
}
