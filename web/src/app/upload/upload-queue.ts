import { HttpErrorResponse } from '@angular/common/http';
import { Injectable, WritableSignal, computed, inject, signal } from '@angular/core';
import { Observable, Subscription } from 'rxjs';

import { isLeftAside, problemText } from '../api/problem';
import { UploadClient, UploadStep } from '../api/upload-client';
import { IncomingFile, mayBeSidecar } from './dropped-files';
import { PieceSender, isLarge } from './piece-sender';

/** Failed: the transfer broke or the server was away, trying again may help. Refused: the file itself is not taken. */
export type UploadState = 'waiting' | 'sending' | 'new' | 'known' | 'failed' | 'refused';

export interface Upload {
  id: number;
  path: string;
  /** Files of one source and folder lay beside each other. */
  source: string;
  file: File;
  state: WritableSignal<UploadState>;
  sent_bytes: WritableSignal<number>;
  problem: WritableSignal<string | null>;
  asset_id: WritableSignal<number | null>;
}

const AT_ONCE = 3;

/**
 * Files on their way to the server: three at a time, each with its own progress, its reason when refused, and a retry.
 *
 * A sidecar is taken only when its photo is there: sidecars go when no photo or video is waiting or under way, and those
 * that were refused are sent once more after another photo came into their folder.
 */
@Injectable({ providedIn: 'root' })
export class UploadQueue {
  private readonly api = inject(UploadClient);
  private readonly pieces = inject(PieceSender);
  private readonly transfers = new Map<number, Subscription>();
  /** Folders into which a photo or video came since sidecars were sent. */
  private readonly fresh = new Set<string>();
  private readonly paths = new Set<string>();
  private source = '';
  private nextId = 1;

  readonly uploads = signal<readonly Upload[]>([]);
  readonly counts = computed(() => {
    const counts: Record<UploadState, number> = { waiting: 0, sending: 0, new: 0, known: 0, failed: 0, refused: 0 };
    for (const upload of this.uploads()) counts[upload.state()] += 1;
    return counts;
  });
  readonly total_bytes = computed(() => this.uploads().reduce((sum, upload) => sum + upload.file.size, 0));
  readonly sent_bytes = computed(() => this.uploads().reduce((sum, upload) => sum + upload.sent_bytes(), 0));
  /** Of files that have ended, however they ended, all; of those on their way what was sent. */
  readonly handled_bytes = computed(() => {
    return this.uploads().reduce((sum, upload) => sum + (hasEnded(upload.state()) ? upload.file.size : upload.sent_bytes()), 0);
  });
  readonly busy = computed(() => this.counts().waiting + this.counts().sending > 0);

  add(files: readonly IncomingFile[]): void {
    if (files.length === 0) return;
    const source = this.sourceOf(files);
    const added = files.map(({ file, path }): Upload => ({
      id: this.nextId++,
      path,
      source,
      file,
      state: signal<UploadState>('waiting'),
      sent_bytes: signal(0),
      problem: signal<string | null>(null),
      asset_id: signal<number | null>(null),
    }));
    this.uploads.update((all) => [...all, ...added]);
    this.startNext();
  }

  retry(upload: Upload): void {
    this.putBack(upload);
    this.startNext();
  }

  retryFailed(): void {
    for (const upload of this.uploads()) if (upload.state() === 'failed') this.putBack(upload);
    this.startNext();
  }

  /** Empties the list; what is still on its way is stopped. What the server has stored stays stored. */
  clear(): void {
    for (const transfer of this.transfers.values()) transfer.unsubscribe();
    this.transfers.clear();
    this.uploads.set([]);
  }

  private startNext(): void {
    while (this.transfers.size < AT_ONCE) {
      const upload = this.next();
      if (!upload) return;
      this.send(upload);
    }
  }

  private next(): Upload | undefined {
    const uploads = this.uploads();
    const isWaiting = (upload: Upload) => upload.state() === 'waiting';
    const media = uploads.find((upload) => isWaiting(upload) && !mayBeSidecar(upload.path));
    if (media) return media;
    if (uploads.some((upload) => upload.state() === 'sending' && !mayBeSidecar(upload.path))) return undefined;
    const lonely = uploads.filter(({ state, path }) => state() === 'refused' && mayBeSidecar(path) && this.fresh.has(folderOf(path)));
    this.fresh.clear();
    for (const upload of lonely) this.putBack(upload);
    return uploads.find(isWaiting);
  }

  private putBack(upload: Upload): void {
    upload.problem.set(null);
    upload.sent_bytes.set(0);
    upload.state.set('waiting');
  }

  private send(upload: Upload): void {
    upload.state.set('sending');
    const transfer = new Subscription();
    this.transfers.set(upload.id, transfer);
    transfer.add(
      this.sender(upload).subscribe({
        next: (step) => this.advance(upload, step),
        error: (error: unknown) => this.fail(upload, error),
        complete: () => this.finish(upload),
      }),
    );
  }

  /** Large files go in pieces, so that a break costs one piece and not the file. */
  private sender({ file, path, source }: Upload): Observable<UploadStep> {
    return isLarge(file) ? this.pieces.send(file, path, source) : this.api.upload(file, path, source);
  }

  /** Where these files come from: from elsewhere than the last ones, as soon as one of them has a path that was there. */
  private sourceOf(files: readonly IncomingFile[]): string {
    if (this.source === '' || files.some(({ path }) => this.paths.has(path))) {
      this.source = crypto.randomUUID();
      this.paths.clear();
    }
    for (const { path } of files) this.paths.add(path);
    return this.source;
  }

  private advance(upload: Upload, step: UploadStep): void {
    upload.sent_bytes.set(Math.min(step.sent_bytes, upload.file.size));
    if (!step.answer) return;
    upload.asset_id.set(step.answer.asset_id);
    upload.state.set(step.answer.status);
    if (!mayBeSidecar(upload.path)) this.fresh.add(folderOf(upload.path));
  }

  private fail(upload: Upload, error: unknown): void {
    if (isLeftAside(error)) {
      this.uploads.update((all) => all.filter((each) => each !== upload));
      this.finish(upload);
      return;
    }
    // a connection cut off looks the same whether the network or the file went away
    const gone = error instanceof HttpErrorResponse && error.status === 0;
    const kept = isLarge(upload.file) ? 'What came is kept; Retry goes on from there.' : 'Nothing was stored; try again.';
    upload.problem.set(gone ? `The transfer broke off. ${kept}` : problemText(error));
    upload.sent_bytes.set(0);
    upload.state.set(isRefusal(error) ? 'refused' : 'failed');
    this.finish(upload);
  }

  private finish(upload: Upload): void {
    this.transfers.delete(upload.id);
    this.startNext();
  }
}

function hasEnded(state: UploadState): boolean {
  return state !== 'waiting' && state !== 'sending';
}

/** Whether the server looked at the file and does not take it: sending it again would end the same. */
function isRefusal(error: unknown): boolean {
  return error instanceof HttpErrorResponse && [413, 415, 422].includes(error.status);
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}
