import { Injectable, inject, signal } from '@angular/core';

import { ApiClient } from '../api/api-client';
import { SavedSearch, Sort } from '../api/model';
import { problemText } from '../api/problem';

/** Searches to come back to, by name. */
@Injectable({ providedIn: 'root' })
export class SavedSearches {
  readonly items = signal<readonly SavedSearch[]>([]);
  readonly problem = signal<string | null>(null);
  private readonly api = inject(ApiClient);

  read(): Promise<void> {
    return this.change(() => Promise.resolve());
  }

  save(name: string, query: string, sort: Sort): Promise<void> {
    return this.change(() => this.api.saveSearch(name, query, sort));
  }

  forget(id: number): Promise<void> {
    return this.change(() => this.api.forgetSearch(id));
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
