import { Injectable, OnDestroy, signal } from '@angular/core';
import { Subject } from 'rxjs';

const AGAIN_MS = 3000;

/** What the server tells by itself: assets that came or changed, and analyses that moved. */
@Injectable({ providedIn: 'root' })
export class LiveEvents implements OnDestroy {
  /** Ids of assets that were added or changed. */
  readonly assets = new Subject<number>();
  /** At most once a second while jobs move. */
  readonly activity = new Subject<void>();
  /** The server could not say what changed: read everything again. */
  readonly reload = new Subject<void>();
  /** The session has ended, or its account may do other things now. */
  readonly ended = new Subject<void>();
  readonly connected = signal(false);
  private source: EventSource | null = null;

  start(): void {
    if (this.source) return;
    const source = new EventSource('/api/v1/events');
    source.onopen = () => this.connected.set(true);
    // the browser connects again by itself
    source.onerror = () => {
      this.connected.set(false);
      // refused instead of broken off: it does not connect again by itself
      if (source.readyState === EventSource.CLOSED) setTimeout(() => this.ended.next(), AGAIN_MS);
    };
    source.addEventListener('asset', (event: MessageEvent<string>) => {
      const { id } = JSON.parse(event.data) as { id: number };
      this.assets.next(id);
    });
    source.addEventListener('reload', () => this.reload.next());
    source.addEventListener('ended', () => this.ended.next());
    source.addEventListener('activity', () => this.activity.next());
    this.source = source;
  }

  /** Another connection, as whoever is signed in now. */
  restart(): void {
    this.stop();
    this.start();
  }

  stop(): void {
    this.source?.close();
    this.source = null;
    this.connected.set(false);
  }

  ngOnDestroy(): void {
    this.stop();
  }
}
