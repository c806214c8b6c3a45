import { Map as Chart, Marker } from 'maplibre-gl';

import { thumbnailUrl } from '../api/api-client';
import { Cluster } from '../api/model';
import { counted, number } from '../wording/amounts';

/** Thumbnails with counts on the map; those that stay between two answers are left alone. */
export class ClusterMarkers {
  private readonly markers = new Map<string, Marker>();

  constructor(
    private readonly chart: Chart,
    private readonly open: (cluster: Cluster) => void,
  ) {}

  show(clusters: readonly Cluster[]): void {
    const wanted = new Map(clusters.map((cluster) => [keyOf(cluster), cluster]));
    for (const [key, marker] of this.markers) {
      if (wanted.has(key)) continue;
      marker.remove();
      this.markers.delete(key);
    }
    for (const [key, cluster] of wanted) {
      if (this.markers.has(key)) continue;
      const marker = new Marker({ element: this.element(cluster) }).setLngLat([cluster.lon, cluster.lat]).addTo(this.chart);
      this.markers.set(key, marker);
    }
  }

  private element(cluster: Cluster): HTMLElement {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'cluster';
    button.setAttribute('aria-label', `${counted(cluster.count, 'picture')} here`);
    button.dataset['testid'] = 'cluster';
    const image = document.createElement('img');
    image.alt = '';
    image.addEventListener('error', () => image.remove());
    image.src = thumbnailUrl({ id: cluster.asset_id, picture_version: cluster.picture_version });
    button.append(image);
    if (cluster.count > 1) {
      const count = document.createElement('span');
      count.textContent = number(cluster.count);
      button.append(count);
    }
    button.addEventListener('click', (event) => {
      event.stopPropagation();
      this.open(cluster);
    });
    return button;
  }
}

function keyOf(cluster: Cluster): string {
  return [cluster.asset_id, cluster.picture_version, cluster.count, cluster.lat.toFixed(5), cluster.lon.toFixed(5)].join();
}
