import { HttpClient, HttpEvent, HttpEventType, HttpHeaders } from '@angular/common/http';
import { Injectable, inject } from '@angular/core';
import { Observable, filter, firstValueFrom, map } from 'rxjs';

import { Upload } from './model';

const ROOT = '/api/v1';
const TUS = { 'Tus-Resumable': '1.0.0' };

/** What became of a file: the asset it is now part of, which may have been there before. */
export interface UploadEnd {
  asset_id: number;
  status: Upload['status'];
}

/** How far an upload has come: bytes sent, and the server's answer at the end. */
export interface UploadStep {
  sent_bytes: number;
  answer: UploadEnd | null;
}

/** Sending files to the server: small ones at once, large ones in pieces. */
@Injectable({ providedIn: 'root' })
export class UploadClient {
  private readonly http = inject(HttpClient);

  /**
   * Sends a file; `path` keeps the folders it was dropped with, files of one `source` and folder lie beside each other.
   * Unsubscribing stops the transfer.
   */
  upload(file: File, path: string, source: string): Observable<UploadStep> {
    return this.http
      .post<Upload>(`${ROOT}/assets`, file, {
        params: { path, source },
        headers: { 'Content-Type': 'application/octet-stream' },
        observe: 'events',
        reportProgress: true,
      })
      .pipe(
        map((event: HttpEvent<Upload>): UploadStep | null => {
          if (event.type === HttpEventType.UploadProgress) return { sent_bytes: event.loaded, answer: null };
          if (event.type !== HttpEventType.Response || !event.body) return null;
          const { asset, status } = event.body;
          return { sent_bytes: file.size, answer: { asset_id: asset.id, status } };
        }),
        filter((step) => step !== null),
      );
  }

  /** Announces a file that comes in pieces (tus 1.0.0); the answer is its address. */
  async announceUpload(length_bytes: number, path: string, source: string): Promise<string> {
    const words = `path ${base64(path)},source ${base64(source)}`;
    const headers = { ...TUS, 'Upload-Length': String(length_bytes), 'Upload-Metadata': words };
    const answer = await firstValueFrom(this.http.post(`${ROOT}/uploads`, null, { headers, observe: 'response' }));
    return answer.headers.get('Location') ?? '';
  }

  /** From which byte to go on with a file that was announced; its end, when all of it is there. */
  async uploadPlace(url: string): Promise<UploadStep> {
    return readPlace((await firstValueFrom(this.http.head(url, { headers: TUS, observe: 'response' }))).headers);
  }

  /** The next piece of a file, with its progress; ends with how far the file is. Unsubscribing stops it. */
  sendPiece(url: string, from_bytes: number, piece: Blob): Observable<UploadStep> {
    const headers = { ...TUS, 'Upload-Offset': String(from_bytes), 'Content-Type': 'application/offset+octet-stream' };
    const options = { headers, observe: 'events', reportProgress: true } as const;
    return this.http.patch(url, piece, options).pipe(
      map((event): UploadStep | null => {
        if (event.type === HttpEventType.UploadProgress) return { sent_bytes: from_bytes + event.loaded, answer: null };
        return event.type === HttpEventType.Response ? readPlace(event.headers) : null;
      }),
      filter((step) => step !== null),
    );
  }
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

function readPlace(headers: HttpHeaders): UploadStep {
  const asset_id = Number(headers.get('X-Asset-Id'));
  const status = headers.get('X-Asset-Status') === 'known' ? 'known' : 'new';
  return { sent_bytes: Number(headers.get('Upload-Offset') ?? 0), answer: asset_id ? { asset_id, status } : null };
}
