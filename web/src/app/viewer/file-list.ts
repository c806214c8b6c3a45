import { ChangeDetectionStrategy, Component, computed, effect, inject, input, linkedSignal } from '@angular/core';
import { RouterLink } from '@angular/router';

import { ApiClient } from '../api/api-client';
import { Asset, Belonging } from '../api/model';
import { problemText } from '../api/problem';
import { SessionStore } from '../sign-in/session-store';
import { bytes, counted } from '../wording/amounts';
import { ViewerState } from './viewer-state';

const APART_WORDS = 'a sidecar that is not of this picture; it says nothing';
const ROLE_WORDS: Record<Asset['files'][number]['role'], string> = {
  original: 'original, this is what is shown',
  raw: 'raw data of the same shot',
  live: 'moving part of a live photo',
  variant: 'same picture, other bytes',
  sidecar: 'sidecar with facts about it',
};

/**
 * All stored files of a picture and every path each one came by, with a way to take out what does not belong to it;
 * nothing while there is one file with one path.
 */
@Component({
  selector: 'fv-file-list',
  changeDetection: ChangeDetectionStrategy.OnPush,
  imports: [RouterLink],
  template: `
    @if (files().length > 1 || files()[0]?.others?.length || decisions().length || problem()) {
      <section aria-labelledby="files-heading" data-testid="files">
        <h2 id="files-heading">{{ heading() }}</h2>
        <ul>
          @for (file of files(); track file.sha512) {
            <li [attr.data-role]="file.role">
              <p class="path">{{ file.path }}</p>
              <p class="small quiet">{{ file.words }} · {{ file.size }}</p>
              @if (file.damaged) {
                <p class="small bad">{{ file.damaged }}</p>
              }
              @for (one of file.says; track one.what) {
                <p class="small" [class.bad]="!one.used" data-testid="statement">{{ one.words }}</p>
              }
              @for (path of file.others; track path) {
                <p class="small quiet path">also {{ path }}</p>
              }
              @if (mayEdit() && !file.isShown && !file.apart) {
                <button type="button" class="link small" [attr.aria-label]="'Take out ' + file.path" (click)="split(file.sha512)">
                  {{ file.role === 'sidecar' ? 'Not of this picture' : 'Take out' }}
                </button>
              }
            </li>
          }
        </ul>
        @if (problem(); as problem) {
          <p class="bad small" role="alert">{{ problem }}</p>
        }
        @for (one of decisions(); track one.id) {
          <p class="small" data-testid="decision">
            {{ one.words }}
            @if (one.link) {
              <a [routerLink]="['/asset', one.link]">Open it</a>
            }
            <button type="button" class="link" [attr.aria-label]="'Undo: ' + one.words" (click)="undo(one.id)">Undo</button>
          </p>
        }
      </section>
    }
  `,
  styles: `
    section {
      padding: 12px 0;
      border-bottom: 1px solid var(--line);
    }
    h2 {
      margin-bottom: 6px;
      font-size: var(--size);
    }
    ul {
      display: grid;
      gap: 8px;
    }
    .path {
      overflow-wrap: anywhere;
    }
  `,
})
export class FileList {
  readonly asset = input.required<Asset>();
  protected readonly mayEdit = inject(SessionStore).mayEdit;
  private readonly found = linkedSignal<number, Belonging[]>({ source: () => this.asset().id, computation: () => [] });
  /** What people decided about it that holds, in words. */
  protected readonly decisions = computed(() => {
    const own = this.asset().id;
    return this.found()
      .filter((one) => !one.undone_at)
      .map((one) => ({ id: one.id, words: decisionWords(one, own), link: linkOf(one, own) }));
  });
  protected readonly problem = linkedSignal<number, string | null>({ source: () => this.asset().id, computation: () => null });
  private readonly api = inject(ApiClient);
  private readonly state = inject(ViewerState);
  private readonly assetId = computed(() => this.asset().id);

  constructor() {
    effect(() => {
      if (this.mayEdit()) void this.load(this.assetId());
    });
  }

  protected readonly files = computed(() => {
    return this.asset().files.map(({ role, path, paths, sha512, damaged, apart, says: said, bytes: size }) => {
      const others = paths.filter((one) => one !== path);
      const says = said.map(({ what, says, used }) => ({ what, used, words: statementWords(what, says, used) }));
      return { says, role, path, sha512, damaged, others, apart, isShown: sha512 === this.asset().sha512, words: apart ? APART_WORDS : ROLE_WORDS[role], size: bytes(size) };
    });
  });
  protected split(sha512: string): Promise<void> {
    return this.decide(() => this.api.split(this.asset().id, sha512));
  }

  protected undo(id: number): Promise<void> {
    return this.decide(() => this.api.undoBelonging(id));
  }

  private async decide(deed: () => Promise<unknown>): Promise<void> {
    const id = this.asset().id;
    try {
      this.problem.set(null);
      await deed();
    } catch (error) {
      this.problem.set(problemText(error));
    }
    await this.state.open(id);
    await this.load(id);
  }

  private async load(id: number): Promise<void> {
    const { items } = await this.api.belonging(id).catch(() => ({ items: [] }));
    if (this.asset().id === id) this.found.set(items);
  }

  protected readonly heading = computed(() => counted(this.files().length, 'stored file'));
}

/** "Taken out by a person." in the picture it was taken out of; the taken one says where it came from. */
function decisionWords(one: Belonging, own: number): string {
  if (one.deed === 'join') return 'Joined with another picture by a person.';
  if (one.other_id === null) return 'A sidecar was said not to be of this picture.';
  return one.other_id === own ? 'Taken out of another picture by a person.' : 'A file was taken out by a person.';
}

/** The other picture, where that can be opened. */
function linkOf(one: Belonging, own: number): number | null {
  if (one.deed === 'join') return null;
  return one.other_id === own ? one.asset_id : one.other_id;
}

const WHAT_WORDS: Record<string, string> = { taken: 'the time', position: 'the position', camera: 'the camera' };

/** "gives the time: 2018-05-06 07:08:09", or "contradicts, …" where the shown file says something else. */
function statementWords(what: string, says: string, used: boolean): string {
  return `${used ? 'gives' : 'contradicts about'} ${WHAT_WORDS[what] ?? what}: ${says}`;
}
