import { ChangeDetectionStrategy, Component, computed, effect, inject, input, signal, untracked } from '@angular/core';
import { RouterLink } from '@angular/router';

import { Icon } from '../answer/icon';
import { ApiClient } from '../api/api-client';
import { FacetAnswer } from '../api/model';
import { number } from '../wording/amounts';
import { facetGroups } from './facet-groups';

const FIRST = 6;

/** What was found, counted: a column beside the results, a row of chips on a phone. Each value narrows the search. */
@Component({
  selector: 'fv-search-facets',
  changeDetection: ChangeDetectionStrategy.OnPush,
  imports: [Icon, RouterLink],
  templateUrl: './search-facets.html',
  styleUrl: './search-facets.css',
})
export class SearchFacets {
  readonly q = input.required<string>();
  protected readonly number = number;
  protected readonly first = FIRST;
  protected readonly opened = signal<ReadonlySet<string>>(new Set());
  private readonly answer = signal<{ q: string; facets: FacetAnswer } | null>(null);
  protected readonly about = computed(() => this.answer()?.facets.about ?? false);
  protected readonly groups = computed(() => {
    const answer = this.answer();
    return answer ? facetGroups(answer.facets, answer.q) : [];
  });
  private readonly api = inject(ApiClient);

  constructor() {
    effect(() => {
      const q = this.q();
      untracked(() => void this.read(q));
    });
  }

  protected toggle(field: string): void {
    this.opened.update((opened) => {
      const now = new Set(opened);
      if (!now.delete(field)) now.add(field);
      return now;
    });
  }

  private async read(q: string): Promise<void> {
    try {
      const facets = await this.api.facets(q);
      if (q === this.q()) this.answer.set({ q, facets });
    } catch {
      // counts are an extra: the search itself says what is wrong
      if (q === this.q()) this.answer.set(null);
    }
  }
}
