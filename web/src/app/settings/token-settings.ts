import { DatePipe } from '@angular/common';
import { ChangeDetectionStrategy, Component, OnInit, inject, signal } from '@angular/core';
import { FormsModule } from '@angular/forms';

import { ApiClient } from '../api/api-client';
import { MadeToken, Scope, Token } from '../api/model';
import { problemText } from '../api/problem';
import { SessionStore } from '../sign-in/session-store';

const DAYS: readonly { label: string; days: number | null }[] = [
  { label: 'in 30 days', days: 30 },
  { label: 'in 90 days', days: 90 },
  { label: 'in a year', days: 365 },
  { label: 'never', days: null },
];

/** Tokens with which scripts use the API in the name of this account. */
@Component({
  selector: 'fv-token-settings',
  changeDetection: ChangeDetectionStrategy.OnPush,
  imports: [DatePipe, FormsModule],
  templateUrl: './token-settings.html',
  styleUrl: './settings-lists.css',
})
export class TokenSettings implements OnInit {
  protected readonly tokens = signal<readonly Token[] | null>(null);
  protected readonly made = signal<MadeToken | null>(null);
  protected readonly problem = signal<string | null>(null);
  /** The token that is asked about once more, for nothing brings it back. */
  protected readonly sure = signal<Token['id'] | null>(null);
  protected readonly name = signal('');
  protected readonly scope = signal<Scope>('read');
  protected readonly lasts = signal('90');
  protected readonly days = DAYS;
  protected readonly isAdministrator = inject(SessionStore).isAdministrator;
  private readonly api = inject(ApiClient);

  ngOnInit(): void {
    void this.read();
  }

  protected async add(): Promise<void> {
    const days = this.lasts() === 'never' ? null : Number(this.lasts());
    const expires_at = days === null ? 'never' : new Date(Date.now() + days * 864e5).toISOString();
    await this.change(async () => {
      this.made.set(await this.api.addToken(this.name().trim(), scopesUpTo(this.scope()), expires_at));
      this.name.set('');
    });
  }

  protected async revoke(token: Token): Promise<void> {
    this.sure.set(null);
    await this.change(() => this.api.revokeToken(token.id));
    if (this.made()?.id === token.id) this.made.set(null);
  }

  private async change(action: () => Promise<unknown>): Promise<void> {
    this.problem.set(null);
    try {
      await action();
      await this.read();
    } catch (error) {
      this.problem.set(problemText(error));
    }
  }

  private async read(): Promise<void> {
    try {
      this.tokens.set((await this.api.tokens()).items);
    } catch (error) {
      this.problem.set(problemText(error));
    }
  }
}

function scopesUpTo(scope: Scope): Scope[] {
  const all: Scope[] = ['read', 'write', 'admin'];
  return all.slice(0, all.indexOf(scope) + 1);
}
