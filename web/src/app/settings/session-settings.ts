import { DatePipe } from '@angular/common';
import { ChangeDetectionStrategy, Component, OnInit, inject, signal } from '@angular/core';

import { AccountsClient } from '../api/accounts-client';
import { SignedInFrom } from '../api/model';
import { problemText } from '../api/problem';

/** Where one is signed in, and signing out there or everywhere. */
@Component({
  selector: 'fv-session-settings',
  changeDetection: ChangeDetectionStrategy.OnPush,
  imports: [DatePipe],
  template: `
    <section aria-labelledby="sessions-heading">
      <h2 id="sessions-heading">Signed in</h2>
      @if (problem(); as problem) {
        <p class="bad" role="alert">{{ problem }}</p>
      }
      <ul class="list">
        @for (one of sessions(); track one.id) {
          <li>
            <span class="name">{{ one.name || 'unknown' }}</span>
            <span class="quiet">{{ one.current ? 'this browser' : '' }}</span>
            <span class="quiet small">
              since {{ one.created_at | date: 'd MMM y' }} · used {{ one.last_used_at ?? one.created_at | date: 'd MMM y, HH:mm' }}
            </span>
            @if (!one.current) {
              <button type="button" class="plain" [attr.aria-label]="'Sign out ' + one.name" (click)="end(one)">Sign out</button>
            }
          </li>
        }
      </ul>
      @if (sessions().length > 1) {
        <p><button type="button" data-testid="sign-out-elsewhere" (click)="endOthers()">Sign out everywhere else</button></p>
      }
    </section>
  `,
  styleUrl: './settings-lists.css',
})
export class SessionSettings implements OnInit {
  protected readonly sessions = signal<readonly SignedInFrom[]>([]);
  protected readonly problem = signal<string | null>(null);
  private readonly accounts = inject(AccountsClient);

  ngOnInit(): void {
    void this.change(() => Promise.resolve());
  }

  protected end(one: SignedInFrom): Promise<void> {
    return this.change(() => this.accounts.endSession('own', one.id));
  }

  protected endOthers(): Promise<void> {
    return this.change(() => this.accounts.endSessions('own', true));
  }

  private async change(action: () => Promise<unknown>): Promise<void> {
    this.problem.set(null);
    try {
      await action();
      this.sessions.set((await this.accounts.sessions('own')).items);
    } catch (error) {
      this.problem.set(problemText(error));
    }
  }
}
