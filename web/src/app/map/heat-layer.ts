import { Map as Chart } from 'maplibre-gl';

import { Cluster } from '../api/model';
import { readColour, setData } from './chart';
import { heatPoints } from './heat-points';

const SOURCE = 'heat';

/** How densely pictures lie, in colours over the land and under the names. */
export class HeatLayer {
  private points: GeoJSON.FeatureCollection<GeoJSON.Point> | null = null;

  constructor(private readonly chart: Chart) {}

  show(clusters: readonly Cluster[]): void {
    this.points = heatPoints(clusters);
    this.restore();
  }

  hide(): void {
    this.points = null;
    if (this.chart.getLayer(SOURCE)) this.chart.removeLayer(SOURCE);
    if (this.chart.getSource(SOURCE)) this.chart.removeSource(SOURCE);
  }

  /** A new style, for another theme, has no such layer. Before the first one is there, nothing can be added. */
  restore(): void {
    const { chart, points } = this;
    if (!points || !chart.getLayer('names')) return;
    if (chart.getSource(SOURCE)) {
      setData(chart, SOURCE, points);
      return;
    }
    chart.addSource(SOURCE, { type: 'geojson', data: points });
    const colour = (token: string, alpha: number) => readColour(token).replace('rgb(', 'rgba(').replace(')', `, ${alpha})`);
    chart.addLayer(
      {
        id: SOURCE,
        type: 'heatmap',
        source: SOURCE,
        paint: {
          'heatmap-weight': ['get', 'weight'],
          // one cell alone reaches 0.4 of its weight: what is densest shall have the last colour
          'heatmap-intensity': 2.4,
          'heatmap-radius': ['interpolate', ['linear'], ['zoom'], 0, 18, 8, 26, 18, 40],
          'heatmap-color': [
            'interpolate',
            ['linear'],
            ['heatmap-density'],
            0,
            colour('--where', 0),
            0.08,
            colour('--where', 0.45),
            0.35,
            colour('--where', 0.85),
            0.65,
            colour('--unsure', 0.9),
            1,
            colour('--bad', 0.95),
          ],
        },
      },
      'names',
    );
  }
}
