import { ChangeDetectionStrategy, Component, OnInit, inject, signal } from '@angular/core';
import { FormsModule } from '@angular/forms';

import { AccountsClient } from '../api/accounts-client';
import { ApiClient } from '../api/api-client';
import { Person, Role } from '../api/model';
import { problemText } from '../api/problem';
import { UserDetails } from './user-details';

/** The accounts of this library, what can be done about each, and a form for one more. */
@Component({
  selector: 'fv-user-settings',
  changeDetection: ChangeDetectionStrategy.OnPush,
  imports: [FormsModule, UserDetails],
  template: `
    <section aria-labelledby="users-heading">
      <h2 id="users-heading">Users</h2>
      @if (problem(); as problem) {
        <p class="bad" role="alert">{{ problem }}</p>
      }
      @if (told(); as told) {
        <p role="status">{{ told }}</p>
      }
      <ul class="list">
        @for (user of users(); track user.id) {
          <li>
            <span class="name">{{ user.login }}</span>
            <span class="quiet">{{ user.role }}</span>
            <span class="quiet small">{{ user.disabled_at ? 'disabled' : '' }}</span>
            <button
              type="button"
              class="plain"
              [attr.aria-expanded]="opened() === user.id"
              [attr.aria-label]="(opened() === user.id ? 'Close ' : 'Manage ') + user.login"
              (click)="opened.set(opened() === user.id ? null : user.id)"
            >
              {{ opened() === user.id ? 'Close' : 'Manage' }}
            </button>
            @if (opened() === user.id) {
              <fv-user-details class="wide" [user]="user" (changed)="read()" (deleted)="gone($event)" />
            }
          </li>
        }
      </ul>
      <form (ngSubmit)="add()">
        <label class="field">
          Login
          <input name="user-login" autocomplete="off" autocapitalize="none" required maxlength="100" [(ngModel)]="login" />
        </label>
        <label class="field">
          Password
          <input name="user-password" type="password" autocomplete="new-password" required [(ngModel)]="password" />
        </label>
        <label class="field">
          Role
          <select name="user-role" [(ngModel)]="role">
            <option value="viewer">viewer: looks</option>
            <option value="editor">editor: adds and edits</option>
            <option value="administrator">administrator: everything</option>
          </select>
        </label>
        <button type="submit" [disabled]="!login() || !password()">Add a user</button>
      </form>
    </section>
  `,
  styleUrl: './settings-lists.css',
})
export class UserSettings implements OnInit {
  protected readonly users = signal<readonly Person[]>([]);
  protected readonly opened = signal<number | null>(null);
  protected readonly problem = signal<string | null>(null);
  protected readonly told = signal<string | null>(null);
  protected readonly login = signal('');
  protected readonly password = signal('');
  protected readonly role = signal<Role>('viewer');
  private readonly api = inject(ApiClient);
  private readonly accounts = inject(AccountsClient);

  ngOnInit(): void {
    void this.read();
  }

  protected async add(): Promise<void> {
    this.problem.set(null);
    try {
      await this.api.addUser(this.login(), this.password(), this.role());
      this.login.set('');
      this.password.set('');
      await this.read();
    } catch (error) {
      this.problem.set(problemText(error));
    }
  }

  protected gone(user: Person): void {
    this.opened.set(null);
    this.told.set(`${user.login} is deleted; what ${user.login} brought and decided stays in the library.`);
    void this.read();
  }

  protected async read(): Promise<void> {
    try {
      this.users.set((await this.accounts.users()).items);
    } catch (error) {
      this.problem.set(problemText(error));
    }
  }
}
