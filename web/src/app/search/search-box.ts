import {
  ChangeDetectionStrategy,
  Component,
  DestroyRef,
  ElementRef,
  computed,
  inject,
  signal,
  viewChild,
} from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';
import { NavigationEnd, Router } from '@angular/router';
import { filter } from 'rxjs';

import { ANSWERS, answerOfField } from '../answer/answers';
import { Icon, IconName } from '../answer/icon';
import { ApiClient } from '../api/api-client';
import { number } from '../wording/amounts';
import { Chip, formatQuery, parseQuery } from './chips';
import { FIELD_HINTS } from './field-hints';

interface Choice {
  text: string;
  label: string;
  field: string | null;
  note: string;
  /** A hint fills in the field and waits for its text; a suggestion is whole. */
  isHint: boolean;
}

const TYPING_PAUSE_MS = 140;

/** The one search box: typed text becomes chips, suggestions come with counts, the query stands in the address bar. */
@Component({
  selector: 'fv-search-box',
  changeDetection: ChangeDetectionStrategy.OnPush,
  imports: [Icon],
  templateUrl: './search-box.html',
  styleUrl: './search-box.css',
  host: { '(focusout)': 'onFocusOut($event)' },
})
export class SearchBox {
  protected readonly chips = signal<readonly Chip[]>([]);
  protected readonly typed = signal('');
  protected readonly open = signal(false);
  protected readonly active = signal(-1);
  private readonly suggestions = signal<readonly Choice[]>([]);
  protected readonly choices = computed<readonly Choice[]>(() => {
    const typed = this.typed().trim().toLowerCase();
    if (typed === '') return HINTS;
    const hints = HINTS.filter((hint) => hint.text.startsWith(typed) && hint.text !== typed);
    return [...hints, ...this.suggestions()].slice(0, 10);
  });
  protected readonly answers = ANSWERS;

  private readonly input = viewChild.required<ElementRef<HTMLInputElement>>('input');
  private readonly api = inject(ApiClient);
  private readonly router = inject(Router);
  private readonly host = inject<ElementRef<HTMLElement>>(ElementRef);
  private pause: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    this.router.events
      .pipe(
        filter((event) => event instanceof NavigationEnd),
        takeUntilDestroyed(inject(DestroyRef)),
      )
      .subscribe(() => this.readAddress());
    this.readAddress();
  }

  focus(): void {
    this.input().nativeElement.focus();
    this.input().nativeElement.select();
  }

  protected colour(field: string | null): string | null {
    return answerOfField(field)?.colour ?? null;
  }

  protected icon(field: string | null): IconName {
    return answerOfField(field)?.icon ?? 'search';
  }

  protected onInput(value: string): void {
    this.typed.set(value);
    this.open.set(true);
    this.active.set(-1);
    if (/\S:(?:"[^"]+"|[^\s"]+)\s$/.test(value) || /"[^"]+"\s$/.test(value)) this.takeTyped();
    clearTimeout(this.pause);
    this.pause = setTimeout(() => void this.suggest(this.typed()), TYPING_PAUSE_MS);
  }

  protected onKey(event: KeyboardEvent): void {
    const last = this.choices().length - 1;
    switch (event.key) {
      case 'ArrowDown':
        this.move(this.active() >= last ? 0 : this.active() + 1, event);
        break;
      case 'ArrowUp':
        this.move(this.active() <= 0 ? last : this.active() - 1, event);
        break;
      case 'Enter': {
        event.preventDefault();
        const choice = this.open() ? this.choices()[this.active()] : undefined;
        if (choice) this.choose(choice);
        else this.search();
        break;
      }
      case 'Escape':
        event.stopPropagation();
        if (this.open()) this.open.set(false);
        else this.input().nativeElement.blur();
        break;
      case 'Backspace':
        if (this.input().nativeElement.selectionEnd === 0) this.editLast(event);
        break;
    }
  }

  protected choose(choice: Choice): void {
    if (choice.isHint) {
      this.typed.set(choice.text);
      this.active.set(-1);
      this.input().nativeElement.focus();
      void this.suggest(choice.text);
      return;
    }
    this.chips.update((chips) => [...chips, ...parseQuery(choice.text)]);
    this.typed.set('');
    this.search();
  }

  protected removeChip(at: number): void {
    this.chips.update((chips) => chips.filter((_, index) => index !== at));
    this.input().nativeElement.focus();
    if (this.router.url.startsWith('/search')) this.search();
  }

  protected clear(): void {
    this.chips.set([]);
    this.typed.set('');
    this.input().nativeElement.focus();
    if (this.router.url.startsWith('/search')) this.search();
  }

  protected search(): void {
    this.takeTyped();
    this.open.set(false);
    const q = formatQuery(this.chips());
    const stays = this.router.url.startsWith('/search') ? 'merge' : 'replace';
    void this.router.navigate(['/search'], { queryParams: { q: q || null }, queryParamsHandling: stays });
  }

  protected onFocusOut(event: FocusEvent): void {
    if (!this.host.nativeElement.contains(event.relatedTarget as Node | null)) this.open.set(false);
  }

  private takeTyped(): void {
    const added = parseQuery(this.typed());
    if (added.length > 0) this.chips.update((chips) => [...chips, ...added]);
    this.typed.set('');
  }

  private editLast(event: Event): void {
    const last = this.chips().at(-1);
    if (!last) return;
    event.preventDefault();
    this.chips.update((chips) => chips.slice(0, -1));
    this.typed.update((typed) => last.raw + typed);
  }

  private move(to: number, event: Event): void {
    event.preventDefault();
    this.open.set(true);
    this.active.set(to);
  }

  private async suggest(typed: string): Promise<void> {
    if (typed.trim() === '') {
      this.suggestions.set([]);
      return;
    }
    try {
      const { items } = await this.api.suggest(typed.trim());
      if (this.typed() !== typed) return;
      this.suggestions.set(
        items.map(({ text, label, field, count }) => {
          return { text, label, field, note: count === null ? '' : number(count), isHint: false };
        }),
      );
    } catch {
      // suggestions are an extra: the search itself says what is wrong
      this.suggestions.set([]);
    }
  }

  private readAddress(): void {
    const tree = this.router.parseUrl(this.router.url);
    const isSearch = tree.root.children['primary']?.segments[0]?.path === 'search';
    const q: unknown = tree.queryParams['q'];
    if (isSearch || !this.router.url.startsWith('/asset/')) this.chips.set(parseQuery(typeof q === 'string' ? q : ''));
  }
}

const HINTS: readonly Choice[] = FIELD_HINTS.map(({ field, note }) => {
  return { text: `${field}:`, label: '', field, note, isHint: true };
});
