import { ChangeDetectionStrategy, Component, effect, inject, input, output, signal } from '@angular/core';

import { Icon } from '../answer/icon';
import { ApiClient } from '../api/api-client';
import { AssetSummary } from '../api/model';
import { problemText } from '../api/problem';
import { Tile } from '../library/tile';
import { evidenceQuery } from '../search/reason';

export type SimilarTo = { asset: number } | { face: number };

interface Shown {
  asset: AssetSummary;
  words: string;
  query: Record<string, string | number> | null;
}

const MOST = 24;

/** Pictures like this one, or faces like that one, most alike first, as far as that says more than chance. */
@Component({
  selector: 'fv-similar-strip',
  changeDetection: ChangeDetectionStrategy.OnPush,
  imports: [Icon, Tile],
  template: `
    <section [attr.aria-label]="heading()" data-testid="similar">
      <header>
        <h2>{{ heading() }}</h2>
        <button type="button" class="plain square" aria-label="Close" (click)="closed.emit()"><fv-icon name="close" /></button>
      </header>
      @if (problem(); as problem) {
        <p class="bad" role="alert">{{ problem }}</p>
      } @else if (shown(); as shown) {
        @if (shown.length === 0) {
          <p class="quiet">Nothing in the library is more alike than chance would have it, or it has not been looked at yet.</p>
        }
        <ul tabindex="-1">
          @for (one of shown; track $index) {
            <li>
              <fv-tile [asset]="one.asset" [query]="one.query" />
              <span class="small quiet">{{ one.words }}</span>
            </li>
          }
        </ul>
      } @else {
        <div class="waiting-line" role="status" aria-label="Searching"></div>
      }
    </section>
  `,
  styles: `
    section {
      padding: 6px 14px 12px;
      border-top: 1px solid var(--line);
      background: var(--ground);
    }
    header {
      display: flex;
      align-items: center;
      justify-content: space-between;
    }
    h2 {
      font-size: var(--size);
    }
    ul {
      display: flex;
      gap: 8px;
      padding: 4px;
      margin: 0 -4px;
      overflow-x: auto;
    }
    li {
      flex: none;
      width: 132px;
    }
    fv-tile {
      height: 96px;
    }
  `,
})
export class SimilarStrip {
  readonly to = input.required<SimilarTo>();
  readonly closed = output<void>();
  protected readonly shown = signal<Shown[] | null>(null);
  protected readonly problem = signal<string | null>(null);
  protected readonly heading = signal('');
  private readonly api = inject(ApiClient);

  constructor() {
    effect(() => void this.read(this.to()));
  }

  private async read(to: SimilarTo): Promise<void> {
    this.heading.set('face' in to ? 'Similar faces' : 'Similar pictures');
    this.shown.set(null);
    this.problem.set(null);
    try {
      const shown = 'face' in to ? await this.faces(to.face) : await this.assets(to.asset);
      if (this.to() === to) this.shown.set(shown);
    } catch (error) {
      if (this.to() === to) this.problem.set(problemText(error));
    }
  }

  private async assets(id: number): Promise<Shown[]> {
    const { items } = await this.api.similarAssets(id, MOST);
    return items.map(({ asset, likeness }) => {
      return { asset, words: likeness ?? '', query: null };
    });
  }

  private async faces(id: number): Promise<Shown[]> {
    const { items } = await this.api.similarFaces(id, MOST);
    return items.map(({ asset, face, certainty }) => {
      return { asset, words: certainty ?? '', query: evidenceQuery(face) };
    });
  }
}
