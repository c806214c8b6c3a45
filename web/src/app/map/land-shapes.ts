import { Injectable } from '@angular/core';

type Ring = readonly (readonly number[])[];

/** The outlines of all countries for small maps, read once a visit and only when one is shown. */
@Injectable({ providedIn: 'root' })
export class LandShapes {
  private known: Promise<readonly Ring[]> | null = null;

  rings(): Promise<readonly Ring[]> {
    this.known ??= this.read().catch((error: unknown) => {
      this.known = null;
      throw error;
    });
    return this.known;
  }

  private async read(): Promise<readonly Ring[]> {
    const { readCountries } = await import('./base-map');
    const { features } = await readCountries('50m');
    return features.flatMap(({ geometry }) => (geometry.type === 'Polygon' ? geometry.coordinates : geometry.coordinates.flat()));
  }
}
