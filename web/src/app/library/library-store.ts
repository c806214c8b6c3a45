import { Injectable, effect, inject, signal } from '@angular/core';
import { bufferTime, filter } from 'rxjs';

import { ApiClient } from '../api/api-client';
import { LiveEvents } from '../api/live-events';
import { AssetSummary, TimelineDay } from '../api/model';
import { problemText } from '../api/problem';
import { SessionStore } from '../sign-in/session-store';
import { dayKey } from './timeline-layout';

interface LoadedDay {
  assets: readonly AssetSummary[];
  next: string | null;
  /** Something changed since; what is shown stays until the day is read again. */
  isStale: boolean;
}

/** Where the page stood: the day at the top edge and how far into it. */
export interface ScrollAnchor {
  key: string;
  offset_px: number;
  share: number;
  width_px: number;
}

const PAGE = 500;
const AT_ONCE = 4;
const SETTLE_MS = 1200;

/** The days of the library and those of their pictures that were looked at, kept while other pages are open. */
@Injectable({ providedIn: 'root' })
export class LibraryStore {
  readonly timeline = signal<readonly TimelineDay[] | null>(null);
  readonly days = signal<ReadonlyMap<string, LoadedDay>>(new Map());
  readonly problem = signal<string | null>(null);
  /** Kept here so that coming back finds the same place. */
  anchor: ScrollAnchor | null = null;
  lastOpened: number | null = null;

  private readonly api = inject(ApiClient);
  private readonly loading = new Map<string, Promise<void>>();
  private wanted: readonly string[] = [];

  constructor() {
    const session = inject(SessionStore);
    effect(() => {
      if (!session.account()) this.clear();
    });
    const live = inject(LiveEvents);
    live.reload.subscribe(() => {
      if (this.timeline()) void this.refresh(null);
    });
    live.assets
      .pipe(
        bufferTime(SETTLE_MS),
        filter((ids) => ids.length > 0 && this.timeline() !== null),
      )
      .subscribe((ids) => void this.refresh(new Set(ids)));
  }

  async readTimeline(): Promise<void> {
    try {
      this.timeline.set((await this.api.timeline()).days);
      this.problem.set(null);
    } catch (error) {
      this.problem.set(problemText(error));
    }
  }

  /** Names the days that are in sight; the rest of an earlier wish is dropped unless it is on its way. */
  want(keys: readonly string[]): void {
    this.wanted = keys;
    this.loadNext();
  }

  /** Reads a day as far as its next page; resolves when that is there. */
  load(key: string): Promise<void> {
    const running = this.loading.get(key);
    if (running) return running;
    const work = this.readDay(key).finally(() => {
      this.loading.delete(key);
      this.loadNext();
    });
    this.loading.set(key, work);
    return work;
  }

  /** The picture `step` places after (+1) or before (-1) another one, across days; null at the ends. */
  async neighbour(id: number, key: string, step: 1 | -1): Promise<AssetSummary | null> {
    if (!this.timeline()) await this.readTimeline();
    const here = await this.assetsOf(key, id);
    const at = here.findIndex((asset) => asset.id === id);
    const beside = at < 0 ? undefined : here[at + step];
    if (beside) return beside;
    const days = this.timeline() ?? [];
    const nextDay = days[days.findIndex((day) => dayKey(day.day) === key) + step];
    if (!nextDay || at < 0) return null;
    const there = step > 0 ? await this.firstOf(dayKey(nextDay.day)) : await this.allOf(dayKey(nextDay.day));
    return there.at(step > 0 ? 0 : -1) ?? null;
  }

  /** Ids from one picture to another, both included, in the order of the page; days between are read where needed. */
  async between(one: number, other: number): Promise<number[]> {
    const keys = (this.timeline() ?? []).map((day) => dayKey(day.day));
    const ends = [one, other].map((id) => keys.findIndex((key) => this.days().get(key)?.assets.some((asset) => asset.id === id)));
    if (ends.includes(-1)) return [other];
    const ids: number[] = [];
    for (const key of keys.slice(Math.min(...ends), Math.max(...ends) + 1)) {
      ids.push(...(await this.allOf(key)).map((asset) => asset.id));
    }
    const places = [ids.indexOf(one), ids.indexOf(other)];
    return ids.slice(Math.min(...places), Math.max(...places) + 1);
  }

  private loadNext(): void {
    for (const key of this.wanted) {
      if (this.loading.size >= AT_ONCE) return;
      const day = this.days().get(key);
      if (!day || day.isStale) void this.load(key);
    }
  }

  private async firstOf(key: string): Promise<readonly AssetSummary[]> {
    if (!this.days().has(key)) await this.load(key);
    return this.days().get(key)?.assets ?? [];
  }

  private async allOf(key: string): Promise<readonly AssetSummary[]> {
    let assets = await this.firstOf(key);
    while (this.days().get(key)?.next) {
      await this.load(key);
      assets = this.days().get(key)?.assets ?? assets;
    }
    return assets;
  }

  /** The day's pictures, read until `id` and the one after it are among them. */
  private async assetsOf(key: string, id: number): Promise<readonly AssetSummary[]> {
    let assets = await this.firstOf(key);
    const reaches = () => assets.findIndex((asset) => asset.id === id) < assets.length - 1 && assets.some((a) => a.id === id);
    while (!reaches() && this.days().get(key)?.next) {
      await this.load(key);
      assets = this.days().get(key)?.assets ?? assets;
    }
    return assets;
  }

  private async readDay(key: string): Promise<void> {
    const known = this.days().get(key);
    const again = known?.isStale ?? false;
    const enough = again ? (known?.assets.length ?? 0) : (known?.assets.length ?? 0) + 1;
    let assets: readonly AssetSummary[] = again ? [] : (known?.assets ?? []);
    let next = again ? null : (known?.next ?? null);
    try {
      do {
        const page = await this.api.day(key === 'none' ? null : key, PAGE, next);
        assets = [...assets, ...page.items];
        next = page.next ?? null;
      } while (next && assets.length < enough);
      this.days.update((days) => new Map(days).set(key, { assets, next, isStale: false }));
    } catch (error) {
      this.problem.set(problemText(error));
      // not asked again by itself before it comes into sight anew
      this.wanted = this.wanted.filter((one) => one !== key);
    }
  }

  /** Reads the days again and marks those that changed; null: anything may have. */
  async refresh(changed: ReadonlySet<number> | null): Promise<void> {
    const before = new Map((this.timeline() ?? []).map((day) => [dayKey(day.day), day.count]));
    await this.readTimeline();
    const counts = new Map((this.timeline() ?? []).map((day) => [dayKey(day.day), day.count]));
    const kept = new Map<string, LoadedDay>();
    for (const [key, day] of this.days()) {
      if (!counts.has(key)) continue;
      const differs = counts.get(key) !== before.get(key);
      const isStale = day.isStale || differs || !changed || day.assets.some((asset) => changed.has(asset.id));
      kept.set(key, isStale ? { ...day, isStale } : day);
    }
    this.days.set(kept);
    this.loadNext();
  }

  private clear(): void {
    this.timeline.set(null);
    this.days.set(new Map());
    this.anchor = null;
    this.lastOpened = null;
    this.wanted = [];
  }
}
