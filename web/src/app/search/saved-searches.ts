import { Injectable, inject, signal } from '@angular/core';

import { ApiClient } from '../api/api-client';
import { SavedSearch, Sort } from '../api/model';
import { problemText } from '../api/problem';

/** Searches to come back to, by name. */
@Injectable({ providedIn: 'root' })
export class SavedSearches {
  readonly items = signal<readonly SavedSearch[]>([]);
  readonly problem = signal<string | null>(null);
  readonly forgotten = signal<SavedSearch | null>(null);
  private readonly api = inject(ApiClient);

  read(): Promise<void> {
    return this.change(() => Promise.resolve());
  }

  save(name: string, query: string, sort: Sort): Promise<void> {
    return this.change(() => this.api.saveSearch(name, query, sort));
  }

  /** It can be taken back as long as the page is open. */
  async forget(search: SavedSearch): Promise<void> {
    await this.change(() => this.api.forgetSearch(search.id));
    if (!this.problem()) this.forgotten.set(search);
  }

  async bringBack({ name, query, sort }: SavedSearch): Promise<void> {
    await this.save(name, query, sort);
    if (!this.problem()) this.forgotten.set(null);
  }

  private async change(action: () => Promise<unknown>): Promise<void> {
    try {
      await action();
      this.items.set((await this.api.savedSearches()).items);
      this.problem.set(null);
    } catch (error) {
      this.problem.set(problemText(error));
    }
  }
}
