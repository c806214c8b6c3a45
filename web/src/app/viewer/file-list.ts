import { ChangeDetectionStrategy, Component, computed, input } from '@angular/core';

import { Asset } from '../api/model';
import { bytes, counted } from '../wording/amounts';

const ROLE_WORDS: Record<Asset['files'][number]['role'], string> = {
  original: 'original, this is what is shown',
  raw: 'raw data of the same shot',
  live: 'moving part of a live photo',
  variant: 'same picture, other bytes',
  sidecar: 'sidecar with facts about it',
};

/** All stored files of a picture and every path each one came by; nothing while there is one file with one path. */
@Component({
  selector: 'fv-file-list',
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @if (files().length > 1 || files()[0]?.others?.length) {
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
            </li>
          }
        </ul>
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
  protected readonly files = computed(() => {
    return this.asset().files.map(({ role, path, paths, sha512, damaged, says: said, bytes: size }) => {
      const others = paths.filter((one) => one !== path);
      const says = said.map(({ what, says, used }) => ({ what, used, words: statementWords(what, says, used) }));
      return { says, role, path, sha512, damaged, others, words: ROLE_WORDS[role], size: bytes(size) };
    });
  });
  protected readonly heading = computed(() => counted(this.files().length, 'stored file'));
}

const WHAT_WORDS: Record<string, string> = { taken: 'the time', position: 'the position', camera: 'the camera' };

/** "gives the time: 2018-05-06 07:08:09", or "contradicts, …" where the shown file says something else. */
function statementWords(what: string, says: string, used: boolean): string {
  return `${used ? 'gives' : 'contradicts about'} ${WHAT_WORDS[what] ?? what}: ${says}`;
}
