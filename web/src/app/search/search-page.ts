import {
  ChangeDetectionStrategy,
  Component,
  DestroyRef,
  ElementRef,
  afterRenderEffect,
  computed,
  effect,
  inject,
  input,
  signal,
  untracked,
  viewChild,
} from '@angular/core';
import { NgTemplateOutlet } from '@angular/common';
import { Router, RouterLink } from '@angular/router';

import { ANSWERS } from '../answer/answers';
import { Icon } from '../answer/icon';
import { Hit, Sort } from '../api/model';
import { moveInGrid } from '../library/grid-keys';
import { justifiedRows } from '../library/justified-rows';
import { Tile } from '../library/tile';
import { SessionStore } from '../sign-in/session-store';
import { number } from '../wording/amounts';
import { dayOf, dayWords } from '../wording/days';
import { takenDoubt } from '../wording/taken-words';
import { EXAMPLES } from './examples';
import { Reason, evidenceQuery } from './reason';
import { ReasonGroup, groupReasons } from './reason-groups';
import { SaveSearch } from './save-search';
import { SavedList } from './saved-list';
import { SearchFacets } from './search-facets';
import { SearchStore } from './search-store';

interface PlacedHit {
  hit: Hit;
  reasons: ReasonGroup[];
  width_px: number;
  height_px: number;
}

const SORTS: readonly { sort: Sort; words: string }[] = [
  { sort: 'match', words: 'Best match' },
  { sort: 'newest', words: 'Newest first' },
  { sort: 'oldest', words: 'Oldest first' },
];

/** Results with their reasons: what matched, where in the picture, at which second. */
@Component({
  selector: 'fv-search-page',
  changeDetection: ChangeDetectionStrategy.OnPush,
  imports: [Icon, NgTemplateOutlet, Reason, RouterLink, SaveSearch, SavedList, SearchFacets, Tile],
  templateUrl: './search-page.html',
  styleUrl: './search-page.css',
})
export class SearchPage {
  /** The query, from the address bar. */
  readonly q = input<string>();
  /** The order of the results, from there too. */
  readonly sort = input<string>();
  protected readonly query = computed(() => (this.q() ?? '').trim());
  protected readonly order = computed<Sort>(() => SORTS.find(({ sort }) => sort === this.sort())?.sort ?? 'match');
  protected readonly sorts = SORTS;
  protected readonly mayEdit = inject(SessionStore).mayEdit;
  private readonly router = inject(Router);
  protected readonly store = inject(SearchStore);
  protected readonly answers = ANSWERS;
  protected readonly examples = EXAMPLES;
  protected readonly width_px = signal(0);
  private readonly page = viewChild.required<ElementRef<HTMLElement>>('page');
  private readonly end = viewChild<ElementRef<HTMLElement>>('end');

  protected readonly rows = computed(() => placed(this.store.hits(), this.width_px()));
  protected readonly closeRows = computed(() => placed(this.store.close(), this.width_px()));
  protected readonly closeCount = computed(() => number(this.store.closeTotal() ?? this.store.close().length));
  protected readonly found = computed(() => {
    const total = this.store.total();
    const shown = this.store.hits().length;
    if (total === 0 && this.store.close().length > 0) return 'Nothing has all of that';
    if (total !== null) return `${number(total)} found`;
    return this.store.hasMore() ? `${number(shown)} and more found` : `${number(shown)} found`;
  });

  constructor() {
    effect(() => {
      const [query, order] = [this.query(), this.order()];
      untracked(() => void this.store.ask(query, order));
    });
    const destroy = inject(DestroyRef);
    let watch: ResizeObserver | undefined;
    afterRenderEffect(() => {
      const page = this.page().nativeElement;
      if (watch) return;
      const measure = () => {
        const style = getComputedStyle(page);
        this.width_px.set(Math.floor(page.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight)));
      };
      watch = new ResizeObserver(measure);
      watch.observe(page);
      measure();
    });
    destroy.onDestroy(() => watch?.disconnect());
    let restored = false;
    afterRenderEffect(() => {
      if (this.rows().length + this.closeRows().length === 0 || restored) return;
      restored = true;
      this.page().nativeElement.scrollTop = this.store.scroll_px;
    });
    afterRenderEffect((onCleanup) => {
      const end = this.end()?.nativeElement;
      if (!end) return;
      const sight = new IntersectionObserver(
        (entries) => {
          if (entries.some((entry) => entry.isIntersecting)) void this.store.more();
        },
        { root: this.page().nativeElement, rootMargin: '900px' },
      );
      sight.observe(end);
      onCleanup(() => sight.disconnect());
    });
  }

  protected tileQuery(hit: Hit): Record<string, string | number> {
    const first = hit.why.find((why) => why.at_s !== null || why.box !== null);
    return { ...(first ? evidenceQuery(first) : {}), from: 'search' };
  }

  protected day(hit: Hit): string {
    const { taken, taken_local, place } = hit.asset;
    return [dayWords(dayOf(taken_local)), takenDoubt(taken), place].filter(Boolean).join(' · ');
  }

  protected reorder(sort: string): void {
    const queryParams = { sort: sort === 'match' ? null : sort };
    void this.router.navigate([], { queryParams, queryParamsHandling: 'merge' });
  }

  protected onKey(event: KeyboardEvent): void {
    moveInGrid(event, this.page().nativeElement);
  }
}

function placed(hits: readonly Hit[], width_px: number): PlacedHit[][] {
  if (width_px <= 0) return [];
  const rows = justifiedRows(hits.map(aspectOf), width_px, width_px < 640 ? 200 : 210, 12);
  return rows.map((row) => {
    return row.tiles.map(({ index, width_px }) => {
      const hit = hits[index] as Hit;
      return { hit, reasons: groupReasons(hit.why), width_px, height_px: row.height_px };
    });
  });
}

function aspectOf(hit: Hit): number {
  const { width, height } = hit.asset;
  return width && height ? Math.min(2.6, Math.max(0.7, width / height)) : 4 / 3;
}
