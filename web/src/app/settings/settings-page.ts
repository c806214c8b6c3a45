import { ChangeDetectionStrategy, Component, inject, signal } from '@angular/core';
import { RouterLink } from '@angular/router';

import { problemText } from '../api/problem';
import { SessionStore } from '../sign-in/session-store';
import { PasswordSettings } from './password-settings';
import { SessionSettings } from './session-settings';
import { TokenSettings } from './token-settings';
import { UserSettings } from './user-settings';

/** The account, where it is signed in, its tokens for scripts, and for administrators the other accounts. */
@Component({
  selector: 'fv-settings-page',
  changeDetection: ChangeDetectionStrategy.OnPush,
  imports: [PasswordSettings, RouterLink, SessionSettings, TokenSettings, UserSettings],
  template: `
    <div class="page" tabindex="-1">
      <h1>Settings</h1>
      @if (session.account(); as account) {
        <section aria-labelledby="account-heading">
          <h2 id="account-heading">Account</h2>
          <p>
            Signed in as <strong>{{ account.login }}</strong
            >, {{ account.role }}.
          </p>
          @if (problem(); as problem) {
            <p class="bad" role="alert">{{ problem }}</p>
          }
          <button type="button" data-testid="sign-out" (click)="signOut()">Sign out</button>
        </section>
        <fv-password-settings />
        <fv-session-settings />
        <section aria-labelledby="trash-heading">
          <h2 id="trash-heading">Trash</h2>
          <p>What was put aside waits in <a routerLink="/trash">the trash</a> until it is restored or removed for good.</p>
        </section>
        <fv-token-settings />
        @if (session.isAdministrator()) {
          <fv-user-settings />
        }
      }
    </div>
  `,
  styles: `
    :host {
      display: block;
      height: 100%;
    }
    .page > * {
      max-width: 720px;
    }
    section {
      display: grid;
      justify-items: start;
      gap: 10px;
      margin-top: 20px;
    }
  `,
})
export class SettingsPage {
  protected readonly session = inject(SessionStore);
  protected readonly problem = signal<string | null>(null);

  protected async signOut(): Promise<void> {
    try {
      await this.session.signOut();
    } catch (error) {
      this.problem.set(problemText(error));
    }
  }
}
