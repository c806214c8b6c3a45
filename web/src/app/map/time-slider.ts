import { ChangeDetectionStrategy, Component, ElementRef, computed, input, linkedSignal, output, signal, viewChild } from '@angular/core';

import { MonthCount } from '../api/model';
import { counted } from '../wording/amounts';
import { monthWords, shortMonthWords } from '../wording/days';
import { Span, monthNumber, monthText, narrowed } from './time-span';

type End = 'from' | 'to';

const YEAR = 12;
const LABEL_PX = 46;
/** A year that begins further right, in per cent, would be cut. */
const LAST_LABEL = 96;

/** Two thumbs on a row of months that say how many pictures each has: the map then shows what was taken between them. */
@Component({
  selector: 'fv-time-slider',
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './time-slider.html',
  styleUrl: './time-slider.css',
  host: { '(window:resize)': 'measure()' },
})
export class TimeSlider {
  readonly months = input.required<readonly MonthCount[]>();
  readonly undated = input.required<number>();
  /** The first and the last month that there are. */
  readonly all = input.required<Span>();
  /** What is chosen; null: everything, what has no date as well. */
  readonly span = input.required<Span | null>();
  readonly chosen = output<Span | null>();
  private readonly track = viewChild.required<ElementRef<HTMLElement>>('track');
  private readonly width_px = signal(1000);
  private dragged: End | 'both' | null = null;
  private held = 0;

  /** Ahead of the page that hears of it, so that keys in quick succession all count. */
  protected readonly current = linkedSignal(() => this.span());
  protected readonly shown = computed(() => this.current() ?? this.all());
  protected readonly many = computed(() => this.all().to - this.all().from + 1);
  protected readonly ends = computed(() =>
    (['from', 'to'] as const).map((end) => ({
      end,
      label: end === 'from' ? 'From' : 'To',
      month: this.shown()[end],
      words: monthWords(firstDay(this.shown()[end])),
      at: this.share(this.shown()[end] + (end === 'to' ? 1 : 0)),
    })),
  );
  protected readonly left = computed(() => this.share(this.shown().from));
  protected readonly right = computed(() => 100 - this.share(this.shown().to + 1));
  protected readonly headline = computed(() => {
    const { from, to } = this.shown();
    const inside = this.months().filter(({ month }) => monthNumber(month) >= from && monthNumber(month) <= to);
    const pictures = counted(inside.reduce((sum, { count }) => sum + count, 0), 'picture');
    if (this.current()) return `${from === to ? words(from) : `${words(from)} – ${words(to)}`} · ${pictures}`;
    const without = this.undated() ? ` and ${counted(this.undated(), 'picture')} without a date` : '';
    return `${words(from)} – ${words(to)} · ${pictures}${without}`;
  });
  /** The row of months as one shape, a unit wide and at most one unit high; roots, so that a month of few is seen. */
  protected readonly shape = computed(() => {
    const most = Math.sqrt(Math.max(1, ...this.months().map(({ count }) => count)));
    return this.months()
      .map(({ month, count }) => `M${monthNumber(month) - this.all().from} 1v${-Math.sqrt(count) / most}h1V1z`)
      .join('');
  });
  protected readonly years = computed(() => {
    const year_px = (this.width_px() / this.many()) * YEAR;
    const step = [1, 2, 5, 10, 25, 50, 100].find((each) => each * year_px >= LABEL_PX) ?? 500;
    const marks: { year: number; at: number }[] = [];
    for (let year = Math.ceil(this.all().from / YEAR); year * YEAR <= this.all().to; year += 1) {
      if (year % step === 0 && this.share(year * YEAR) < LAST_LABEL) marks.push({ year, at: this.share(year * YEAR) });
    }
    return marks;
  });

  constructor() {
    // the width is known once the page is drawn
    queueMicrotask(() => this.measure());
  }

  protected measure(): void {
    this.width_px.set(this.track().nativeElement.clientWidth || 1000);
  }

  protected onDown(event: PointerEvent): void {
    const month = this.monthAt(event);
    const { from, to } = this.shown();
    const end = (event.target as HTMLElement).dataset['end'] as End | undefined;
    const isInside = month > from && month < to && this.current() !== null;
    this.dragged = end ?? (isInside ? 'both' : Math.abs(month - from) <= Math.abs(month - to) ? 'from' : 'to');
    this.held = month;
    this.track().nativeElement.setPointerCapture(event.pointerId);
    if (!end && !isInside) this.move(month);
  }

  protected onMove(event: PointerEvent): void {
    if (this.dragged) this.move(this.monthAt(event));
  }

  protected onUp(): void {
    this.dragged = null;
  }

  protected onKey(event: KeyboardEvent, end: End): void {
    const { all, shown } = this;
    const at = shown()[end];
    const other = shown()[end === 'from' ? 'to' : 'from'];
    const moves: Partial<Record<string, number>> = {
      ArrowLeft: at - 1,
      ArrowDown: at - 1,
      ArrowRight: at + 1,
      ArrowUp: at + 1,
      PageDown: at - YEAR,
      PageUp: at + YEAR,
      Home: end === 'from' ? all().from : other,
      End: end === 'to' ? all().to : other,
    };
    const month = moves[event.key];
    if (month === undefined) return;
    event.preventDefault();
    this.set(end, month);
  }

  /** A thumb goes as far as the other one; both together keep their distance. */
  private move(month: number): void {
    const { dragged, held } = this;
    if (dragged !== 'both') {
      if (dragged) this.set(dragged, month);
      return;
    }
    const { from, to } = this.shown();
    const by = Math.max(this.all().from - from, Math.min(this.all().to - to, month - held));
    this.held = held + by;
    if (by !== 0) this.choose({ from: from + by, to: to + by });
  }

  private set(end: End, month: number): void {
    const { from, to } = this.shown();
    const span = end === 'from' ? { from: Math.min(month, to), to } : { from, to: Math.max(month, from) };
    if (span.from !== from || span.to !== to) this.choose(span);
  }

  protected choose(span: Span | null): void {
    this.current.set(span && narrowed(span, this.all()));
    this.chosen.emit(this.current());
  }

  private monthAt(event: PointerEvent): number {
    const box = this.track().nativeElement.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / Math.max(1, box.width)));
    return this.all().from + Math.min(this.many() - 1, Math.floor(share * this.many()));
  }

  /** Where a month begins, in per cent of the row. */
  private share(month: number): number {
    return ((month - this.all().from) / this.many()) * 100;
  }
}

function words(month: number): string {
  return shortMonthWords(firstDay(month));
}

function firstDay(month: number): string {
  return `${monthText(month)}-01`;
}
