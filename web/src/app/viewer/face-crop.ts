import { ChangeDetectionStrategy, Component, computed, input } from '@angular/core';

import { Pictured, frameUrl, previewUrl } from '../api/api-client';
import { Asset, Box } from '../api/model';

const SIDE_PX = 44;
/** How much around a face is shown, as a multiple of its larger side. */
const AROUND = 1.5;

/** A face cut out of its picture, or of its frame in a video. */
@Component({
  selector: 'fv-face-crop',
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <img
      alt=""
      decoding="async"
      [src]="source()"
      [style.width.px]="place().width"
      [style.height.px]="place().height"
      [style.transform]="place().transform"
    />
  `,
  styles: `
    :host {
      display: block;
      flex: none;
      width: 44px;
      height: 44px;
      overflow: hidden;
      border-radius: 50%;
      background: var(--placeholder);
    }
    img {
      max-width: none;
      transform-origin: 0 0;
    }
  `,
})
export class FaceCrop {
  readonly asset = input.required<Pictured & Pick<Asset, 'width' | 'height'>>();
  readonly box = input.required<Box>();
  readonly at_s = input<number | null>(null);
  protected readonly source = computed(() => {
    const at_s = this.at_s();
    return at_s === null ? previewUrl(this.asset()) : frameUrl(this.asset(), at_s);
  });
  protected readonly place = computed(() => {
    const { width, height } = this.asset();
    const aspect = width && height ? width / height : 4 / 3;
    const { x, y, w, h } = this.box();
    // everything in units of the picture's height
    const side = Math.min(1, aspect, Math.max(w * aspect, h) * AROUND);
    const height_px = SIDE_PX / side;
    const left = Math.min(aspect - side, Math.max(0, (x + w / 2) * aspect - side / 2));
    const top = Math.min(1 - side, Math.max(0, y + h / 2 - side / 2));
    return {
      width: height_px * aspect,
      height: height_px,
      transform: `translate(${-left * height_px}px, ${-top * height_px}px)`,
    };
  });
}
