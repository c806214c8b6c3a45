import { Map as Chart, GeoJSONSource, NavigationControl, ScaleControl, setWorkerUrl } from 'maplibre-gl';

import { baseStyle } from './base-map';
import { MapMemory } from './map-memory';

export const MOST_ZOOM = 18;

/** An empty map in the colours of the page, where it was left. */
export function makeChart(container: HTMLElement, view: MapMemory['view']): Chart {
  setWorkerUrl('/base-map/maplibre-gl-worker.mjs');
  const chart = new Chart({
    container,
    style: baseStyle(readColour),
    center: view?.center ?? [10, 25],
    zoom: view?.zoom ?? 1.4,
    maxZoom: MOST_ZOOM,
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    fadeDuration: matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 200,
  });
  chart.touchZoomRotate.disableRotation();
  chart.addControl(new NavigationControl({ showCompass: false }), 'top-right');
  chart.addControl(new ScaleControl({}), 'bottom-right');
  return chart;
}

export function setData(chart: Chart, source: string, data: GeoJSON.FeatureCollection): void {
  (chart.getSource(source) as GeoJSONSource | undefined)?.setData(data);
}

/** A design token as a colour that the map understands. */
export function readColour(token: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${token})`;
  document.body.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}
