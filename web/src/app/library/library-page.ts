import {
  ChangeDetectionStrategy,
  Component,
  DestroyRef,
  ElementRef,
  OnInit,
  afterRenderEffect,
  computed,
  effect,
  inject,
  signal,
  untracked,
  viewChild,
} from '@angular/core';

import { Icon } from '../answer/icon';
import { AssetSummary } from '../api/model';
import { SessionStore } from '../sign-in/session-store';
import { counted } from '../wording/amounts';
import { dayWords } from '../wording/days';
import { BulkEdit } from './bulk-edit';
import { moveInGrid } from './grid-keys';
import { LibraryStore } from './library-store';
import { OnThisDay, STRIP_PX, sameDays } from './on-this-day';
import { PickGestures } from './pick-gestures';
import { Scrubber } from './scrubber';
import { Selection } from './selection';
import { SelectionBar } from './selection-bar';
import { Tile } from './tile';
import { PageArea, tilesWithin } from './tiles-within';
import { Band, DayBlock, HEADING_PX, bandAt, layOutTimeline } from './timeline-layout';

interface ShownTile {
  asset: AssetSummary;
  left_px: number;
  top_px: number;
  width_px: number;
  height_px: number;
}

interface ShownBlock {
  block: DayBlock;
  tiles: ShownTile[];
}

const AHEAD_PX = 900;
const STEP_PX = 240;
const SETTLE_MS = 90;

/** The library by day. Only what is near the window exists; the rest of the page is room of the right height. */
@Component({
  selector: 'fv-library-page',
  changeDetection: ChangeDetectionStrategy.OnPush,
  imports: [Icon, OnThisDay, Scrubber, SelectionBar, Tile],
  providers: [BulkEdit, Selection],
  templateUrl: './library-page.html',
  styleUrl: './library-page.css',
})
export class LibraryPage implements OnInit {
  protected readonly store = inject(LibraryStore);
  protected readonly mayEdit = inject(SessionStore).mayEdit;
  protected readonly selection = inject(Selection);
  protected readonly bulk = inject(BulkEdit);
  /** The rectangle that the mouse is drawing. */
  protected readonly drawn = signal<PageArea | null>(null);
  protected readonly thisDay = computed(() => sameDays(this.store.timeline() ?? [], new Date()));
  protected readonly scroll_px = signal(0);
  protected readonly view_px = signal(0);
  protected readonly heading_px = HEADING_PX;
  private readonly width_px = signal(0);
  private readonly scroller = viewChild<ElementRef<HTMLElement>>('scroller');
  private readonly length = viewChild<ElementRef<HTMLElement>>('length');

  protected readonly layout = computed(() => {
    const days = this.store.days();
    const width_px = this.width_px();
    const shape = { width_px, row_px: width_px < 640 ? 124 : 204, gap_px: 4, lead_px: this.thisDay().length > 0 ? STRIP_PX : 0 };
    const known = width_px > 0 ? (this.store.timeline() ?? []) : [];
    return layOutTimeline(known, (key) => days.get(key)?.assets, shape);
  });
  private readonly step = computed(() => Math.floor(this.scroll_px() / STEP_PX));
  protected readonly shown = computed(() => {
    const { bands } = this.layout();
    const from_px = this.step() * STEP_PX - AHEAD_PX;
    const to_px = this.step() * STEP_PX + this.view_px() + STEP_PX + AHEAD_PX;
    const shown: { band: Band; blocks: ShownBlock[] }[] = [];
    for (let at = bandAt(bands, from_px); at < bands.length; at += 1) {
      const band = bands[at] as Band;
      if (band.top_px > to_px) break;
      shown.push({ band, blocks: band.blocks.map((block) => shownBlock(block, band.top_px + HEADING_PX, from_px, to_px)) });
    }
    return shown;
  });

  constructor() {
    const destroy = inject(DestroyRef);
    let settled: ReturnType<typeof setTimeout> | undefined;
    effect(() => {
      const keys = this.shown().flatMap(({ blocks }) => blocks.map(({ block }) => block.key));
      const unfinished = this.unfinishedInSight();
      clearTimeout(settled);
      settled = setTimeout(() => {
        this.store.want(keys);
        if (unfinished) void this.store.load(unfinished);
      }, SETTLE_MS);
    });
    destroy.onDestroy(() => clearTimeout(settled));
    // rows above the window may turn out taller or lower than estimated: what is in sight stays where it is
    afterRenderEffect(() => {
      this.layout();
      const element = this.scroller()?.nativeElement;
      if (element) untracked(() => this.holdStill(element));
    });
    const watch = new ResizeObserver(([entry]) => this.measure(entry?.target as HTMLElement));
    afterRenderEffect((onCleanup) => {
      const element = this.scroller()?.nativeElement;
      if (!element) return;
      watch.observe(element);
      onCleanup(() => watch.unobserve(element));
      this.measure(element);
    });
    destroy.onDestroy(() => watch.disconnect());
    afterRenderEffect((onCleanup) => {
      const [scroller, length] = [this.scroller()?.nativeElement, this.length()?.nativeElement];
      if (scroller && length && this.mayEdit()) onCleanup(this.listenForPicks(scroller, length));
    });
    // coming back from a picture: its link is focused as soon as it is there
    const returning = afterRenderEffect(() => {
      this.shown();
      if (this.focusLastOpened()) returning.destroy();
    });
  }

