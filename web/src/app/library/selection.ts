import { Injectable, computed, signal } from '@angular/core';

/** The pictures that were picked out, to do something with all of them. */
@Injectable()
export class Selection {
  readonly ids = signal<ReadonlySet<number>>(new Set());
  readonly count = computed(() => this.ids().size);
  readonly isOn = computed(() => this.count() > 0);
  /** Where a range begins: the picture that was picked last. */
  anchor: number | null = null;

  toggle(id: number): void {
    this.ids.update((ids) => {
      const now = new Set(ids);
      if (!now.delete(id)) now.add(id);
      return now;
    });
    this.anchor = id;
  }

  set(ids: Iterable<number>): void {
    this.ids.set(new Set(ids));
  }

  clear(): void {
    this.ids.set(new Set());
    this.anchor = null;
  }
}
