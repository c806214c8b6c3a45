import { ChangeDetectionStrategy, Component, computed, inject, input } from '@angular/core';

import { Icon } from '../answer/icon';
import { Deed } from '../api/model';
import { SessionStore } from '../sign-in/session-store';
import { counted, number } from '../wording/amounts';
import { ActivityStore } from './activity-store';

/** What each kind of long work does, before its title. */
const KINDS: Readonly<Record<string, string>> = {
  import: 'Import of',
  rescan: 'Look through',
  rerun: 'Again:',
  export: 'Export of',
  backup: 'Backup',
  verify: 'Verification,',
  inbox: 'Inbox:',
};

/** Work that takes long: imports, exports, re-runs; with how far each is and its end. */
@Component({
  selector: 'fv-deed-list',
  changeDetection: ChangeDetectionStrategy.OnPush,
  imports: [Icon],
  template: `
    @if (deeds().length > 0) {
      <section [attr.aria-label]="heading()" data-testid="deeds" [class.open]="open()">
        <h2>{{ heading() }}</h2>
        <ul>
          @for (deed of deeds(); track deed.id) {
            <li [attr.data-state]="deed.state">
              <p class="title"><span class="kind">{{ kind(deed) }}</span> {{ deed.title }}</p>
              <span class="state small" [class.bad]="deed.state === 'failed'">{{ words(deed) }}</span>
              @if (isOpen(deed)) {
                <div
                  class="bar"
                  role="progressbar"
                  aria-valuemin="0"
                  [attr.aria-label]="deed.title"
                  [attr.aria-valuemax]="deed.total"
                  [attr.aria-valuenow]="deed.total ? deed.done : null"
                >
                  <span [class.unknown]="!deed.total" [style.width.%]="deed.total ? (deed.done / deed.total) * 100 : 100"></span>
                </div>
                @if (mayEdit()) {
                  <button type="button" class="plain" [attr.aria-label]="'End ' + deed.title" [disabled]="deed.cancel_asked" (click)="store.cancel(deed)">
                    <fv-icon name="close" [size]="15" />End
                  </button>
                }
              }
              @if (deed.message) {
                <p class="message small" [class.bad]="deed.state === 'failed'" [class.quiet]="deed.state !== 'failed'">{{ deed.message }}</p>
              }
              @for (group of deed.reasons; track group.reason) {
                <details class="message" data-testid="refused">
                  <summary>
                    <span class="reason">refused: {{ group.reason }}</span>
                    <span class="quiet small numbers">{{ counted(group.count, 'file') }}</span>
                  </summary>
                  <ul>
                    @for (file of group.files; track file.path) {
                      <li class="file small">{{ file.path }} <span class="quiet">stays at {{ file.kept }}</span></li>
                    }
                    @if (group.count > group.files.length) {
                      <li class="file quiet small">and {{ number(group.count - group.files.length) }} more</li>
                    }
                  </ul>
                </details>
              }
            </li>
          }
        </ul>
      </section>
    }
  `,
  styles: `
    :host {
      display: block;
    }
    section {
      margin-top: 30px;
    }
    section.open {
      margin: 0 0 30px;
    }
    li {
      display: grid;
      grid-template-columns: minmax(0, 1fr) auto;
      align-items: center;
      gap: 3px 14px;
      padding: 10px 0;
      border-top: 1px solid var(--line);
    }
    ul {
      margin-top: 8px;
    }
    .title {
      font-weight: 600;
      overflow-wrap: anywhere;
    }
    .kind {
      color: var(--text-quiet);
      font-weight: 450;
    }
    .state {
      color: var(--text-quiet);
    }
    .state.bad {
      color: var(--bad);
    }
    .bar {
      height: 6px;
      overflow: hidden;
      border-radius: 3px;
      background: var(--hover);
    }
    .bar span {
      display: block;
      height: 100%;
      background: var(--accent);
    }
    .bar .unknown {
      background: repeating-linear-gradient(-45deg, var(--accent) 0 6px, transparent 6px 12px);
    }
    .message {
      grid-column: 1 / -1;
      overflow-wrap: anywhere;
    }
    summary {
      min-height: 26px;
      cursor: pointer;
    }
    .reason {
      margin-right: 8px;
      color: var(--bad);
    }
    .file {
      display: block;
      padding: 3px 0 3px 16px;
      border: 0;
    }
    .file span {
      display: block;
    }
    button {
      min-height: 28px;
      padding: 0 8px;
    }
  `,
})
export class DeedList {
  /** Those that go on, or those that have ended. */
  readonly open = input.required<boolean>();
  protected readonly store = inject(ActivityStore);
  protected readonly deeds = computed(() => this.store.deeds().filter((deed) => this.isOpen(deed) === this.open()));
  protected readonly heading = computed(() => (this.open() ? 'Long work' : 'Long work that ended'));
  protected readonly mayEdit = inject(SessionStore).mayEdit;
  protected readonly number = number;
  protected readonly counted = counted;

  protected kind({ kind }: Deed): string {
    return KINDS[kind] ?? kind;
  }

  protected isOpen(deed: Deed): boolean {
    return deed.state === 'waiting' || deed.state === 'running';
  }

  protected words(deed: Deed): string {
    if (deed.cancel_asked && this.isOpen(deed)) return 'ending';
    const count = deed.total === null ? number(deed.done) : `${number(deed.done)} of ${number(deed.total)}`;
    const words = [deed.state === 'done' && deed.refused > 0 ? 'ended' : deed.state];
    if (deed.stored + deed.known + deed.refused > 0 && !this.isOpen(deed)) {
      words.push(`${number(deed.stored)} stored`);
      if (deed.known > 0) words.push(`${number(deed.known)} known`);
      if (deed.refused > 0) words.push(`${number(deed.refused)} refused`);
    } else {
      if (deed.total === 0 && !this.isOpen(deed)) words.push('there was nothing to do');
      else if (deed.total !== null || deed.done > 0) words.push(count);
      if (deed.refused > 0) words.push(`${number(deed.refused)} refused`);
    }
    return words.join(' · ');
  }
}
