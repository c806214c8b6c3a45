import { StyleSpecification } from 'maplibre-gl';
import { feature } from 'topojson-client';
import { GeometryCollection, Topology } from 'topojson-specification';

type Countries = GeoJSON.FeatureCollection<GeoJSON.Polygon | GeoJSON.MultiPolygon, { name: string }>;

const FOLDER = '/base-map';
/** From this zoom on the finer borders are worth their size. */
export const FINE_ZOOM = 5;

/** The borders of the world, 1:50 million or finer; part of the app, nothing is asked of the internet. */
export async function readCountries(scale: '50m' | '10m'): Promise<Countries> {
  const answer = await fetch(`${FOLDER}/countries-${scale}.json`);
  if (!answer.ok) throw new Error(`The built-in map could not be read (${answer.status}).`);
  const topology = (await answer.json()) as Topology<{ countries: GeometryCollection<{ name: string }> }>;
  const countries = feature(topology, topology.objects.countries) as Countries;
  for (const { geometry } of countries.features) {
    if (geometry.type === 'Polygon') geometry.coordinates = geometry.coordinates.map(unwrapped);
    else geometry.coordinates = geometry.coordinates.map((polygon) => polygon.map(unwrapped));
  }
  return countries;
}

/**
 * A ring that crosses the date line jumps from 180° to -180°, which draws a line around the world. Counted on beyond 180°
 * instead, the map draws it right; one that goes round the pole is closed over the pole.
 */
export function unwrapped(ring: GeoJSON.Position[]): GeoJSON.Position[] {
  let turns = 0;
  let before: number | null = null;
  const points = ring.map(([lon = 0, lat = 0]): GeoJSON.Position => {
    if (before !== null && Math.abs(lon - before) > 180) turns += lon < before ? 360 : -360;
    before = lon;
    return [lon + turns, lat];
  });
  const first = points[0];
  const last = points.at(-1);
  if (turns === 0 || !first || !last) return points;
  const pole = (first[1] ?? 0) < 0 ? -90 : 90;
  return [...points, [last[0] ?? 0, pole], [first[0] ?? 0, pole], first];
}

/** One point per country for its name, in the middle of its largest part. */
export function countryLabels(countries: Countries): GeoJSON.FeatureCollection<GeoJSON.Point> {
  const features = countries.features.map(({ geometry, properties }): GeoJSON.Feature<GeoJSON.Point> => {
    const polygons = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
    const rings = polygons.map((polygon) => polygon[0] ?? []);
    const largest = rings.reduce((a, b) => (Math.abs(area(b)) > Math.abs(area(a)) ? b : a), rings[0] ?? []);
    return {
      type: 'Feature',
      properties: { name: properties.name, rank: -Math.abs(area(largest)) },
      geometry: { type: 'Point', coordinates: centre(largest) },
    };
  });
  return { type: 'FeatureCollection', features };
}

/** The look of the map in the colours of the page. `colour` reads a design token as a plain colour. */
export function baseStyle(colour: (token: string) => string): StyleSpecification {
  const empty: GeoJSON.FeatureCollection = { type: 'FeatureCollection', features: [] };
  const land = { 'fill-color': colour('--land'), 'fill-antialias': false };
  const border = { 'line-color': colour('--border'), 'line-width': 1 };
  return {
    version: 8,
    sources: {
      coarse: { type: 'geojson', data: empty, tolerance: 0.2 },
      fine: { type: 'geojson', data: empty, tolerance: 0.2 },
      names: { type: 'geojson', data: empty },
    },
    layers: [
      { id: 'sea', type: 'background', paint: { 'background-color': colour('--sea') } },
      { id: 'land', type: 'fill', source: 'coarse', paint: land },
      { id: 'border', type: 'line', source: 'coarse', maxzoom: FINE_ZOOM, paint: border },
      { id: 'fine-land', type: 'fill', source: 'fine', minzoom: FINE_ZOOM, paint: land },
      { id: 'fine-border', type: 'line', source: 'fine', minzoom: FINE_ZOOM, paint: border },
      {
        id: 'names',
        type: 'symbol',
        source: 'names',
        minzoom: 1,
        layout: {
          'text-field': ['get', 'name'],
          'text-font': ['Inter Variable'],
          'text-size': 13,
          'text-max-width': 7,
          'symbol-sort-key': ['get', 'rank'],
          'text-padding': 8,
        },
        paint: {
          'text-color': colour('--text-quiet'),
          'text-halo-color': colour('--land'),
          'text-halo-width': 1.5,
        },
      },
    ],
  };
}

function area(ring: GeoJSON.Position[]): number {
  let sum = 0;
  ring.forEach(([x = 0, y = 0], at) => {
    const [nextX = 0, nextY = 0] = ring[(at + 1) % ring.length] ?? [];
    sum += x * nextY - nextX * y;
  });
  return sum / 2;
}

function centre(ring: GeoJSON.Position[]): GeoJSON.Position {
  const whole = area(ring) * 6;
  if (whole === 0) return ring[0] ?? [0, 0];
  let lon = 0;
  let lat = 0;
  ring.forEach(([x = 0, y = 0], at) => {
    const [nextX = 0, nextY = 0] = ring[(at + 1) % ring.length] ?? [];
    const cross = x * nextY - nextX * y;
    lon += (x + nextX) * cross;
    lat += (y + nextY) * cross;
  });
  return [lon / whole, lat / whole];
}
