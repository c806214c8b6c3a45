/** What a small map shows: its centre, how many degrees of latitude fit into its height, and its size in pixels. */
export interface MapWindow {
  lat: number;
  lon: number;
  span_deg: number;
  width_px: number;
  height_px: number;
}

type Ring = readonly (readonly number[])[];

/** Rings of [lon, lat] that touch the window, as one SVG path; degrees of longitude are as wide as they are there. */
export function pathAround(rings: readonly Ring[], view: MapWindow): string {
  const scale = view.height_px / view.span_deg;
  const across = scale * Math.max(0.05, Math.cos((view.lat * Math.PI) / 180));
  const x = (lon: number) => (lon - view.lon) * across + view.width_px / 2;
  const y = (lat: number) => (view.lat - lat) * scale + view.height_px / 2;
  const parts: string[] = [];
  for (const ring of rings) {
    const [west, south, east, north] = boundsOf(ring);
    if (y(south) < 0 || y(north) > view.height_px) continue;
    // beyond the date line the same land is found a whole turn further
    for (const turn of [-360, 0, 360]) {
      if (x(east + turn) < 0 || x(west + turn) > view.width_px) continue;
      const points = ring.map(([lon = 0, lat = 0]) => `${x(lon + turn).toFixed(1)} ${y(lat).toFixed(1)}`);
      parts.push(`M${points.join('L')}Z`);
    }
  }
  return parts.join('');
}

/** A wedge from the middle of the window towards a compass direction, as an SVG path. */
export function wedge(view: MapWindow, direction_deg: number, opening_deg: number, length_px: number): string {
  const [cx, cy] = [view.width_px / 2, view.height_px / 2];
  const at = (degrees: number) => {
    const angle = (degrees * Math.PI) / 180;
    return `${(cx + Math.sin(angle) * length_px).toFixed(1)} ${(cy - Math.cos(angle) * length_px).toFixed(1)}`;
  };
  const [from, to] = [at(direction_deg - opening_deg / 2), at(direction_deg + opening_deg / 2)];
  return `M${cx} ${cy}L${from}A${length_px} ${length_px} 0 0 1 ${to}Z`;
}

function boundsOf(ring: Ring): [number, number, number, number] {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [lon = 0, lat = 0] of ring) {
    west = Math.min(west, lon);
    east = Math.max(east, lon);
    south = Math.min(south, lat);
    north = Math.max(north, lat);
  }
  return [west, south, east, north];
}
