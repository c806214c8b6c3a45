import {
  ChangeDetectionStrategy,
  Component,
  DestroyRef,
  ElementRef,
  afterNextRender,
  computed,
  inject,
  input,
  linkedSignal,
  signal,
} from '@angular/core';

import { movingPartUrl, originalUrl, previewUrl } from '../api/api-client';
import { Asset } from '../api/model';
import { placeholderImage } from '../library/placeholder';
import { BoxLayer } from './box-layer';
import { fitted } from './fitted';

/** What browsers show themselves; of others the preview is all that can be zoomed into. */
const SHOWN_BY_BROWSERS = new Set(['image/jpeg', 'image/png', 'image/webp', 'image/gif', 'image/avif', 'image/bmp']);
const MOST_ZOOM = 8;

interface View {
  scale: number;
  x: number;
  y: number;
}

const WHOLE: View = { scale: 1, x: 0, y: 0 };

/** A photo with its boxes; wheel or double click zooms, dragging moves, and the original comes in when zoomed. */
@Component({
  selector: 'fv-photo-stage',
  changeDetection: ChangeDetectionStrategy.OnPush,
  imports: [BoxLayer],
  template: `
    <div
      class="picture"
      data-testid="picture"
      [style.width.px]="size().width"
      [style.height.px]="size().height"
      [style.transform]="transform()"
      [style.background-image]="placeholder()"
    >
      @if (failed()) {
        <p class="quiet">
          {{ asset().busy ? 'The picture is being prepared.' : 'This picture cannot be shown.' }} The original is stored
          and can be downloaded.
        </p>
      } @else {
        <img #image [src]="source()" [alt]="asset().name" (load)="loaded(image)" (error)="missed()" draggable="false" />
        <fv-box-layer />
        @if (moving()) {
          <video
            data-testid="moving"
            autoplay
            playsinline
            [src]="movingPart()"
            (ended)="moving.set(false)"
            (error)="unplayable.set(true); moving.set(false)"
          ></video>
        }
      }
    </div>
    @if (asset().moving_part && !failed()) {
      <button
        type="button"
        class="moves"
        data-testid="play-moving"
        [attr.aria-pressed]="moving()"
        [disabled]="unplayable()"
        (click)="moving.set(!moving())"
      >
        {{ unplayable() ? 'This browser cannot play its moving part' : moving() ? 'Stop' : 'Play the moving part' }}
      </button>
    }
  `,
  styles: `
    :host {
      display: grid;
      place-items: center;
      width: 100%;
      height: 100%;
      overflow: hidden;
    }
    :host(.zoomed) {
      cursor: grab;
      touch-action: none;
    }
    .picture {
      position: relative;
      background: var(--placeholder) center / 100% 100%;
    }
    img,
    video {
      width: 100%;
      height: 100%;
    }
    video {
      position: absolute;
      inset: 0;
      object-fit: contain;
      background: #000;
    }
    .moves {
      position: absolute;
      bottom: 12px;
      left: 50%;
      transform: translateX(-50%);
    }
    p {
      position: absolute;
      inset: 0;
      display: grid;
      place-content: center;
      padding: 20px;
      text-align: center;
    }
  `,
  host: {
    '[class.zoomed]': 'view().scale > 1',
    '(wheel)': 'onWheel($event)',
    '(dblclick)': 'onDoubleClick($event)',
    '(pointerdown)': 'onDown($event)',
    '(pointermove)': 'onMove($event)',
    '(pointerup)': 'held = null',
    '(pointercancel)': 'held = null',
  },
})
export class PhotoStage {
  readonly asset = input.required<Asset>();
  // the placeholder comes with the preview: without one there is nothing to ask for yet
  protected readonly failed = linkedSignal(() => this.asset().placeholder === null);
  protected readonly moving = linkedSignal({ source: () => this.asset().id, computation: () => false });
  protected readonly unplayable = linkedSignal({ source: () => this.asset().id, computation: () => false });
  protected readonly movingPart = computed(() => movingPartUrl(this.asset().id));
  protected readonly view = linkedSignal({ source: () => this.asset().id, computation: () => WHOLE });
  /** The browser shows the original not at all, or lying where the picture stands: then the preview serves. */
  private readonly previewOnly = linkedSignal({ source: () => this.asset().id, computation: () => false });
  private readonly natural = linkedSignal({ source: () => this.asset().id, computation: () => ({ width: 4, height: 3 }) });
  private readonly stage = signal({ width: 0, height: 0 });
  protected held: { x: number; y: number } | null = null;
  private readonly host = inject<ElementRef<HTMLElement>>(ElementRef);

  protected readonly size = computed(() => {
    const { width, height } = this.asset();
    return fitted(width && height ? { width, height } : this.natural(), this.stage());
  });
  protected readonly transform = computed(() => {
    const { scale, x, y } = this.view();
    return scale === 1 ? null : `translate(${x}px, ${y}px) scale(${scale})`;
  });
  protected readonly placeholder = computed(() => placeholderImage(this.asset().placeholder));
  protected readonly source = computed(() => {
    return this.asksOriginal() ? originalUrl(this.asset()) : previewUrl(this.asset());
  });
  private readonly asksOriginal = computed(() => {
    return this.view().scale > 1 && SHOWN_BY_BROWSERS.has(this.asset().mime) && !this.previewOnly();
  });

  constructor() {
    const destroy = inject(DestroyRef);
    afterNextRender(() => {
      const element = this.host.nativeElement;
      const watch = new ResizeObserver(() => this.stage.set({ width: element.clientWidth, height: element.clientHeight }));
      watch.observe(element);
      destroy.onDestroy(() => watch.disconnect());
    });
  }

  protected missed(): void {
    if (this.asksOriginal()) this.previewOnly.set(true);
    else this.failed.set(true);
  }

  protected loaded(image: HTMLImageElement): void {
    const { width, height } = this.asset();
    const stands = image.naturalHeight > image.naturalWidth;
    if (this.asksOriginal() && width && height && width !== height && stands !== height > width) {
      this.previewOnly.set(true);
      return;
    }
    this.natural.set({ width: image.naturalWidth || 4, height: image.naturalHeight || 3 });
  }

  protected onWheel(event: WheelEvent): void {
    event.preventDefault();
    this.zoom(this.view().scale * Math.exp(-event.deltaY * 0.0022), event);
  }

  protected onDoubleClick(event: MouseEvent): void {
    this.zoom(this.view().scale > 1 ? 1 : 2.5, event);
  }

  protected onDown(event: PointerEvent): void {
    if (this.view().scale === 1 || event.button !== 0) return;
    this.host.nativeElement.setPointerCapture(event.pointerId);
    this.held = { x: event.clientX - this.view().x, y: event.clientY - this.view().y };
  }

  protected onMove(event: PointerEvent): void {
    if (!this.held) return;
    this.view.set({ ...this.view(), x: event.clientX - this.held.x, y: event.clientY - this.held.y });
  }

  /** Zooms so that the point under the pointer stays where it is. */
  private zoom(wanted: number, event: MouseEvent): void {
    const scale = Math.min(MOST_ZOOM, Math.max(1, wanted));
    if (scale < 1.02) {
      this.view.set(WHOLE);
      return;
    }
    const stage = this.host.nativeElement.getBoundingClientRect();
    const from = this.view();
    const x = event.clientX - stage.left - stage.width / 2;
    const y = event.clientY - stage.top - stage.height / 2;
    const grown = scale / from.scale;
    this.view.set({ scale, x: x - (x - from.x) * grown, y: y - (y - from.y) * grown });
  }
}
