import { ChangeDetectionStrategy, Component, ElementRef, computed, inject, input, output, viewChild } from '@angular/core';

import { answer } from '../answer/answers';
import { Icon, IconName } from '../answer/icon';
import { Asset } from '../api/model';
import { clock } from '../wording/durations';
import { BOX_KINDS, LaneMark, laneOf } from './evidence';
import { ViewerState } from './viewer-state';

interface Lane {
  label: string;
  icon: IconName;
  colour: string;
  marks: LaneMark[];
}

const STEP_S = 1;
const LEAP_S = 10;

/** The one time bar of a video: play, and lanes of faces, objects, text and speech over the same seconds. */
@Component({
  selector: 'fv-time-bar',
  changeDetection: ChangeDetectionStrategy.OnPush,
  imports: [Icon],
  templateUrl: './time-bar.html',
  styleUrl: './time-bar.css',
})
export class TimeBar {
  readonly asset = input.required<Asset>();
  readonly duration_s = input.required<number>();
  readonly playing = input.required<boolean>();
  readonly muted = input.required<boolean>();
  readonly togglePlay = output<void>();
  readonly toggleSound = output<void>();
  protected readonly state = inject(ViewerState);
  private readonly track = viewChild.required<ElementRef<HTMLElement>>('track');

  protected readonly lanes = computed<Lane[]>(() => {
    const duration_s = this.duration_s();
    const lanes = BOX_KINDS.map(({ kind, label, answer: key }): Lane => {
      const { icon, colour } = answer(key);
      return { label, icon, colour, marks: laneOf(this.state.evidence(), kind, duration_s) };
    });
    const said = answer('said');
    const segments = this.asset().speech?.segments ?? [];
    const marks = segments.map(({ start_s, end_s }) => ({ from_s: start_s, to_s: end_s }));
    return [...lanes, { label: 'Speech', icon: said.icon, colour: said.colour, marks }];
  });
  protected readonly now = computed(() => clock(this.state.time_s()));
  protected readonly end = computed(() => clock(this.duration_s()));
  protected readonly played = computed(() => this.percent(this.state.time_s()));

  protected percent(at_s: number): number {
    const duration_s = this.duration_s();
    return duration_s > 0 ? Math.min(100, (at_s / duration_s) * 100) : 0;
  }

  protected onPointer(event: PointerEvent): void {
    if (event.type === 'pointerdown') this.track().nativeElement.setPointerCapture(event.pointerId);
    else if (event.buttons === 0) return;
    const box = this.track().nativeElement.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    this.state.seek(share * this.duration_s(), this.playing());
  }

  protected onKey(event: KeyboardEvent): void {
    const now = this.state.time_s();
    const targets: Partial<Record<string, number>> = {
      ArrowRight: now + STEP_S,
      ArrowLeft: now - STEP_S,
      PageUp: now + LEAP_S,
      PageDown: now - LEAP_S,
      Home: 0,
      End: this.duration_s(),
    };
    const target = targets[event.key];
    if (target === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    this.state.seek(Math.min(this.duration_s(), Math.max(0, target)), this.playing());
  }
}
