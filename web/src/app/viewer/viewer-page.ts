import { Location } from '@angular/common';
import {
  ChangeDetectionStrategy,
  Component,
  DestroyRef,
  computed,
  effect,
  inject,
  input,
  linkedSignal,
  numberAttribute,
  signal,
  untracked,
  viewChild,
} from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';
import { Title } from '@angular/platform-browser';
import { Router, RouterLink } from '@angular/router';
import { auditTime, filter, merge } from 'rxjs';

import { Icon } from '../answer/icon';
import { LiveEvents } from '../api/live-events';
import { downloadUrl, previewUrl } from '../api/api-client';
import { Asset, Box } from '../api/model';
import { isWriting } from '../frame/is-writing';
import { LibraryStore } from '../library/library-store';
import { SessionStore } from '../sign-in/session-store';
import { AnswersPanel } from './answers-panel';
import { EditFields } from './edit-fields';
import { BOX_KINDS } from './evidence';
import { FileFacts } from './file-facts';
import { PhotoStage } from './photo-stage';
import { Sequence } from './sequence';
import { SimilarStrip, SimilarTo } from './similar-strip';
import { VideoStage } from './video-stage';
import { ViewerState } from './viewer-state';

const SWIPE_PX = 60;
const SETTLE_MS = 500;

/** One photo or video: the picture first, the six answers beside it. */
@Component({
  selector: 'fv-viewer-page',
  changeDetection: ChangeDetectionStrategy.OnPush,
  imports: [AnswersPanel, EditFields, FileFacts, Icon, PhotoStage, RouterLink, SimilarStrip, VideoStage],
  providers: [ViewerState],
  templateUrl: './viewer-page.html',
  styleUrl: './viewer-page.css',
  host: { '(document:keydown)': 'onKey($event)' },
})
export class ViewerPage {
  readonly id = input.required({ transform: numberAttribute });
  /** From the address: a second, a box, and the page it was opened from. */
  readonly t = input<string>();
  readonly box = input<string>();
  readonly from = input<string>();

  protected readonly state = inject(ViewerState);
  protected readonly kinds = BOX_KINDS;
  protected readonly mayEdit = inject(SessionStore).mayEdit;
  protected readonly previous = signal<number | null>(null);
  protected readonly next = signal<number | null>(null);
  protected readonly similar = linkedSignal<number, SimilarTo | null>({ source: this.id, computation: () => null });
  protected readonly download = computed(() => downloadUrl(this.id()));
  protected readonly counts = computed(() => {
    const evidence = this.state.evidence();
    const count = (kind: string) => evidence.filter((one) => one.kind === kind).length;
    return { faces: count('faces'), objects: count('objects'), text: count('text') };
  });

  private readonly router = inject(Router);
  private readonly location = inject(Location);
  private readonly library = inject(LibraryStore);
  private readonly sequence = inject(Sequence);
  private readonly title = inject(Title);
  private readonly video = viewChild(VideoStage);
  private touch_px: { x: number; y: number } | null = null;
  // Angular numbers its own navigations; the first one of a visit has nothing of ours behind it
  private readonly cameFromInside = this.router.lastSuccessfulNavigation() !== null;

  constructor() {
    effect(() => {
      const id = this.id();
      untracked(() => void this.open(id));
    });
    effect(() => {
      this.state.pointed.set(readBox(this.box()));
      const at_s = Number(this.t());
      const asset = this.state.asset();
      if (this.t() === undefined || !Number.isFinite(at_s) || asset?.kind !== 'video' || asset.id !== this.id()) return;
      untracked(() => this.seekOnce(asset.id, at_s));
    });
    const live = inject(LiveEvents);
    merge(live.assets.pipe(filter((id) => id === this.id())), live.reload)
      .pipe(auditTime(SETTLE_MS), takeUntilDestroyed(inject(DestroyRef)))
      .subscribe(() => void this.state.open(this.id()));
  }

  protected go(id: number | null): void {
    if (id === null) return;
    void this.router.navigate(['/asset', id], { queryParams: { from: this.from() }, replaceUrl: true });
  }

  protected close(): void {
    if (this.cameFromInside) this.location.back();
    else void this.router.navigateByUrl('/');
  }

  protected onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return;
    const action = this.actionOf(event);
    if (!action) return;
    event.preventDefault();
    action();
  }

  protected onTouch(event: TouchEvent): void {
    const touch = event.changedTouches[0];
    if (!touch || event.touches.length > 1) this.touch_px = null;
    else if (event.type === 'touchstart') this.touch_px = { x: touch.clientX, y: touch.clientY };
    else if (this.touch_px) {
      const x = touch.clientX - this.touch_px.x;
      const y = touch.clientY - this.touch_px.y;
      if (Math.abs(x) > SWIPE_PX && Math.abs(x) > 2 * Math.abs(y)) this.go(x < 0 ? this.next() : this.previous());
    }
  }

  private actionOf(event: KeyboardEvent): (() => void) | null {
    const kind = BOX_KINDS.find((one) => one.key === event.key.toLowerCase())?.kind;
    if (kind) return () => this.state.toggle(kind);
    switch (event.key) {
      case 'ArrowLeft':
        return () => this.go(this.previous());
      case 'ArrowRight':
        return () => this.go(this.next());
      case 'Escape':
        return () => (this.similar() ? this.similar.set(null) : this.close());
      case 'Delete':
        return this.mayEdit() ? () => void this.state.setTrashed(true) : null;
      case ' ': {
        const onControl = event.target instanceof Element && event.target.closest('button, a, summary, input');
        const video = this.video();
        return video && !onControl ? () => video.togglePlay() : null;
      }
      default:
        return null;
    }
  }

  private async open(id: number): Promise<void> {
    this.previous.set(null);
    this.next.set(null);
    this.library.lastOpened = id;
    await this.state.open(id);
    const asset = this.state.asset();
    if (this.state.isMissing()) this.title.setTitle('No such photo · Fovea');
    if (asset?.id !== id) return;
    this.title.setTitle(`${asset.name} · Fovea`);
    await this.findNeighbours(asset);
  }

  private async findNeighbours(asset: Asset): Promise<void> {
    const [previous, next] = await Promise.all([
      this.sequence.neighbour(asset, -1, this.from()),
      this.sequence.neighbour(asset, 1, this.from()),
    ]);
    if (this.id() !== asset.id) return;
    this.previous.set(previous?.id ?? null);
    this.next.set(next?.id ?? null);
    // the next pictures are fetched ahead, so that leafing through does not wait
    for (const beside of [next, previous]) if (beside?.placeholder) new Image().src = previewUrl(beside);
  }

  private soughtFor: string | null = null;

  /** Goes to the second of the address once, not again whenever the asset is read anew. */
  private seekOnce(id: number, at_s: number): void {
    const key = `${id}@${at_s}`;
    if (this.soughtFor === key) return;
    this.soughtFor = key;
    setTimeout(() => this.state.seek(at_s, false));
  }
}

/** "x,y,w,h" as fractions; null for anything else, for the address may be anybody's. */
function readBox(text: string | undefined): Box | null {
  const parts = (text ?? '').split(',').map(Number);
  const [x, y, w, h] = parts;
  if (parts.length !== 4 || parts.some((part) => !Number.isFinite(part) || part < 0 || part > 1)) return null;
  return { x, y, w, h } as Box;
}
