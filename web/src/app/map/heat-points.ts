import { Cluster } from '../api/model';

/** One picture is seen as well, however many lie elsewhere. */
const LEAST_WEIGHT = 0.2;

/** Clusters as points whose weight grows slowly with their count: a thousand pictures at home must not hide a journey. */
export function heatPoints(clusters: readonly Cluster[]): GeoJSON.FeatureCollection<GeoJSON.Point> {
  const most = Math.log1p(Math.max(1, ...clusters.map(({ count }) => count)));
  const features = clusters.map(
    ({ lat, lon, count }): GeoJSON.Feature<GeoJSON.Point> => ({
      type: 'Feature',
      properties: { weight: Math.max(LEAST_WEIGHT, Math.log1p(count) / most) },
      geometry: { type: 'Point', coordinates: [lon, lat] },
    }),
  );
  return { type: 'FeatureCollection', features };
}
