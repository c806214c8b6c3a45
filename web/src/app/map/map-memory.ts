import { Injectable } from '@angular/core';

/** Where the map was left, so that coming back finds the same view. */
@Injectable({ providedIn: 'root' })
export class MapMemory {
  view: { center: [number, number]; zoom: number } | null = null;
}
