import { ChangeDetectionStrategy, Component, ElementRef, afterRenderEffect, computed, inject, input } from '@angular/core';

import { Segment } from '../api/model';
import { clock } from '../wording/durations';
import { languageName } from './source-words';
import { ViewerState } from './viewer-state';

/** What is said, line by line: the line of the moment is marked and kept in sight, a click plays from there. */
@Component({
  selector: 'fv-transcript',
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <ol>
      @for (segment of segments(); track segment.start_s) {
        <li>
          <button
            type="button"
            class="plain"
            data-testid="transcript-line"
            [attr.aria-current]="$index === current() ? 'true' : null"
            (click)="state.seek(segment.start_s, true)"
          >
            <span class="time numbers">{{ clock(segment.start_s) }}</span>
            <span
              >@if (languageAt($index); as language) {<span class="language" [class.unsure]="segment.language_unsure">{{
                language
              }}</span>}{{ segment.text }}</span
            >
          </button>
        </li>
      }
    </ol>
  `,
  styles: `
    ol {
      position: relative;
      max-height: 44vh;
      overflow-y: auto;
    }
    button {
      display: grid;
      grid-template-columns: auto 1fr;
      align-items: baseline;
      gap: 10px;
      width: 100%;
      min-height: 28px;
      padding: 4px 6px;
      font-weight: inherit;
      text-align: left;
      white-space: normal;
    }
    .language {
      margin-right: 6px;
      color: var(--text-quiet);
      font-size: var(--size-small);
    }
    .language.unsure {
      color: var(--unsure);
    }
    .time {
      color: var(--said);
      font-size: var(--size-small);
    }
    button[aria-current] {
      background: var(--raised);
      box-shadow: inset 2px 0 0 var(--said);
    }
  `,
})
export class Transcript {
  readonly segments = input.required<readonly Segment[]>();
  protected readonly state = inject(ViewerState);
  protected readonly clock = clock;
  private readonly host = inject<ElementRef<HTMLElement>>(ElementRef);
  protected readonly current = computed(() => {
    const now = this.state.time_s() + 0.05;
    return this.segments().findIndex((segment) => segment.start_s <= now && now < segment.end_s);
  });

  /** Named where it changes, and wherever a guess begins. */
  protected languageAt(index: number): string | null {
    const segments = this.segments();
    const now = segments[index];
    if (!now) return null;
    const before = index > 0 ? segments[index - 1] : null;
    if (before && before.language === now.language && before.language_unsure === now.language_unsure) return null;
    const several = segments.some((segment) => segment.language !== segments[0]?.language);
    if (!several && !now.language_unsure) return null;
    const name = now.language ? languageName(now.language) : 'Unknown language';
    return now.language_unsure ? `${name}, unsure:` : `${name}:`;
  }

  constructor() {
    afterRenderEffect(() => {
      const at = this.current();
      const list = this.host.nativeElement.querySelector('ol');
      const line = list?.children[at] as HTMLElement | undefined;
      if (!list || !line) return;
      // only the list is scrolled: the page around it stays where the reader left it
      const top_px = line.offsetTop;
      if (top_px < list.scrollTop) list.scrollTop = top_px;
      const bottom_px = top_px + line.offsetHeight - list.clientHeight;
      if (bottom_px > list.scrollTop) list.scrollTop = bottom_px;
    });
  }
}
