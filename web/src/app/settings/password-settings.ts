import { ChangeDetectionStrategy, Component, inject, signal } from '@angular/core';
import { FormsModule } from '@angular/forms';

import { AccountsClient } from '../api/accounts-client';
import { problemText } from '../api/problem';
import { SessionStore } from '../sign-in/session-store';

/** Another password for oneself. */
@Component({
  selector: 'fv-password-settings',
  changeDetection: ChangeDetectionStrategy.OnPush,
  imports: [FormsModule],
  template: `
    <section aria-labelledby="password-heading">
      <h2 id="password-heading">Password</h2>
      @if (problem(); as problem) {
        <p class="bad" role="alert">{{ problem }}</p>
      }
      @if (changed()) {
        <p role="status">The password is changed. All other sessions have ended; tokens stay until they are revoked.</p>
      }
      <form (ngSubmit)="change()">
        <input class="unseen" type="text" autocomplete="username" tabindex="-1" aria-hidden="true" readonly [value]="login()" />
        <label class="field">
          Old password
          <input name="old-password" type="password" autocomplete="current-password" required [(ngModel)]="old" />
        </label>
        <label class="field">
          New password, at least 10 characters
          <input name="new-password" type="password" autocomplete="new-password" required minlength="10" [(ngModel)]="next" />
        </label>
        <button type="submit" [disabled]="busy() || !old() || !next()">Change the password</button>
      </form>
    </section>
  `,
  styleUrl: './settings-lists.css',
})
export class PasswordSettings {
  protected readonly old = signal('');
  protected readonly next = signal('');
  protected readonly busy = signal(false);
  protected readonly changed = signal(false);
  protected readonly problem = signal<string | null>(null);
  private readonly session = inject(SessionStore);
  private readonly accounts = inject(AccountsClient);

  protected login(): string {
    return this.session.account()?.login ?? '';
  }

  protected async change(): Promise<void> {
    this.busy.set(true);
    this.problem.set(null);
    this.changed.set(false);
    try {
      await this.accounts.changePassword(this.old(), this.next());
      this.old.set('');
      this.next.set('');
      this.changed.set(true);
    } catch (error) {
      this.problem.set(problemText(error));
    } finally {
      this.busy.set(false);
    }
  }
}
