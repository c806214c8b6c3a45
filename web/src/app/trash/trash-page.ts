import { ChangeDetectionStrategy, Component, DestroyRef, computed, inject, signal } from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';
import { auditTime, merge } from 'rxjs';

import { Icon } from '../answer/icon';
import { ApiClient, thumbnailUrl } from '../api/api-client';
import { LiveEvents } from '../api/live-events';
import { TrashedAsset } from '../api/model';
import { problemText } from '../api/problem';
import { placeholderImage } from '../library/placeholder';
import { SessionStore } from '../sign-in/session-store';
import { bytes, counted } from '../wording/amounts';
import { dayWords } from '../wording/days';

const PAGE = 100;
const SETTLE_MS = 800;

/** What was put into the trash, the latest first: back into the library, or gone for good. */
@Component({
  selector: 'fv-trash-page',
  changeDetection: ChangeDetectionStrategy.OnPush,
  imports: [Icon],
  templateUrl: './trash-page.html',
  styleUrl: './trash-page.css',
})
export class TrashPage {
  protected readonly items = signal<readonly TrashedAsset[] | null>(null);
  protected readonly next = signal<string | null>(null);
  protected readonly problem = signal<string | null>(null);
  protected readonly said = signal<string | null>(null);
  /** Emptying asks once more, for nothing brings it back. */
  protected readonly sure = signal(false);
  protected readonly busy = signal(false);
  protected readonly blank = signal<ReadonlySet<number>>(new Set());
  protected readonly mayEdit = inject(SessionStore).mayEdit;
  protected readonly mayEmpty = inject(SessionStore).isAdministrator;
  protected readonly headline = computed(() => {
    const items = this.items() ?? [];
    const size = bytes(items.reduce((sum, one) => sum + one.bytes, 0));
    return `${counted(items.length, 'picture')}${this.next() ? ' and more' : `, ${size}`}`;
  });
  private readonly api = inject(ApiClient);

  constructor() {
    const live = inject(LiveEvents);
    merge(live.assets, live.reload)
      .pipe(auditTime(SETTLE_MS), takeUntilDestroyed(inject(DestroyRef)))
      .subscribe(() => void this.read());
    void this.read();
  }

  protected placeholder(item: TrashedAsset): string | null {
    return placeholderImage(item.placeholder);
  }

  protected thumbnail(item: TrashedAsset): string {
    return thumbnailUrl(item);
  }

  /** A file that could not be read has no picture. */
  protected leaveBlank(item: TrashedAsset): void {
    this.blank.update((blank) => new Set(blank).add(item.id));
  }

  protected since(item: TrashedAsset): string {
    return `${bytes(item.bytes)} · put here ${dayWords(item.deleted_at.slice(0, 10))}`;
  }

  protected restore(item: TrashedAsset): Promise<void> {
    return this.change(async () => {
      await this.api.restore(item.id);
      this.said.set(`${item.name} is back in the library.`);
    });
  }

  protected empty(): Promise<void> {
    this.sure.set(false);
    return this.change(async () => {
      const { removed, freed_bytes, left } = await this.api.emptyTrash();
      const rest = left > 0 ? ` ${counted(left, 'picture')} are being looked at just now; empty again in a moment.` : '';
      this.said.set(`${counted(removed, 'picture')} removed for good, ${bytes(freed_bytes)} freed.${rest}`);
    });
  }

  protected async more(): Promise<void> {
    await this.load(this.items() ?? [], this.next());
  }

  private async change(action: () => Promise<void>): Promise<void> {
    this.busy.set(true);
    this.said.set(null);
    try {
      await action();
      await this.read();
    } catch (error) {
      this.problem.set(problemText(error));
    } finally {
      this.busy.set(false);
    }
  }

  private read(): Promise<void> {
    return this.load([], null);
  }

  private async load(before: readonly TrashedAsset[], after: string | null): Promise<void> {
    try {
      const page = await this.api.trashed(PAGE, after);
      this.items.set([...before, ...page.items]);
      this.next.set(page.next ?? null);
      this.problem.set(null);
    } catch (error) {
      this.problem.set(problemText(error));
    }
  }
}
