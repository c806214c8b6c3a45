import { HttpErrorResponse } from '@angular/common/http';
import { Injectable, Injector, computed, inject, signal } from '@angular/core';

import { ApiClient } from '../api/api-client';
import { LiveEvents } from '../api/live-events';
import { Session } from '../api/model';

const AGAIN_MS = 3000;

/** Who is signed in. The cookie itself is out of reach of scripts; this holds what the server says about it. */
@Injectable({ providedIn: 'root' })
export class SessionStore {
  private readonly injector = inject(Injector);
  private readonly live = inject(LiveEvents);
  private readonly current = signal<Session | null>(null);

  readonly account = computed(() => this.current()?.account ?? null);
  readonly mayEdit = computed(() => this.account()?.role !== 'viewer');
  readonly isAdministrator = computed(() => this.account()?.role === 'administrator');

  constructor() {
    this.live.ended.subscribe(() => void this.lookAgain());
  }

  /** Asks the server who is signed in; null when nobody is. */
  async load(): Promise<Session | null> {
    if (this.current()) return this.current();
    try {
      this.keep(await this.api.session());
    } catch (error) {
      if (!(error instanceof HttpErrorResponse && error.status === 401)) throw error;
    }
    return this.current();
  }

  async signIn(login: string, password: string): Promise<void> {
    this.keep(await this.api.signIn(login, password));
  }

  async claim(claim: string, login: string, password: string): Promise<void> {
    this.keep(await this.api.claim(claim, login, password));
  }

  async signOut(): Promise<void> {
    await this.api.signOut();
    this.forget();
    leaveNothingBehind();
  }

  /** What the server says now: a role may have changed. Who is not signed in any more starts from the beginning. */
  private async lookAgain(): Promise<void> {
    if (!this.current()) return;
    try {
      this.current.set(await this.api.session());
      this.live.restart();
    } catch (error) {
      if (error instanceof HttpErrorResponse && error.status === 401) leaveNothingBehind();
      else setTimeout(() => void this.lookAgain(), AGAIN_MS);
    }
  }

  forget(): void {
    this.current.set(null);
    this.live.stop();
  }

  // the interceptor needs this store and the client needs the interceptor, so the client is looked up late
  private get api(): ApiClient {
    return this.injector.get(ApiClient);
  }

  private keep(session: Session): void {
    this.current.set(session);
    this.live.start();
  }
}

/** A new page: what this one has read goes with it. */
function leaveNothingBehind(): void {
  window.location.replace('/sign-in');
}
