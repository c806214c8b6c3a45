import { ChangeDetectionStrategy, Component, effect, inject, input, signal, untracked } from '@angular/core';
import { RouterLink } from '@angular/router';

import { ApiClient, thumbnailUrl } from '../api/api-client';
import { AssetSummary, TimelineDay } from '../api/model';
import { counted } from '../wording/amounts';

const EACH = 6;
/** How much room the strip takes on top of the library. */
export const STRIP_PX = 168;

/** The days of other years that have today's month and day, the latest first. */
export function sameDays(days: readonly TimelineDay[], today: Date): TimelineDay[] {
  const pad = (part: number) => String(part).padStart(2, '0');
  const ending = `-${pad(today.getMonth() + 1)}-${pad(today.getDate())}`;
  return days.filter(({ day }) => day?.endsWith(ending) && !day.startsWith(`${today.getFullYear()}-`));
}

/** Pictures of this day in other years. */
@Component({
  selector: 'fv-on-this-day',
  changeDetection: ChangeDetectionStrategy.OnPush,
  imports: [RouterLink],
  template: `
    <section aria-labelledby="this-day-heading" data-testid="on-this-day">
      <h2 id="this-day-heading">On this day</h2>
      <ul tabindex="0" aria-label="On this day, by year">
        @for (year of years(); track year.day) {
          <li>
            <a class="year small" routerLink="/search" [queryParams]="{ q: 'taken:' + year.day }" [title]="year.count">
              <strong>{{ year.year }}</strong> {{ year.place }}
            </a>
            <div class="pictures">
              @for (asset of year.assets; track asset.id) {
                <a class="picture" [routerLink]="['/asset', asset.id]" [attr.aria-label]="'A ' + asset.kind + ' of ' + year.year">
                  <img alt="" decoding="async" [src]="thumbnail(asset)" />
                </a>
              }
            </div>
          </li>
        }
      </ul>
    </section>
  `,
  styles: `
    :host {
      position: absolute;
      inset: 0 0 auto;
    }
    h2 {
      height: 32px;
      padding-top: 8px;
      font-size: var(--size);
    }
    ul {
      display: flex;
      gap: 18px;
      overflow-x: auto;
      scrollbar-width: none;
    }
    li {
      flex: none;
    }
    .year {
      display: block;
      min-height: 24px;
      color: var(--text-quiet);
      text-decoration: none;
    }
    .year:hover {
      text-decoration: underline;
    }
    strong {
      color: var(--when);
    }
    .pictures {
      display: flex;
      gap: 4px;
      min-width: 96px;
      height: 92px;
    }
    .picture {
      display: block;
      overflow: hidden;
      border-radius: 3px;
      background: var(--placeholder);
    }
    .picture:focus-visible {
      outline-offset: -3px;
    }
    img {
      height: 92px;
      min-width: 60px;
      object-fit: cover;
    }
  `,
})
export class OnThisDay {
  readonly days = input.required<readonly TimelineDay[]>();
  protected readonly thumbnail = thumbnailUrl;
  protected readonly years = signal<{ day: string; year: string; place: string; count: string; assets: AssetSummary[] }[]>([]);
  private readonly api = inject(ApiClient);

  constructor() {
    effect(() => {
      const days = this.days();
      untracked(() => void this.read(days));
    });
  }

  private async read(days: readonly TimelineDay[]): Promise<void> {
    const years = await Promise.all(
      days.map(async ({ day, place, count }) => ({
        day: day ?? '',
        year: day?.slice(0, 4) ?? '',
        place: place ?? '',
        count: counted(count, 'picture'),
        // a year that cannot be read is shown without its pictures: the page below has them
        assets: await this.api.day(day, EACH, null).then(({ items }) => items, () => []),
      })),
    );
    if (days === this.days()) this.years.set(years);
  }
}
