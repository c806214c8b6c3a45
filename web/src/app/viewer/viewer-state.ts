import { HttpErrorResponse } from '@angular/common/http';
import { Injectable, computed, inject, signal } from '@angular/core';
import { Subject } from 'rxjs';

import { ApiClient } from '../api/api-client';
import { Asset, Box, Changes } from '../api/model';
import { problemText } from '../api/problem';
import { BoxKind, evidenceAt, evidenceOf } from './evidence';

const NOTHING: ReadonlySet<string> = new Set();
const SWITCHES = 'fovea.boxes';

/** What one open picture or video shows: the asset, which boxes, what is lit, and the second of the video. */
@Injectable()
export class ViewerState {
  readonly asset = signal<Asset | null>(null);
  readonly problem = signal<string | null>(null);
  readonly isMissing = signal(false);
  /** The picture in sight, when it was put into the trash here. */
  readonly trashed = signal<number | null>(null);
  readonly switches = signal<Readonly<Record<BoxKind, boolean>>>(rememberedSwitches());
  /** Ids of evidence under the pointer, or of the answer under it. */
  readonly hovered = signal<ReadonlySet<string>>(NOTHING);
  /** Ids of evidence that was clicked and stays lit. */
  readonly pinned = signal<ReadonlySet<string>>(NOTHING);
  /** A box that the address points to: what a search found. */
  readonly pointed = signal<Box | null>(null);
  readonly time_s = signal(0);
  readonly seeks = new Subject<{ at_s: number; play: boolean }>();

  readonly evidence = computed(() => {
    const asset = this.asset();
    return asset ? evidenceOf(asset) : [];
  });
  private readonly present = computed(() => {
    return this.asset()?.kind === 'video' ? evidenceAt(this.evidence(), this.time_s()) : this.evidence();
  });
  /** The boxes to draw now: of the kinds that are switched on, and what is lit. */
  readonly boxes = computed(() => {
    const switches = this.switches();
    return this.present()
      .filter((one) => switches[one.kind] || this.isLit(one.id))
      .map((one) => ({ ...one, isLit: this.isLit(one.id) }));
  });

  private readonly api = inject(ApiClient);

  async open(id: number): Promise<void> {
    if (this.asset()?.id !== id) {
      this.hovered.set(NOTHING);
      this.pinned.set(NOTHING);
      this.time_s.set(0);
    }
    // what lies in the trash cannot be read; it is shown as it was
    if (this.trashed() === id && this.asset()?.id === id) return;
    if (!Number.isSafeInteger(id) || id < 1) {
      this.asset.set(null);
      this.isMissing.set(true);
      return;
    }
    try {
      const asset = await this.api.asset(id);
      this.asset.set(asset);
      this.problem.set(null);
      this.isMissing.set(false);
    } catch (error) {
      this.asset.set(null);
      this.isMissing.set(error instanceof HttpErrorResponse && error.status === 404);
      this.problem.set(problemText(error));
    }
  }

  /** Stores what a person decided; the answer of the server is what is shown. */
  async edit(change: Partial<Changes>): Promise<void> {
    const asset = this.asset();
    if (!asset) return;
    try {
      this.asset.set(await this.api.edit(asset.id, change));
      this.problem.set(null);
    } catch (error) {
      this.problem.set(problemText(error));
    }
  }

  /** Into the trash and out again; meanwhile the picture stays in sight, so that it can be taken back. */
  async setTrashed(isTrashed: boolean): Promise<void> {
    const asset = this.asset();
    if (!asset) return;
    try {
      if (isTrashed) await this.api.trash(asset.id);
      else await this.api.restore(asset.id);
      this.trashed.set(isTrashed ? asset.id : null);
      this.problem.set(null);
    } catch (error) {
      this.problem.set(problemText(error));
    }
  }

  /** Says which language is spoken in a video; what was written down stays until it is done anew. */
  async chooseLanguage(language: string | null): Promise<void> {
    const asset = this.asset();
    if (!asset) return;
    try {
      await this.api.chooseLanguage(asset.id, language);
      await this.open(asset.id);
    } catch (error) {
      this.problem.set(problemText(error));
    }
  }

  async retry(analysis: string): Promise<void> {
    const asset = this.asset();
    if (!asset) return;
    try {
      await this.api.requeue(analysis, 'failed', asset.id);
      await this.open(asset.id);
    } catch (error) {
      this.problem.set(problemText(error));
    }
  }

  isLit(id: string): boolean {
    return this.hovered().has(id) || this.pinned().has(id);
  }

  light(ids: readonly string[]): void {
    this.hovered.set(ids.length === 0 ? NOTHING : new Set(ids));
  }

  /** Keeps these lit until they are clicked again; in a video it also goes to the second of the first. */
  pin(ids: readonly string[], at_s: number | null): void {
    const isOff = ids.every((id) => this.pinned().has(id));
    this.pinned.set(isOff ? NOTHING : new Set(ids));
    if (!isOff && at_s !== null) this.seek(at_s, false);
  }

  isPinned(ids: readonly string[]): boolean {
    return ids.every((id) => this.pinned().has(id));
  }

  toggle(kind: BoxKind): void {
    this.switches.update((switches) => ({ ...switches, [kind]: !switches[kind] }));
    localStorage.setItem(SWITCHES, JSON.stringify(this.switches()));
  }

  seek(at_s: number, play: boolean): void {
    this.seeks.next({ at_s, play });
  }
}

function rememberedSwitches(): Record<BoxKind, boolean> {
  const off = { faces: false, objects: false, text: false };
  try {
    const stored = JSON.parse(localStorage.getItem(SWITCHES) ?? '{}') as Partial<Record<BoxKind, unknown>>;
    return { faces: stored.faces === true, objects: stored.objects === true, text: stored.text === true };
  } catch {
    return off;
  }
}
