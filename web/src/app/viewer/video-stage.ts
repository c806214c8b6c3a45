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
  viewChild,
} from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';

import { downloadUrl, originalUrl, previewUrl } from '../api/api-client';
import { Asset } from '../api/model';
import { BoxLayer } from './box-layer';
import { fitted } from './fitted';
import { TimeBar } from './time-bar';
import { ViewerState } from './viewer-state';

/** A video with the boxes of its key frames and one time bar. */
@Component({
  selector: 'fv-video-stage',
  changeDetection: ChangeDetectionStrategy.OnPush,
  imports: [BoxLayer, TimeBar],
  template: `
    <div #stage class="stage">
      <div class="picture" data-testid="picture" [style.width.px]="size().width" [style.height.px]="size().height">
        <!-- what is said stands beside it as a transcript that follows the video -->
        <video
          #video
          playsinline
          preload="metadata"
          [src]="source()"
          [attr.poster]="poster()"
          [muted]="muted()"
          [attr.aria-label]="asset().name"
          (loadedmetadata)="ready(video)"
          (timeupdate)="state.time_s.set(video.currentTime)"
          (seeked)="state.time_s.set(video.currentTime)"
          (play)="begin(video)"
          (pause)="playing.set(false)"
          (error)="failed.set(true)"
          (click)="togglePlay()"
        ></video>
        <fv-box-layer />
        @if (failed()) {
          <p class="failed" role="alert">
            This browser cannot play this kind of video. It is stored unchanged:
            <a [href]="download()" download>download the original</a>.
          </p>
        }
      </div>
    </div>
    <fv-time-bar
      [asset]="asset()"
      [duration_s]="duration_s()"
      [playing]="playing()"
      [muted]="muted()"
      (togglePlay)="togglePlay()"
      (toggleSound)="muted.set(!muted())"
    />
  `,
  styles: `
    :host {
      display: grid;
      grid-template-rows: minmax(0, 1fr) auto;
      width: 100%;
      height: 100%;
    }
    .stage {
      display: grid;
      place-items: center;
      min-width: 0;
      min-height: 0;
      overflow: hidden;
    }
    .picture {
      position: relative;
      background: #000;
    }
    video {
      width: 100%;
      height: 100%;
    }
    .failed {
      position: absolute;
      inset: auto 0 0;
      padding: 12px 16px;
      background: rgb(0 0 0 / 82%);
      color: #fff;
    }
    .failed a {
      color: #c3cbff;
    }
  `,
})
export class VideoStage {
  readonly asset = input.required<Asset>();
  protected readonly state = inject(ViewerState);
  protected readonly playing = signal(false);
  protected readonly muted = signal(false);
  protected readonly failed = linkedSignal({ source: () => this.asset().id, computation: () => false });
  private readonly measured = linkedSignal({
    source: () => this.asset().id,
    computation: () => ({ width: 16, height: 9, duration_s: 0 }),
  });
  private readonly stageSize = signal({ width: 0, height: 0 });
  private readonly stage = viewChild.required<ElementRef<HTMLElement>>('stage');
  private readonly video = viewChild.required<ElementRef<HTMLVideoElement>>('video');

  protected readonly source = computed(() => originalUrl(this.asset()));
  protected readonly poster = computed(() => (this.asset().placeholder === null ? null : previewUrl(this.asset())));
  protected readonly download = computed(() => downloadUrl(this.asset().id));
  protected readonly duration_s = computed(() => this.asset().duration_s ?? this.measured().duration_s);
  protected readonly size = computed(() => {
    const { width, height } = this.asset();
    return fitted(width && height ? { width, height } : this.measured(), this.stageSize());
  });

  constructor() {
    const destroy = inject(DestroyRef);
    this.state.seeks.pipe(takeUntilDestroyed(destroy)).subscribe(({ at_s, play }) => this.goTo(at_s, play));
    afterNextRender(() => {
      const element = this.stage().nativeElement;
      const watch = new ResizeObserver(() => {
        this.stageSize.set({ width: element.clientWidth, height: element.clientHeight });
      });
      watch.observe(element);
      destroy.onDestroy(() => watch.disconnect());
    });
  }

  togglePlay(): void {
    const video = this.video().nativeElement;
    if (video.paused) this.play(video);
    else video.pause();
  }

  protected ready(video: HTMLVideoElement): void {
    this.measured.set({
      width: video.videoWidth || 16,
      height: video.videoHeight || 9,
      duration_s: Number.isFinite(video.duration) ? video.duration : 0,
    });
  }

  /** While it plays, the time follows every drawn frame, so that boxes and transcript do not lag. */
  protected begin(video: HTMLVideoElement): void {
    this.playing.set(true);
    const follow = () => {
      this.state.time_s.set(video.currentTime);
      if (!video.paused && !video.ended) requestAnimationFrame(follow);
    };
    requestAnimationFrame(follow);
  }

  private goTo(at_s: number, play: boolean): void {
    const video = this.video().nativeElement;
    video.currentTime = at_s;
    this.state.time_s.set(at_s);
    if (play) this.play(video);
    else video.pause();
  }

  private play(video: HTMLVideoElement): void {
    // refused when the file cannot be decoded; the error event says so
    video.play().catch(() => this.playing.set(false));
  }
}
