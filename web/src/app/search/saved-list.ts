import { ChangeDetectionStrategy, Component, OnInit, inject } from '@angular/core';
import { RouterLink } from '@angular/router';

import { Icon } from '../answer/icon';
import { SessionStore } from '../sign-in/session-store';
import { SavedSearches } from './saved-searches';

/** The saved searches, each a link; nothing at all while there are none. */
@Component({
  selector: 'fv-saved-list',
  changeDetection: ChangeDetectionStrategy.OnPush,
  imports: [Icon, RouterLink],
  template: `
    @if (saved.items().length > 0) {
      <h2>Saved searches</h2>
      <ul data-testid="saved-searches">
        @for (one of saved.items(); track one.id) {
          <li>
            <a routerLink="/search" [queryParams]="{ q: one.query, sort: one.sort === 'match' ? null : one.sort }">
              <fv-icon name="saved" [size]="16" />
              <span class="name">{{ one.name }}</span>
              <code class="quiet">{{ one.query }}</code>
            </a>
            @if (mayEdit()) {
              <button type="button" class="plain square" [attr.aria-label]="'Forget ' + one.name" (click)="saved.forget(one)">
                <fv-icon name="close" [size]="16" />
              </button>
            }
          </li>
        }
      </ul>
    }
    @if (saved.forgotten(); as gone) {
      <p class="gone" role="status">
        <span class="quiet">“{{ gone.name }}” is forgotten.</span>
        <button type="button" class="plain" (click)="saved.bringBack(gone)"><fv-icon name="retry" [size]="15" />Undo</button>
      </p>
    }
    @if (saved.problem(); as problem) {
      <p class="bad" role="alert">{{ problem }}</p>
    }
  `,
  styles: `
    :host {
      display: block;
      width: min(560px, 100%);
      margin-top: 18px;
      text-align: left;
    }
    ul {
      margin-top: 6px;
      border-top: 1px solid var(--line);
    }
    li {
      display: flex;
      align-items: center;
      border-bottom: 1px solid var(--line);
    }
    a {
      display: flex;
      flex: 1;
      align-items: center;
      gap: 10px;
      min-width: 0;
      min-height: 44px;
      padding: 6px 8px;
      color: var(--text);
      text-decoration: none;
    }
    a:hover {
      background: var(--raised);
    }
    .gone {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: 4px 8px;
      padding-top: 6px;
      overflow-wrap: anywhere;
    }
    .name {
      font-weight: 600;
      overflow-wrap: anywhere;
    }
    code {
      flex: 1;
      overflow: hidden;
      font: 13px var(--mono);
      text-align: right;
      text-overflow: ellipsis;
      white-space: nowrap;
    }
  `,
})
export class SavedList implements OnInit {
  protected readonly saved = inject(SavedSearches);
  protected readonly mayEdit = inject(SessionStore).mayEdit;

  ngOnInit(): void {
    void this.saved.read();
  }
}
