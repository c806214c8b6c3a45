import { ChangeDetectionStrategy, Component, computed, inject, input, linkedSignal, signal } from '@angular/core';
import { RouterLink } from '@angular/router';

import { Icon } from '../answer/icon';
import { Asset } from '../api/model';
import { makeChip } from '../search/chips';
import { SessionStore } from '../sign-in/session-store';
import { sourceWords } from './source-words';
import { ViewerState } from './viewer-state';

/** What a person says about a picture, each saved where it stands: rating, tags, comment; and what its file says. */
@Component({
  selector: 'fv-edit-fields',
  changeDetection: ChangeDetectionStrategy.OnPush,
  imports: [Icon, RouterLink],
  template: `
    <div class="rating" role="radiogroup" aria-label="Rating">
      @for (stars of [1, 2, 3, 4, 5]; track stars) {
        <button
          type="button"
          class="plain"
          role="radio"
          [attr.aria-checked]="asset().rating === stars"
          [attr.aria-label]="stars === 1 ? '1 star' : stars + ' stars'"
          [class.on]="(asset().rating ?? 0) >= stars"
          [disabled]="!mayEdit()"
          (click)="rate(stars)"
        >
          <fv-icon name="star" />
        </button>
      }
    </div>
    @if (asset().rating !== null && asset().rating_source !== 'person') {
      <p class="small quiet">Stars {{ from(asset().rating_source) }}</p>
    }
    @if (asset().title; as title) {
      <p class="said">
        <strong>{{ title }}</strong> <span class="small quiet">{{ from(asset().title_source) }}</span>
      </p>
    }
    @if (asset().caption; as caption) {
      <p class="said caption">{{ caption }} <span class="small quiet">{{ from(asset().caption_source) }}</span></p>
    }
    @if (keywords().length > 0) {
      <ul class="tags" aria-label="Keywords in the file">
        @for (word of keywords(); track word.label) {
          <li>
            <a class="tag" routerLink="/search" [queryParams]="query(word.label)" [title]="from(word.source)">{{ word.label }}</a>
          </li>
        }
      </ul>
    }
    <div class="tags">
      @for (tag of tags(); track tag) {
        <span class="tag">
          {{ tag }}
          @if (mayEdit()) {
            <button type="button" class="plain" [attr.aria-label]="'Remove the tag ' + tag" (click)="remove(tag)">
              <fv-icon name="close" [size]="13" />
            </button>
          }
        </span>
      }
      @if (mayEdit()) {
        <input
          #field
          type="text"
          aria-label="Add a tag"
          placeholder="Add a tag"
          maxlength="100"
          [value]="newTag()"
          (input)="newTag.set(field.value)"
          (keydown.enter)="add()"
          (blur)="add()"
        />
      }
    </div>
    <textarea
      #text
      aria-label="Comment"
      rows="2"
      maxlength="10000"
      placeholder="Add a comment"
      [readonly]="!mayEdit()"
      [value]="comment()"
      (input)="comment.set(text.value)"
      (blur)="saveComment()"
      (keydown.control.enter)="saveComment()"
    ></textarea>
  `,
  styles: `
    :host {
      display: grid;
      gap: 9px;
      padding: 12px 0;
      border-bottom: 1px solid var(--line);
    }
    .rating {
      display: flex;
      margin-left: -7px;
    }
    .rating button {
      width: 32px;
      min-height: 30px;
      padding: 0;
      color: var(--text-quiet);
    }
    .rating .on {
      color: var(--accent);
    }
    .rating .on ::ng-deep svg {
      fill: currentColor;
    }
    .tags {
      display: flex;
      flex-wrap: wrap;
      gap: 6px;
    }
    .tag {
      display: inline-flex;
      align-items: center;
      min-height: 28px;
      padding-left: 9px;
      border: 1px solid var(--line-strong);
      border-radius: 6px;
    }
    ul.tags {
      margin: 0;
      padding: 0;
      list-style: none;
    }
    a.tag {
      padding-right: 9px;
      border-style: dashed;
      color: inherit;
      text-decoration: none;
    }
    a.tag:hover {
      text-decoration: underline;
    }
    .said {
      overflow-wrap: anywhere;
    }
    .said .small {
      margin-left: 4px;
    }
    .caption {
      white-space: pre-line;
    }
    .tag button {
      width: 24px;
      min-height: 24px;
      margin: 1px;
      padding: 0;
    }
    .tags input:not([type='checkbox']) {
      width: 110px;
      min-height: 28px;
      padding: 2px 8px;
      border-color: transparent;
      background: var(--raised);
    }
    textarea:not([disabled]) {
      border-color: transparent;
      background: var(--raised);
    }
    textarea:focus {
      background: var(--surface);
    }
  `,
})
export class EditFields {
  readonly asset = input.required<Asset>();
  protected readonly mayEdit = inject(SessionStore).mayEdit;
  protected readonly newTag = signal('');
  // what is being typed stays when the asset is read anew; only another comment replaces it
  protected readonly comment = linkedSignal<{ id: number; comment: string }, string>({
    source: () => ({ id: this.asset().id, comment: this.asset().comment }),
    computation: (now, before) => {
      const isSame = before?.source.id === now.id && before.source.comment === now.comment;
      return isSame ? before.value : now.comment;
    },
  });
  protected readonly tags = computed(() => {
    return this.asset()
      .tags.filter((tag) => tag.source === 'person')
      .map((tag) => tag.label);
  });
  /** What the file or a sidecar calls it; a person's own tags stand apart. */
  protected readonly keywords = computed(() => {
    return this.asset().tags.filter((tag) => ['file', 'variant', 'sidecar'].includes(tag.source));
  });
  protected readonly from = sourceWords;
  private readonly state = inject(ViewerState);

  protected query(label: string): { q: string } {
    return { q: makeChip('tag', label).raw };
  }

  protected rate(stars: number): void {
    void this.state.edit({ rating: this.asset().rating === stars ? null : stars });
  }

  protected add(): void {
    const tag = this.newTag().trim();
    this.newTag.set('');
    if (tag && !this.tags().includes(tag)) void this.state.edit({ tags: [...this.tags(), tag] });
  }

  protected remove(tag: string): void {
    void this.state.edit({ tags: this.tags().filter((one) => one !== tag) });
  }

  protected saveComment(): void {
    if (this.comment() !== this.asset().comment) void this.state.edit({ comment: this.comment() });
  }
}
