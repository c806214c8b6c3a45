import { ChangeDetectionStrategy, Component, ElementRef, computed, inject, input, output, signal } from '@angular/core';

import { monthWords } from '../wording/days';
import { Band, TimelineLayout, bandAt } from './timeline-layout';

const LABEL_PX = 22;
/** A thumb that a finger can hit, and the room its edges keep. */
const THUMB_PX = 28;

/** The years along the right edge: drag, click or use the keyboard to travel in time. */
@Component({
  selector: 'fv-scrubber',
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @for (year of years(); track year.label) {
      <span class="year numbers" [style.top.px]="year.at_px">{{ year.label }}</span>
    }
    @if (pointed(); as pointed) {
      <span class="month" [style.top.px]="pointed.at_px">{{ pointed.label }}</span>
    }
    <span class="thumb" [style.top.px]="thumb_px()"></span>
  `,
  styleUrl: './scrubber.css',
  host: {
    role: 'slider',
    tabindex: '0',
    'aria-label': 'Time',
    'aria-orientation': 'vertical',
    'aria-valuemin': '0',
    'aria-valuemax': '100',
    '[attr.aria-valuenow]': 'percent()',
    '[attr.aria-valuetext]': 'here()',
    '(pointerdown)': 'onDown($event)',
    '(pointermove)': 'onMove($event)',
    '(pointerup)': 'dragging.set(false)',
    '(pointercancel)': 'dragging.set(false)',
    '(pointerleave)': 'pointer_px.set(null)',
    '(keydown)': 'onKey($event)',
    '[class.dragging]': 'dragging()',
  },
})
export class Scrubber {
  readonly layout = input.required<TimelineLayout>();
  readonly scroll_px = input.required<number>();
  readonly view_px = input.required<number>();
  readonly jump = output<number>();
  protected readonly dragging = signal(false);
  protected readonly pointer_px = signal<number | null>(null);
  private readonly host = inject<ElementRef<HTMLElement>>(ElementRef);

  private readonly travel_px = computed(() => Math.max(1, this.layout().height_px - this.view_px()));
  private readonly track_px = computed(() => Math.max(1, this.view_px() - THUMB_PX));
  protected readonly share = computed(() => Math.min(1, Math.max(0, this.scroll_px() / this.travel_px())));
  protected readonly percent = computed(() => Math.round(this.share() * 100));
  protected readonly thumb_px = computed(() => THUMB_PX / 2 + this.share() * this.track_px());
  protected readonly here = computed(() => monthWords(this.bandAtShare(this.share())?.blocks[0]?.day.day ?? null));
  protected readonly years = computed(() => {
    const marks: { label: string; at_px: number }[] = [];
    let year = '';
    for (const band of this.layout().bands) {
      const label = yearOf(band);
      if (label === year) continue;
      year = label;
      const at_px = THUMB_PX / 2 + Math.min(1, band.top_px / this.travel_px()) * this.track_px();
      const room = at_px - (marks.at(-1)?.at_px ?? -LABEL_PX);
      if (label !== '' && room >= LABEL_PX) marks.push({ label, at_px });
    }
    return marks;
  });
  protected readonly pointed = computed(() => {
    const at_px = this.dragging() ? this.thumb_px() : this.pointer_px();
    if (at_px === null) return null;
    const day = this.bandAtShare((at_px - THUMB_PX / 2) / this.track_px())?.blocks[0]?.day.day;
    return { at_px, label: monthWords(day ?? null) };
  });

  protected onDown(event: PointerEvent): void {
    this.host.nativeElement.setPointerCapture(event.pointerId);
    this.dragging.set(true);
    this.goTo(event);
  }

  protected onMove(event: PointerEvent): void {
    this.pointer_px.set(event.clientY - this.host.nativeElement.getBoundingClientRect().top);
    if (this.dragging()) this.goTo(event);
  }

  protected onKey(event: KeyboardEvent): void {
    const bands = this.layout().bands;
    const at = bandAt(bands, this.scroll_px() + 1);
    const moves: Partial<Record<string, () => Band | undefined>> = {
      ArrowDown: () => nextChange(bands, at, 1, monthOf),
      ArrowUp: () => nextChange(bands, at, -1, monthOf),
      PageDown: () => nextChange(bands, at, 1, yearOf),
      PageUp: () => nextChange(bands, at, -1, yearOf),
      Home: () => bands[0],
      End: () => bands.at(-1),
    };
    const target = moves[event.key]?.();
    if (!target) return;
    event.preventDefault();
    this.jump.emit(target.top_px);
  }

  private goTo(event: PointerEvent): void {
    const y = event.clientY - this.host.nativeElement.getBoundingClientRect().top - THUMB_PX / 2;
    this.jump.emit(Math.min(1, Math.max(0, y / this.track_px())) * this.travel_px());
  }

  private bandAtShare(share: number): Band | undefined {
    return this.layout().bands[bandAt(this.layout().bands, Math.min(1, Math.max(0, share)) * this.travel_px())];
  }
}

function yearOf(band: Band): string {
  return band.blocks[0]?.day.day?.slice(0, 4) ?? '';
}

function monthOf(band: Band): string {
  return band.blocks[0]?.day.day?.slice(0, 7) ?? '';
}

function nextChange(bands: readonly Band[], from: number, step: 1 | -1, unit: (band: Band) => string): Band | undefined {
  const here = bands[from];
  if (!here) return undefined;
  for (let at = from + step; at >= 0 && at < bands.length; at += step) {
    const band = bands[at] as Band;
    if (unit(band) !== unit(here)) return band;
  }
  return step > 0 ? bands.at(-1) : bands[0];
}
