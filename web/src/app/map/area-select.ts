import { ChangeDetectionStrategy, Component, ElementRef, inject, output, signal } from '@angular/core';

/** Corners in pixels of the map. */
export interface PixelArea {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

const LEAST_PX = 6;

/** A sheet over the map on which a rectangle is drawn. */
@Component({
  selector: 'fv-area-select',
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @if (area(); as area) {
      <div
        class="area"
        [style.left.px]="area.left"
        [style.top.px]="area.top"
        [style.width.px]="area.right - area.left"
        [style.height.px]="area.bottom - area.top"
      ></div>
    }
  `,
  styles: `
    :host {
      position: absolute;
      inset: 0;
      z-index: 5;
      cursor: crosshair;
      touch-action: none;
    }
    .area {
      position: absolute;
      border: 2px dashed var(--where);
      background: color-mix(in oklab, var(--where) 16%, transparent);
    }
  `,
  host: { '(pointerdown)': 'begin($event)', '(pointermove)': 'draw($event)', '(pointerup)': 'end()' },
})
export class AreaSelect {
  readonly selected = output<PixelArea>();
  protected readonly area = signal<PixelArea | null>(null);
  private readonly host = inject<ElementRef<HTMLElement>>(ElementRef);
  private start: { x: number; y: number } | null = null;

  protected begin(event: PointerEvent): void {
    this.host.nativeElement.setPointerCapture(event.pointerId);
    this.start = this.place(event);
  }

  protected draw(event: PointerEvent): void {
    if (!this.start) return;
    const { x, y } = this.place(event);
    this.area.set({
      left: Math.min(x, this.start.x),
      right: Math.max(x, this.start.x),
      top: Math.min(y, this.start.y),
      bottom: Math.max(y, this.start.y),
    });
  }

  protected end(): void {
    const area = this.area();
    this.start = null;
    this.area.set(null);
    if (area && area.right - area.left > LEAST_PX && area.bottom - area.top > LEAST_PX) this.selected.emit(area);
  }

  private place(event: PointerEvent): { x: number; y: number } {
    const box = this.host.nativeElement.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }
}
