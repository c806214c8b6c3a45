import { ChangeDetectionStrategy, Component, computed, input, linkedSignal, output } from '@angular/core';
import { RouterLink } from '@angular/router';

import { Icon } from '../answer/icon';
import { thumbnailUrl } from '../api/api-client';
import { AssetSummary } from '../api/model';
import { clockWords } from '../wording/days';
import { clock } from '../wording/durations';
import { takenDoubt } from '../wording/taken-words';
import { placeholderImage } from './placeholder';

/** One picture of a grid: its placeholder at once, then its thumbnail; a link to the viewer. */
@Component({
  selector: 'fv-tile',
  changeDetection: ChangeDetectionStrategy.OnPush,
  imports: [Icon, RouterLink],
  template: `
    <a
      [routerLink]="['/asset', asset().id]"
      [queryParams]="query()"
      [attr.aria-label]="label()"
      [attr.data-asset]="asset().id"
      [class.picked]="picked()"
      [style.background-image]="placeholder()"
    >
      @if (!failed()) {
        <img alt="" decoding="async" [src]="source()" (load)="arrived.set(true)" (error)="failed.set(true)" [class.arrived]="arrived()" />
      } @else {
        <span class="missing"><fv-icon [name]="asset().kind" [size]="22" /></span>
      }
      @if (asset().kind === 'video') {
        <span class="badge numbers"><fv-icon name="play" [size]="13" />{{ duration() }}</span>
      }
      @if (asset().damaged; as damaged) {
        <span class="badge damaged" [title]="damaged">Damaged</span>
      }
      @if (asset().busy) {
        <span class="busy" title="Being looked at"></span>
      }
    </a>
    @if (picked() !== null) {
      <!-- a mouse's way to begin; the keyboard has x, the finger a long touch -->
      <button
        type="button"
        class="pick"
        tabindex="-1"
        [attr.aria-pressed]="picked()"
        [attr.aria-label]="'Select ' + asset().name"
        [class.on]="picked()"
        [class.offered]="picking()"
        (click)="pick.emit()"
      >
        <fv-icon name="check" [size]="16" />
      </button>
    }
  `,
  styles: `
    :host {
      display: block;
    }
    a {
      position: relative;
      display: block;
      height: 100%;
      overflow: hidden;
      border-radius: 3px;
      background: var(--placeholder) center / cover;
    }
    a:focus-visible {
      outline: 3px solid var(--accent);
      outline-offset: 1px;
      border-radius: 3px;
      z-index: 1;
    }
    img {
      width: 100%;
      height: 100%;
      object-fit: cover;
      opacity: 0;
      transition: opacity 160ms;
    }
    img.arrived {
      opacity: 1;
    }
    a:hover img {
      filter: brightness(1.06);
    }
    a.picked {
      box-shadow: inset 0 0 0 3px var(--accent);
    }
    a.picked img {
      scale: 0.92;
      border-radius: 3px;
    }
    .pick {
      position: absolute;
      top: 5px;
      left: 5px;
      z-index: 1;
      width: 26px;
      min-height: 26px;
      padding: 0;
      border-radius: 50%;
      background: rgb(0 0 0 / 55%);
      color: #fff;
      box-shadow: inset 0 0 0 1.5px rgb(255 255 255 / 75%);
      opacity: 0;
    }
    .pick:hover:not(:disabled) {
      background: rgb(0 0 0 / 75%);
    }
    :host(:hover) .pick,
    .pick.offered {
      opacity: 1;
    }
    .pick:not(.on) fv-icon {
      opacity: 0;
    }
    .pick:hover fv-icon {
      opacity: 1;
    }
    .pick.on,
    .pick.on:hover {
      background: var(--accent);
      color: var(--on-accent);
      opacity: 1;
    }
    @media (hover: none) {
      .pick:not(.on, .offered) {
        display: none;
      }
    }
    .missing {
      display: grid;
      place-items: center;
      height: 100%;
      color: var(--text-quiet);
    }
    .badge {
      position: absolute;
      right: 6px;
      bottom: 6px;
      display: inline-flex;
      align-items: center;
      gap: 4px;
      padding: 1px 7px 1px 5px;
      border-radius: 4px;
      background: rgb(0 0 0 / 70%);
      color: #fff;
      font-size: 13px;
    }
    .badge.damaged {
      right: auto;
      left: 6px;
      padding-left: 7px;
    }
    .busy {
      position: absolute;
      top: 7px;
      right: 7px;
      width: 7px;
      height: 7px;
      border-radius: 50%;
      background: #a9b4ff;
      box-shadow: 0 0 0 1.5px rgb(0 0 0 / 60%);
      animation: breathe 1.6s ease-in-out infinite;
    }
    @keyframes breathe {
      50% {
        opacity: 0.35;
      }
    }
  `,
})
export class Tile {
  readonly asset = input.required<AssetSummary>();
  /** What the viewer is told besides: a second, a box. */
  readonly query = input<Record<string, string | number> | null>(null);
  /** Whether it is among the picked; null where nothing can be picked. */
  readonly picked = input<boolean | null>(null);
  /** Some are picked, so that the next click picks, too. */
  readonly picking = input(false);
  readonly pick = output<void>();
  // the placeholder comes with the thumbnail: without one there is nothing to ask for yet
  protected readonly failed = linkedSignal(() => this.asset().placeholder === null);
  protected readonly arrived = linkedSignal({ source: () => this.asset().id, computation: () => false });
  protected readonly source = computed(() => thumbnailUrl(this.asset()));
  protected readonly placeholder = computed(() => placeholderImage(this.asset().placeholder));
  protected readonly duration = computed(() => {
    const seconds = this.asset().duration_s;
    return seconds === null ? '' : clock(seconds);
  });
  protected readonly label = computed(() => {
    const { name, kind, taken_local, taken, place, damaged } = this.asset();
    return [this.picked() ? 'selected' : null, name, `${kind} ${this.duration()}`.trim(), clockWords(taken_local), takenDoubt(taken), place, damaged ? 'damaged' : null].filter(Boolean).join(', ');
  });
}