  ngOnInit(): void {
    void this.store.readTimeline();
  }

  protected heading(block: DayBlock): string {
    return dayWords(block.day.day);
  }

  protected count(block: DayBlock): string {
    return counted(block.day.count, 'picture');
  }

  protected onScroll(element: HTMLElement): void {
    this.scroll_px.set(element.scrollTop);
    this.remember(element.scrollTop);
  }

  protected jump(top_px: number): void {
    const element = this.scroller()?.nativeElement;
    if (element) element.scrollTop = top_px;
  }

  protected onKey(event: KeyboardEvent, element: HTMLElement): void {
    const id = pictureAt(event.target);
    if (event.key.toLowerCase() === 'x' && id !== null && this.mayEdit()) void this.pick(id, event.shiftKey);
    else if (event.key === 'Escape') this.selection.clear();
    else if (event.key === 'Delete' && this.selection.isOn() && !this.bulk.busy()) void this.bulk.trash();
    else moveInGrid(event, element);
  }

  private listenForPicks(scroller: HTMLElement, length: HTMLElement): () => void {
    let before: readonly number[] | null = null;
    return new PickGestures(scroller, length, {
      isPicking: () => this.selection.isOn(),
      pick: (id, extend) => void this.pick(id, extend),
      draw: (area) => {
        this.drawn.set(area);
        if (!area) {
          before = null;
          return;
        }
        before ??= [...this.selection.ids()];
        this.selection.set([...before, ...tilesWithin(this.layout(), area)]);
      },
    }).listen();
  }

  private async pick(id: number, extend: boolean): Promise<void> {
    const { anchor } = this.selection;
    if (!extend || anchor === null) {
      this.selection.toggle(id);
      return;
    }
    const ids = await this.store.between(anchor, id);
    this.selection.set([...this.selection.ids(), ...ids]);
    this.selection.anchor = id;
  }

  protected opened(event: Event): void {
    const id = pictureAt(event.target);
    if (id !== null) this.store.lastOpened = id;
  }

  /** A day in sight of which the window shows the part that is not read yet. */
  private unfinishedInSight(): string | null {
    const end_px = this.scroll_px() + this.view_px() + AHEAD_PX;
    for (const { band, blocks } of this.shown()) {
      const key = blocks[0]?.block.key ?? '';
      const last = blocks[0]?.block.rows.at(-1);
      const known_px = band.top_px + HEADING_PX + (last ? last.top_px + last.height_px : 0);
      if (this.store.days().get(key)?.next && known_px < end_px) return key;
    }
    return null;
  }

  private measure(element: HTMLElement): void {
    if (!element.isConnected) return;
    const style = getComputedStyle(element);
    this.width_px.set(Math.floor(element.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight)));
    this.view_px.set(element.clientHeight);
  }

  private remember(scroll_px: number): void {
    const { bands } = this.layout();
    const band = bands[bandAt(bands, scroll_px)];
    if (!band || scroll_px < 4) {
      this.store.anchor = null;
      return;
    }
    const offset_px = scroll_px - band.top_px;
    const key = band.blocks[0]?.key ?? '';
    this.store.anchor = { key, offset_px, share: offset_px / band.height_px, width_px: this.width_px() };
  }

  private holdStill(element: HTMLElement): void {
    const anchor = this.store.anchor;
    if (!anchor) return;
    const band = this.layout().bands.find((one) => one.blocks.some((block) => block.key === anchor.key));
    if (!band) return;
    const offset_px = anchor.width_px === this.width_px() ? anchor.offset_px : anchor.share * band.height_px;
    const top_px = Math.round(band.top_px + offset_px);
    if (Math.abs(top_px - element.scrollTop) < 1) return;
    element.scrollTop = top_px;
    this.scroll_px.set(element.scrollTop);
  }

  /** Whether that is settled: there is nothing to come back to, the focus has gone elsewhere, or it is done. */
  private focusLastOpened(): boolean {
    const id = this.store.lastOpened;
    if (id === null || document.activeElement !== document.body) return true;
    const link = this.scroller()?.nativeElement.querySelector<HTMLElement>(`[data-asset="${id}"]`);
    link?.focus({ preventScroll: true });
    return link !== undefined && link !== null;
  }
}

/** The picture whose link has the focus or the pointer. */
function pictureAt(target: EventTarget | null): number | null {
  const link = target instanceof Element ? target.closest('[data-asset]') : null;
  return link ? Number(link.getAttribute('data-asset')) : null;
}

function shownBlock(block: DayBlock, top_px: number, from_px: number, to_px: number): ShownBlock {
  const tiles: ShownTile[] = [];
  for (const row of block.rows) {
    const row_px = top_px + row.top_px;
    if (row_px + row.height_px < from_px) continue;
    if (row_px > to_px) break;
    for (const tile of row.tiles) {
      const asset = block.assets[tile.index];
      if (!asset) continue;
      const { left_px, width_px } = tile;
      tiles.push({ asset, left_px, width_px, top_px: HEADING_PX + row.top_px, height_px: row.height_px });
    }
  }
  return { block, tiles };
}
