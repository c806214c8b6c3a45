import { DatePipe } from '@angular/common';
import { ChangeDetectionStrategy, Component, OnInit, computed, inject, input, output, signal } from '@angular/core';
import { FormsModule } from '@angular/forms';

import { AccountsClient } from '../api/accounts-client';
import { Person, Role, SignedInFrom, Token } from '../api/model';
import { problemText } from '../api/problem';
import { SessionStore } from '../sign-in/session-store';

/** One account: its role, whether it may act, its password, sessions and tokens, and its end. */
@Component({
  selector: 'fv-user-details',
  changeDetection: ChangeDetectionStrategy.OnPush,
  imports: [DatePipe, FormsModule],
  templateUrl: './user-details.html',
  styleUrl: './user-details.css',
})
export class UserDetails implements OnInit {
  readonly user = input.required<Person>();
  readonly changed = output();
  readonly deleted = output<Person>();
  protected readonly sessions = signal<readonly SignedInFrom[]>([]);
  protected readonly tokens = signal<readonly Token[]>([]);
  protected readonly password = signal('');
  /** Whether deleting is asked about once more, for nothing brings an account back. */
  protected readonly sure = signal(false);
  protected readonly problem = signal<string | null>(null);
  protected readonly told = signal<string | null>(null);
  protected readonly isOwn = computed(() => this.session.account()?.id === this.user().id);
  private readonly session = inject(SessionStore);
  private readonly accounts = inject(AccountsClient);

  ngOnInit(): void {
    void this.change(() => Promise.resolve(), null);
  }

  protected changeRole(role: Role): Promise<void> {
    return this.change(() => this.accounts.change(this.user().id, { role }), `${this.user().login} is ${role} now.`);
  }

  protected setDisabled(disabled: boolean): Promise<void> {
    const done = disabled ? 'is disabled: sessions have ended, tokens wait.' : 'may sign in again.';
    return this.change(() => this.accounts.change(this.user().id, { disabled }), `${this.user().login} ${done}`);
  }

  protected setPassword(): Promise<void> {
    return this.change(async () => {
      await this.accounts.change(this.user().id, { password: this.password() });
      this.password.set('');
    }, `${this.user().login} has a new password.`);
  }

  protected endSession(id: string): Promise<void> {
    return this.change(() => this.accounts.endSession(this.user().id, id), null);
  }

  protected endSessions(): Promise<void> {
    return this.change(() => this.accounts.endSessions(this.user().id), `${this.user().login} is signed out everywhere.`);
  }

  protected revoke(id: string): Promise<void> {
    return this.change(() => this.accounts.revokeToken(this.user().id, id), null);
  }

  protected async remove(): Promise<void> {
    this.problem.set(null);
    try {
      this.deleted.emit(await this.accounts.remove(this.user().id));
    } catch (error) {
      this.sure.set(false);
      this.problem.set(problemText(error));
    }
  }

  private async change(action: () => Promise<unknown>, done: string | null): Promise<void> {
    this.problem.set(null);
    this.told.set(null);
    try {
      await action();
      this.told.set(done);
    } catch (error) {
      this.problem.set(problemText(error));
    }
    this.changed.emit();
    await this.read();
  }

  private async read(): Promise<void> {
    try {
      const id = this.user().id;
      const [sessions, tokens] = await Promise.all([this.accounts.sessions(id), this.accounts.tokens(id)]);
      this.sessions.set(sessions.items);
      this.tokens.set(tokens.items);
    } catch (error) {
      this.problem.set(problemText(error));
    }
  }
}
