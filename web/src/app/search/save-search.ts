import {
  ChangeDetectionStrategy,
  Component,
  ElementRef,
  OnInit,
  afterRenderEffect,
  computed,
  inject,
  input,
  linkedSignal,
  viewChild,
} from '@angular/core';

import { Icon } from '../answer/icon';
import { Sort } from '../api/model';
import { SavedSearches } from './saved-searches';

/** Keeps the search that is shown under a name; says under which when it is kept already. */
@Component({
  selector: 'fv-save-search',
  changeDetection: ChangeDetectionStrategy.OnPush,
  imports: [Icon],
  template: `
    @if (known(); as known) {
      <span class="known" data-testid="saved-as"><fv-icon name="check" [size]="15" />Saved as “{{ known.name }}”</span>
    } @else if (naming()) {
      <form (submit)="save($event, name.value)">
        <input
          #name
          type="text"
          required
          maxlength="100"
          placeholder="Name of this search"
          aria-label="Name of this search"
          (keydown.escape)="naming.set(false)"
        />
        <button type="submit" class="primary">Save</button>
        <button type="button" class="plain square" aria-label="Do not save" (click)="naming.set(false)">
          <fv-icon name="close" [size]="16" />
        </button>
      </form>
    } @else {
      <button type="button" class="plain" (click)="naming.set(true)"><fv-icon name="saved" [size]="16" />Save</button>
    }
    @if (saved.problem(); as problem) {
      <p class="bad small" role="alert">{{ problem }}</p>
    }
  `,
  styles: `
    form {
      display: flex;
      gap: 4px;
    }
    input:not([type='checkbox']) {
      min-height: 34px;
      width: 190px;
      min-width: 0;
    }
    .known {
      display: inline-flex;
      align-items: center;
      gap: 6px;
      min-height: 34px;
      padding: 0 8px;
      color: var(--text-quiet);
      overflow-wrap: anywhere;
    }
  `,
})
export class SaveSearch implements OnInit {
  readonly q = input.required<string>();
  readonly sort = input.required<Sort>();
  protected readonly saved = inject(SavedSearches);
  protected readonly naming = linkedSignal({ source: () => `${this.sort()} ${this.q()}`, computation: () => false });
  protected readonly known = computed(() => {
    return this.saved.items().find((one) => one.query === this.q() && one.sort === this.sort());
  });
  private readonly name = viewChild<ElementRef<HTMLInputElement>>('name');

  constructor() {
    afterRenderEffect(() => this.name()?.nativeElement.focus());
  }

  ngOnInit(): void {
    void this.saved.read();
  }

  protected async save(event: Event, name: string): Promise<void> {
    event.preventDefault();
    if (name.trim()) await this.saved.save(name.trim(), this.q(), this.sort());
  }
}
