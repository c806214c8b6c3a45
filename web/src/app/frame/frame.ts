import { ChangeDetectionStrategy, Component, DestroyRef, ElementRef, computed, inject, signal, viewChild } from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';
import { RouterLink, RouterLinkActive, RouterOutlet } from '@angular/router';
import { debounceTime, merge } from 'rxjs';

import { Icon, IconName } from '../answer/icon';
import { ApiClient } from '../api/api-client';
import { LiveEvents } from '../api/live-events';
import { LibraryStatus } from '../api/model';
import { SearchBox } from '../search/search-box';
import { SessionStore } from '../sign-in/session-store';
import { droppedFiles, pickedFiles } from '../upload/dropped-files';
import { UploadPanel } from '../upload/upload-panel';
import { UploadQueue } from '../upload/upload-queue';
import { number } from '../wording/amounts';
import { isWriting } from './is-writing';
import { KeyHelp } from './key-help';
import { Mark } from './mark';

interface RailItem {
  path: string;
  label: string;
  icon: IconName;
  /** Left out of a phone's bar, which has room for five; Settings leads there. */
  isMinor?: boolean;
}

/** The frame around every page: rail (bottom bar on a phone), search box, and files dropped anywhere. */
@Component({
  selector: 'fv-frame',
  changeDetection: ChangeDetectionStrategy.OnPush,
  imports: [Icon, KeyHelp, Mark, RouterLink, RouterLinkActive, RouterOutlet, SearchBox, UploadPanel],
  templateUrl: './frame.html',
  styleUrl: './frame.css',
  host: {
    '(document:keydown)': 'onKey($event)',
    '(document:dragenter)': 'onDrag($event)',
    '(document:dragover)': 'onDrag($event)',
    '(document:dragleave)': 'onDragLeave($event)',
    '(document:drop)': 'onDrop($event)',
  },
})
export class Frame {
  protected readonly rail: readonly RailItem[] = [
    { path: '/', label: 'Library', icon: 'library' },
    { path: '/search', label: 'Search', icon: 'search' },
    { path: '/map', label: 'Map', icon: 'map' },
    { path: '/activity', label: 'Activity', icon: 'activity' },
    { path: '/trash', label: 'Trash', icon: 'remove', isMinor: true },
    { path: '/settings', label: 'Settings', icon: 'settings' },
  ];
  protected readonly dropping = signal(false);
  protected readonly helping = signal(false);
  protected readonly queue = inject(UploadQueue);
  protected readonly mayEdit = inject(SessionStore).mayEdit;
  private readonly status = signal<LibraryStatus | null>(null);
  protected readonly moving = computed(() => {
    const status = this.status();
    return status ? status.waiting + status.running : 0;
  });
  protected readonly movingWords = computed(() => number(this.moving()));
  private readonly searchBox = viewChild.required(SearchBox);
  private readonly main = viewChild.required<ElementRef<HTMLElement>>('main');
  private readonly api = inject(ApiClient);

  constructor() {
    const live = inject(LiveEvents);
    merge(live.activity, live.assets)
      .pipe(debounceTime(400), takeUntilDestroyed(inject(DestroyRef)))
      .subscribe(() => void this.readStatus());
    void this.readStatus();
  }

  protected onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return;
    if (event.key === '?') this.helping.update((helping) => !helping);
    else if (event.key === '/') this.searchBox().focus();
    else return;
    event.preventDefault();
  }

  protected skipToContent(): void {
    this.main().nativeElement.focus();
  }

  protected take(input: HTMLInputElement): void {
    this.queue.add(pickedFiles(input.files));
    input.value = '';
  }

  protected onDrag(event: DragEvent): void {
    if (!this.mayEdit() || !event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
    this.dropping.set(true);
  }

  protected onDragLeave(event: DragEvent): void {
    // a leave without a related target has left the window
    if (event.relatedTarget === null) this.dropping.set(false);
  }

  protected async onDrop(event: DragEvent): Promise<void> {
    this.dropping.set(false);
    if (!this.mayEdit() || !event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    this.queue.add(await droppedFiles(event.dataTransfer));
  }

  private async readStatus(): Promise<void> {
    try {
      this.status.set(await this.api.status());
    } catch {
      // the count beside "Activity" is an extra; the page itself says what is wrong
      this.status.set(null);
    }
  }
}
