import { HttpErrorResponse } from '@angular/common/http';
import { ChangeDetectionStrategy, Component, inject, input, signal } from '@angular/core';
import { FormsModule } from '@angular/forms';
import { Router } from '@angular/router';

import { problemText } from '../api/problem';
import { Entrance } from './entrance';
import { SessionStore } from './session-store';

@Component({
  selector: 'fv-sign-in-page',
  changeDetection: ChangeDetectionStrategy.OnPush,
  imports: [Entrance, FormsModule],
  template: `
    <fv-entrance>
      <form (ngSubmit)="signIn()">
        <h1>Sign in</h1>
        <label class="field">
          Login
          <input name="login" autocomplete="username" autocapitalize="none" required [(ngModel)]="login" />
        </label>
        <label class="field">
          Password
          <input name="password" type="password" autocomplete="current-password" required [(ngModel)]="password" />
        </label>
        @if (problem(); as problem) {
          <p class="bad" role="alert">{{ problem }}</p>
        }
        <button class="primary" type="submit" [disabled]="busy()">Sign in</button>
      </form>
    </fv-entrance>
  `,
  styles: `
    form {
      display: grid;
      gap: 14px;
    }
    button {
      min-height: 40px;
    }
  `,
})
export class SignInPage {
  /** The page to return to. */
  readonly back = input<string>();
  protected readonly login = signal('');
  protected readonly password = signal('');
  protected readonly busy = signal(false);
  protected readonly problem = signal<string | null>(null);
  private readonly session = inject(SessionStore);
  private readonly router = inject(Router);

  protected async signIn(): Promise<void> {
    this.busy.set(true);
    this.problem.set(null);
    try {
      await this.session.signIn(this.login(), this.password());
      await this.router.navigateByUrl(returnAddress(this.back()));
    } catch (error) {
      const told = problemText(error);
      const wrong = error instanceof HttpErrorResponse && error.status === 401 && !told.includes('disabled');
      this.problem.set(wrong ? 'This login and password do not belong together.' : told);
    } finally {
      this.busy.set(false);
    }
  }
}

/** Only addresses inside this app: what stands in the address bar may come from a stranger's link. */
function returnAddress(back: string | undefined): string {
  return back?.startsWith('/') && !back.startsWith('//') ? back : '/';
}
