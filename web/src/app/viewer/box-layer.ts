import { ChangeDetectionStrategy, Component, inject } from '@angular/core';

import { BOX_KINDS, BoxKind } from './evidence';
import { ViewerState } from './viewer-state';

/** The boxes over a picture. Dashed: a model proposed them. Hovering one lights its answer, and back. */
@Component({
  selector: 'fv-box-layer',
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @for (box of state.boxes(); track box.id) {
      <!-- a mouse's extra: the answers beside the picture light the same boxes by keyboard -->
      <span
        class="box"
        [attr.data-kind]="box.kind"
        [class.lit]="box.isLit"
        [style.--colour]="colour(box.kind)"
        [style.left.%]="box.box.x * 100"
        [style.top.%]="box.box.y * 100"
        [style.width.%]="box.box.w * 100"
        [style.height.%]="box.box.h * 100"
        (mouseenter)="state.light([box.id])"
        (mouseleave)="state.light([])"
      >
        <span class="name" [class.below]="box.box.y < 0.05">{{ box.label }}</span>
      </span>
    }
    @if (state.pointed(); as box) {
      <span
        class="box lit pointed"
        [style.left.%]="box.x * 100"
        [style.top.%]="box.y * 100"
        [style.width.%]="box.w * 100"
        [style.height.%]="box.h * 100"
      ></span>
    }
  `,
  styles: `
    :host {
      position: absolute;
      inset: 0;
      pointer-events: none;
    }
    .box {
      position: absolute;
      border: 2px dashed color-mix(in oklab, var(--colour) 70%, white);
      border-radius: 4px;
      box-shadow:
        0 0 0 1px rgb(0 0 0 / 55%),
        inset 0 0 0 1px rgb(0 0 0 / 35%);
      pointer-events: auto;
    }
    .box.lit {
      z-index: 1;
      background: color-mix(in oklab, var(--colour) 22%, transparent);
      border-width: 3px;
    }
    .name {
      position: absolute;
      bottom: 100%;
      left: -2px;
      max-width: 220px;
      padding: 0 6px;
      overflow: hidden;
      border-radius: 4px 4px 4px 0;
      background: rgb(0 0 0 / 78%);
      color: #fff;
      font-size: 13px;
      line-height: 19px;
      text-overflow: ellipsis;
      white-space: nowrap;
      opacity: 0;
    }
    .name.below {
      top: 2px;
      bottom: auto;
      left: 2px;
    }
    .box:hover .name,
    .box.lit .name {
      opacity: 1;
    }
    .pointed {
      --colour: var(--accent);
      pointer-events: none;
    }
  `,
})
export class BoxLayer {
  protected readonly state = inject(ViewerState);

  protected colour(kind: BoxKind): string {
    const answer = BOX_KINDS.find((one) => one.kind === kind)?.answer ?? 'what';
    return `var(--${answer})`;
  }
}
