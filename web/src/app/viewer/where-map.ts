import { ChangeDetectionStrategy, Component, computed, inject, input, resource } from '@angular/core';

import { Asset } from '../api/model';
import { LandShapes } from '../map/land-shapes';
import { MapWindow, pathAround, wedge } from './around';
import { directionWords } from './source-words';

const SIZE = { width_px: 264, height_px: 132, span_deg: 7 };
/** The opening of a usual lens; the file seldom says it. */
const OPENING_DEG = 50;

/** Where a picture was taken in its part of the world, with a wedge in the direction that the camera faced. */
@Component({
  selector: 'fv-where-map',
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <svg role="img" [attr.viewBox]="box" [attr.aria-label]="label()" preserveAspectRatio="xMidYMid slice">
      <path class="land" [attr.d]="land()" />
      @if (facing(); as facing) {
        <path class="facing" data-testid="facing" [attr.d]="facing" />
      }
      <circle class="spot" [attr.cx]="width_px / 2" [attr.cy]="height_px / 2" r="5" />
    </svg>
  `,
  styles: `
    svg {
      display: block;
      width: 100%;
      height: 132px;
      border-radius: var(--radius-small);
      background: var(--sea);
    }
    .land {
      fill: var(--land);
      stroke: var(--border);
    }
    .facing {
      fill: color-mix(in oklab, var(--where) 34%, transparent);
      stroke: var(--where);
      stroke-width: 1.5;
    }
    .spot {
      fill: var(--where);
      stroke: var(--ground);
      stroke-width: 2;
    }
  `,
})
export class WhereMap {
  readonly position = input.required<NonNullable<Asset['position']>>();
  protected readonly width_px = SIZE.width_px;
  protected readonly height_px = SIZE.height_px;
  protected readonly box = `0 0 ${SIZE.width_px} ${SIZE.height_px}`;
  private readonly shapes = inject(LandShapes);
  private readonly rings = resource({ loader: () => this.shapes.rings() });
  private readonly view = computed<MapWindow>(() => ({ ...SIZE, lat: this.position().lat, lon: this.position().lon }));
  // without its base map the place and the direction are still there
  protected readonly land = computed(() => pathAround(this.rings.hasValue() ? this.rings.value() : [], this.view()));
  protected readonly facing = computed(() => {
    const { direction_deg } = this.position();
    return direction_deg === null ? null : wedge(this.view(), direction_deg, OPENING_DEG, 54);
  });
  protected readonly label = computed(() => {
    const { direction_deg } = this.position();
    return direction_deg === null ? 'Map of the surroundings' : `Map, facing ${directionWords(direction_deg)}`;
  });
}
