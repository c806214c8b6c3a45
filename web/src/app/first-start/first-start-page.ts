import { ChangeDetectionStrategy, Component, OnInit, computed, inject, signal } from '@angular/core';
import { FormsModule } from '@angular/forms';
import { ActivatedRoute, Router, RouterLink } from '@angular/router';

import { Icon } from '../answer/icon';
import { ApiClient } from '../api/api-client';
import { problemText } from '../api/problem';
import { Entrance } from '../sign-in/entrance';
import { SessionStore } from '../sign-in/session-store';
import { UploadQueue } from '../upload/upload-queue';
import { pickedFiles } from '../upload/dropped-files';

const SHORTEST_PASSWORD = 10;

/** Makes the first administrator by the one-time link (/first-start#CLAIM), then offers the ways to bring files in. */
@Component({
  selector: 'fv-first-start-page',
  changeDetection: ChangeDetectionStrategy.OnPush,
  imports: [Entrance, FormsModule, Icon, RouterLink],
  templateUrl: './first-start-page.html',
  styles: `
    form,
    section {
      display: grid;
      gap: 14px;
    }
    button.primary {
      min-height: 40px;
    }
    .rule {
      margin-top: -8px;
    }
    .ways {
      display: grid;
      border-block: 1px solid var(--line);
    }
    .ways > * {
      display: grid;
      grid-template-columns: 24px 1fr;
      gap: 2px 12px;
      padding: 14px 4px;
      text-align: left;
      color: var(--text);
    }
    .ways > * + * {
      border-top: 1px solid var(--line);
    }
    .ways p {
      grid-column: 2;
    }
    .ways label:hover {
      background: var(--hover);
      cursor: pointer;
    }
    .ways label:focus-within {
      outline: 2px solid var(--accent);
    }
    code {
      font-family: var(--mono);
      font-size: var(--size-small);
    }
  `,
})
export class FirstStartPage implements OnInit {
  protected readonly login = signal('');
  protected readonly password = signal('');
  protected readonly again = signal('');
  protected readonly busy = signal(false);
  protected readonly problem = signal<string | null>(null);
  protected readonly step = signal<'loading' | 'claimed' | 'no-link' | 'make' | 'choose'>('loading');
  protected readonly tooShort = computed(() => this.password().length > 0 && this.password().length < SHORTEST_PASSWORD);
  protected readonly shortest = SHORTEST_PASSWORD;

  private readonly api = inject(ApiClient);
  private readonly session = inject(SessionStore);
  private readonly uploads = inject(UploadQueue);
  private readonly router = inject(Router);
  private readonly claim = inject(ActivatedRoute).snapshot.fragment ?? '';

  async ngOnInit(): Promise<void> {
    try {
      const { claimed } = await this.api.firstStart();
      if (claimed) this.step.set('claimed');
      else this.step.set(this.claim ? 'make' : 'no-link');
    } catch (error) {
      this.problem.set(problemText(error));
    }
  }

  protected async make(): Promise<void> {
    if (this.password() !== this.again()) {
      this.problem.set('The two passwords differ.');
      return;
    }
    this.busy.set(true);
    this.problem.set(null);
    try {
      await this.session.claim(this.claim, this.login(), this.password());
      // the link works once; it need not stay in the address bar
      history.replaceState(history.state, '', '/first-start');
      this.step.set('choose');
    } catch (error) {
      this.problem.set(problemText(error));
    } finally {
      this.busy.set(false);
    }
  }

  protected take(input: HTMLInputElement): void {
    this.uploads.add(pickedFiles(input.files));
    void this.router.navigateByUrl('/');
  }
}
