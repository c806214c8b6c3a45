import { Injectable, inject } from '@angular/core';

import { Asset, AssetSummary } from '../api/model';
import { LibraryStore } from '../library/library-store';
import { dayKey } from '../library/timeline-layout';
import { SearchStore } from '../search/search-store';
import { dayOf } from '../wording/days';

/** What comes before and after a picture: in the results it was opened from, else in the library. */
@Injectable({ providedIn: 'root' })
export class Sequence {
  private readonly library = inject(LibraryStore);
  private readonly search = inject(SearchStore);

  async neighbour(asset: Asset, step: 1 | -1, from: string | undefined): Promise<AssetSummary | null> {
    if (from === 'search') return this.search.neighbour(asset.id, step);
    // What lies ahead of its time stands among the undated.
    const day = asset.taken?.doubt === 'future' ? null : dayOf(asset.taken_local);
    return this.library.neighbour(asset.id, dayKey(day), step);
  }
}
