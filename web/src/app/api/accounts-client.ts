import { HttpClient } from '@angular/common/http';
import { Injectable, inject } from '@angular/core';
import { firstValueFrom } from 'rxjs';

import { AccountChange, Page, Person, SignedInFrom, Token } from './model';

const ROOT = '/api/v1';

/** Whose sessions and tokens: one's own, or those of the account with this number. */
export type Whose = number | 'own';

/** Calls about accounts, sessions and tokens; failures arrive as HttpErrorResponse (see problem.ts). */
@Injectable({ providedIn: 'root' })
export class AccountsClient {
  private readonly http = inject(HttpClient);

  changePassword(old: string, next: string): Promise<void> {
    return this.nothing(this.http.put<void>(`${ROOT}/session/password`, { old, new: next }));
  }

  users(): Promise<Page<Person>> {
    return firstValueFrom(this.http.get<Page<Person>>(`${ROOT}/users`, { params: { limit: 0 } }));
  }

  change(id: number, change: Partial<AccountChange>): Promise<Person> {
    return firstValueFrom(this.http.patch<Person>(`${ROOT}/users/${id}`, change));
  }

  remove(id: number): Promise<Person> {
    return firstValueFrom(this.http.delete<Person>(`${ROOT}/users/${id}`));
  }

  sessions(whose: Whose): Promise<Page<SignedInFrom>> {
    return firstValueFrom(this.http.get<Page<SignedInFrom>>(`${root(whose)}/sessions`, { params: { limit: 0 } }));
  }

  endSession(whose: Whose, id: string): Promise<void> {
    return this.nothing(this.http.delete<void>(`${root(whose)}/sessions/${id}`));
  }

  /** `but_this` only means something for one's own. */
  endSessions(whose: Whose, but_this = false): Promise<{ ended: number }> {
    const params = whose === 'own' ? { but_this } : undefined;
    return firstValueFrom(this.http.delete<{ ended: number }>(`${root(whose)}/sessions`, { params }));
  }

  tokens(whose: Whose): Promise<Page<Token>> {
    return firstValueFrom(this.http.get<Page<Token>>(`${root(whose)}/tokens`, { params: { limit: 0 } }));
  }

  revokeToken(whose: Whose, id: string): Promise<void> {
    return this.nothing(this.http.delete<void>(`${root(whose)}/tokens/${id}`));
  }

  private nothing(call: ReturnType<typeof this.http.delete<void>>): Promise<void> {
    return firstValueFrom(call, { defaultValue: undefined });
  }
}

function root(whose: Whose): string {
  return whose === 'own' ? ROOT : `${ROOT}/users/${whose}`;
}
