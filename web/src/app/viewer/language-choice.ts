import { ChangeDetectionStrategy, Component, computed, inject, input } from '@angular/core';

import { languageName } from './source-words';
import { ViewerState } from './viewer-state';

/** Languages that are offered; the API takes any code. */
const CODES = ['ar', 'cs', 'da', 'de', 'el', 'en', 'es', 'fi', 'fr', 'he', 'hi', 'hu', 'it', 'ja', 'ko', 'nl', 'no', 'pl', 'pt', 'ro', 'ru', 'sv', 'tr', 'uk', 'zh'];

/** A person's word on which language is spoken: speech is then written down again in it. */
@Component({
  selector: 'fv-language-choice',
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <select #choice aria-label="Spoken language" (change)="choose(choice)">
      <option value="" selected>Another language…</option>
      <option value="auto">find it out again</option>
      @for (one of languages(); track one.code) {
        <option [value]="one.code">{{ one.name }}</option>
      }
    </select>
  `,
  styles: `
    select {
      width: auto;
      min-height: 28px;
      margin-left: -6px;
      padding: 2px 4px;
      border-color: transparent;
      background: none;
      color: var(--text-quiet);
      font-size: var(--size-small);
    }
    select:hover {
      background: var(--raised);
    }
  `,
})
export class LanguageChoice {
  /** The one that was found or chosen. */
  readonly current = input<string | null>(null);
  private readonly state = inject(ViewerState);
  protected readonly languages = computed(() => {
    const others = CODES.filter((code) => code !== this.current());
    return others.map((code) => ({ code, name: languageName(code) })).sort((a, b) => a.name.localeCompare(b.name));
  });

  protected choose(field: HTMLSelectElement): void {
    const { value } = field;
    field.value = '';
    if (value) void this.state.chooseLanguage(value === 'auto' ? null : value);
  }
}
