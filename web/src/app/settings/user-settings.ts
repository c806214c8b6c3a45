import { ChangeDetectionStrategy, Component, OnInit, inject, signal } from '@angular/core';
import { FormsModule } from '@angular/forms';

import { ApiClient } from '../api/api-client';
import { Account, Role } from '../api/model';
import { problemText } from '../api/problem';

/** The accounts of this library, and a form for one more. */
@Component({
  selector: 'fv-user-settings',
  changeDetection: ChangeDetectionStrategy.OnPush,
  imports: [FormsModule],
  template: `
    <section aria-labelledby="users-heading">
      <h2 id="users-heading">Users</h2>
      @if (problem(); as problem) {
        <p class="bad" role="alert">{{ problem }}</p>
      }
      <ul class="list">
        @for (user of users(); track user.id) {
          <li>
            <span class="name">{{ user.login }}</span
            ><span class="quiet">{{ user.role }}</span>
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
  protected readonly users = signal<readonly Account[]>([]);
  protected readonly problem = signal<string | null>(null);
  protected readonly login = signal('');
  protected readonly password = signal('');
  protected readonly role = signal<Role>('viewer');
  private readonly api = inject(ApiClient);

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

  private async read(): Promise<void> {
    try {
      this.users.set((await this.api.users()).items);
    } catch (error) {
      this.problem.set(problemText(error));
    }
  }
}
