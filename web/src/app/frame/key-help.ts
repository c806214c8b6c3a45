import { ChangeDetectionStrategy, Component, ElementRef, afterNextRender, output, viewChild } from '@angular/core';

import { Icon } from '../answer/icon';

const KEYS: readonly { page: string; keys: readonly { keys: readonly string[]; does: string }[] }[] = [
  {
    page: 'Everywhere',
    keys: [
      { keys: ['/'], does: 'search' },
      { keys: ['?'], does: 'this list' },
    ],
  },
  {
    page: 'Library and search',
    keys: [
      { keys: ['←', '→', '↑', '↓'], does: 'go from picture to picture' },
      { keys: ['Enter'], does: 'open' },
    ],
  },
  {
    page: 'Selecting in the library',
    keys: [
      { keys: ['x'], does: 'select or not' },
      { keys: ['Shift', 'x'], does: 'select up to here' },
      { keys: ['Del'], does: 'into the trash' },
      { keys: ['Esc'], does: 'select nothing' },
    ],
  },
  {
    page: 'Map, on a thumb of the row of months',
    keys: [
      { keys: ['←', '→'], does: 'a month' },
      { keys: ['PgUp', 'PgDn'], does: 'a year' },
      { keys: ['Home', 'End'], does: 'as far as it goes' },
      { keys: ['Esc'], does: 'no area after all' },
    ],
  },
  {
    page: 'A picture or video',
    keys: [
      { keys: ['←', '→'], does: 'previous, next' },
      { keys: ['f'], does: 'boxes of faces' },
      { keys: ['o'], does: 'boxes of objects' },
      { keys: ['t'], does: 'boxes of text' },
      { keys: ['Space'], does: 'play, pause' },
      { keys: ['Del'], does: 'into the trash' },
      { keys: ['Esc'], does: 'back to the same place' },
    ],
  },
];

/** Which keys do what; comes and goes with `?`. */
@Component({
  selector: 'fv-key-help',
  changeDetection: ChangeDetectionStrategy.OnPush,
  imports: [Icon],
  template: `
    <section #panel tabindex="-1" aria-labelledby="keys-heading" data-testid="key-help">
      <header>
        <h2 id="keys-heading">Keys</h2>
        <button type="button" class="plain square" aria-label="Close" (click)="closed.emit()"><fv-icon name="close" /></button>
      </header>
      @for (group of groups; track group.page) {
        <h3 class="small quiet">{{ group.page }}</h3>
        <dl>
          @for (one of group.keys; track one.does) {
            <div>
              <dt>@for (key of one.keys; track key) {<kbd>{{ key }}</kbd>}</dt>
              <dd>{{ one.does }}</dd>
            </div>
          }
        </dl>
      }
    </section>
  `,
  styles: `
    section {
      position: fixed;
      right: 16px;
      bottom: calc(16px + var(--bottombar));
      z-index: 35;
      width: min(330px, calc(100vw - 20px));
      max-height: calc(100dvh - 90px - var(--bottombar));
      padding: 6px 16px 16px;
      overflow-y: auto;
      border: 1px solid var(--line);
      border-radius: 10px;
      background: var(--surface);
      box-shadow: var(--shadow);
    }
    header {
      display: flex;
      align-items: center;
      justify-content: space-between;
      margin-right: -8px;
    }
    h3 {
      padding: 8px 0 3px;
    }
    dl div {
      display: grid;
      grid-template-columns: 118px 1fr;
      align-items: center;
      min-height: 28px;
    }
    dt {
      display: flex;
      gap: 4px;
    }
    kbd {
      min-width: 24px;
      padding: 1px 6px;
      border: 1px solid var(--line-strong);
      border-radius: 4px;
      font: 13px / 1.3 var(--mono);
      text-align: center;
    }
  `,
  host: { '(keydown.escape)': '$event.stopPropagation(); closed.emit()' },
})
export class KeyHelp {
  readonly closed = output<void>();
  protected readonly groups = KEYS;
  private readonly panel = viewChild.required<ElementRef<HTMLElement>>('panel');

  constructor() {
    const before = document.activeElement;
    afterNextRender(() => this.panel().nativeElement.focus());
    // whoever had the focus gets it back
    this.closed.subscribe(() => before instanceof HTMLElement && before.focus());
  }
}
