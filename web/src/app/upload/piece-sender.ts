import { HttpErrorResponse } from '@angular/common/http';
import { Injectable, inject } from '@angular/core';
import { Observable, fromEvent, lastValueFrom, takeUntil, tap } from 'rxjs';

import { UploadClient, UploadStep } from '../api/upload-client';

const LARGE_BYTES = 50_000_000;
const PIECE_BYTES = 16 * 2 ** 20;
/** How long to wait after each break in a row; a piece that gets through begins anew. */
const WAITS_S = [1, 2, 4, 8, 15, 30];
/** Breaks that pass: no connection, another sender still there, too much at once, a server that starts anew. */
const PASSING = new Set([0, 409, 423, 429, 502, 503, 504]);
/** The file itself is not wanted, or the upload is gone: there is nothing to go on with. */
const FINAL = new Set([400, 404, 410, 413, 415]);

export function isLarge(file: File): boolean {
  return file.size > LARGE_BYTES;
}

/** What tells a file again after the page was loaded anew, as far as a browser lets on. */
export function fingerprint(file: Pick<File, 'size' | 'lastModified'>, path: string): string {
  return `fovea.upload ${file.size} ${file.lastModified} ${path}`;
}

/**
 * Sends a file in pieces by tus. After a break it asks how much is there and goes on; where the upload lies is kept in the
 * browser, so that the same file dropped again after a reload, or a day later, goes on too.
 */
@Injectable({ providedIn: 'root' })
export class PieceSender {
  private readonly api = inject(UploadClient);

  send(file: File, path: string, source: string): Observable<UploadStep> {
    return new Observable((subscriber) => {
      const stop = new AbortController();
      this.run(file, path, source, stop.signal, (step) => subscriber.next(step)).then(
        () => subscriber.complete(),
        (error: unknown) => subscriber.error(error),
      );
      return () => stop.abort();
    });
  }

  private async run(file: File, path: string, source: string, stop: AbortSignal, report: (step: UploadStep) => void): Promise<void> {
    const key = fingerprint(file, path);
    let breaks = 0;
    const gotThrough = () => (breaks = 0);
    while (!stop.aborted) {
      try {
        const isThere = await this.goOn(key, file, path, source, stop, report, gotThrough);
        if (isThere) localStorage.removeItem(key);
        return;
      } catch (error) {
        if (stop.aborted) return;
        const status = error instanceof HttpErrorResponse ? error.status : null;
        if (status !== null && FINAL.has(status)) localStorage.removeItem(key);
        const wait_s = WAITS_S[breaks];
        if (status === null || !PASSING.has(status) || wait_s === undefined) throw error;
        breaks += 1;
        await new Promise((done) => setTimeout(done, wait_s * 1000));
      }
    }
  }

  /** Sends what is missing, piece by piece, until the server says what became of the file; false when stopped before. */
  private async goOn(
    key: string,
    file: File,
    path: string,
    source: string,
    stop: AbortSignal,
    report: (step: UploadStep) => void,
    gotThrough: () => void,
  ): Promise<boolean> {
    const { url, ...place } = await this.place(key, file, path, source);
    let step: UploadStep = place;
    report(step);
    while (!step.answer && !stop.aborted) {
      const from = step.sent_bytes;
      const piece = this.api.sendPiece(url, from, file.slice(from, from + PIECE_BYTES));
      step = await lastValueFrom(piece.pipe(tap(report), takeUntil(fromEvent(stop, 'abort'))));
      gotThrough();
    }
    return step.answer !== null;
  }

  /** Where an earlier upload of the file stands, or a new one. */
  private async place(key: string, file: File, path: string, source: string): Promise<UploadStep & { url: string }> {
    const known = localStorage.getItem(key);
    if (known?.startsWith('/api/v1/uploads/')) {
      try {
        return { url: known, ...(await this.api.uploadPlace(known)) };
      } catch (error) {
        if (!(error instanceof HttpErrorResponse) || !FINAL.has(error.status)) throw error;
      }
    }
    const url = await this.api.announceUpload(file.size, path, source);
    localStorage.setItem(key, url);
    return { url, sent_bytes: 0, answer: null };
  }
}
