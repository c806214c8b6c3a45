import {
  ChangeDetectionStrategy,
  Component,
  DestroyRef,
  ElementRef,
  afterNextRender,
  inject,
  input,
  signal,
  viewChild,
} from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';
import { Router } from '@angular/router';
import { Map as Chart, GeoJSONSource, LngLatBounds, Marker, NavigationControl, ScaleControl, setWorkerUrl } from 'maplibre-gl';
import { auditTime } from 'rxjs';

import { Icon } from '../answer/icon';
import { ApiClient } from '../api/api-client';
import { LiveEvents } from '../api/live-events';
import { Cluster } from '../api/model';
import { problemText } from '../api/problem';
import { AreaSelect, PixelArea } from './area-select';
import { FINE_ZOOM, baseStyle, countryLabels, readCountries } from './base-map';
import { ClusterMarkers } from './cluster-markers';
import { MapMemory } from './map-memory';

const MOST_ZOOM = 18;
const CLOSE_ZOOM = 11;
const SETTLE_MS = 1500;
const WORLD = { west: -180, south: -90, east: 180, north: 90, zoom: 1 };

/** Everything that has a position, on a base map that is part of the app. */
@Component({
  selector: 'fv-map-page',
  changeDetection: ChangeDetectionStrategy.OnPush,
  imports: [AreaSelect, Icon],
  templateUrl: './map-page.html',
  styleUrl: './map-page.css',
})
export class MapPage {
  /** "lat,lon" from the address: a place to show. */
  readonly at = input<string>();
  protected readonly selecting = signal(false);
  protected readonly problem = signal<string | null>(null);
  protected readonly isEmpty = signal(false);
  protected readonly drawn = signal(false);
  private readonly sheet = viewChild.required<ElementRef<HTMLElement>>('sheet');
  private readonly api = inject(ApiClient);
  private readonly router = inject(Router);
  private readonly memory = inject(MapMemory);
  private chart: Chart | null = null;
  private markers: ClusterMarkers | null = null;
  private asked = 0;

  constructor() {
    const destroy = inject(DestroyRef);
    afterNextRender(() => void this.draw(destroy));
    destroy.onDestroy(() => this.leave());
    inject(LiveEvents)
      .assets.pipe(auditTime(SETTLE_MS), takeUntilDestroyed(destroy))
      .subscribe(() => void this.readClusters());
  }

  protected searchView(): void {
    const bounds = this.chart?.getBounds();
    if (bounds) this.searchWithin(bounds);
  }

  protected searchArea(area: PixelArea): void {
    const chart = this.chart;
    this.selecting.set(false);
    if (!chart) return;
    this.searchWithin(new LngLatBounds(chart.unproject([area.left, area.bottom]), chart.unproject([area.right, area.top])));
  }

  private async draw(destroy: DestroyRef): Promise<void> {
    setWorkerUrl('/base-map/maplibre-gl-worker.mjs');
    const chart = new Chart({
      container: this.sheet().nativeElement,
      style: baseStyle(readColour),
      center: this.memory.view?.center ?? [10, 25],
      zoom: this.memory.view?.zoom ?? 1.4,
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
    this.chart = chart;
    this.markers = new ClusterMarkers(chart, (cluster) => this.open(cluster));
    const theme = matchMedia('(prefers-color-scheme: dark)');
    const repaint = () => {
      chart.setStyle(baseStyle(readColour), { diff: false });
      chart.once('style.load', () => void this.fillBase(chart));
    };
    theme.addEventListener('change', repaint);
    destroy.onDestroy(() => theme.removeEventListener('change', repaint));
    chart.on('error', ({ error }) => this.problem.set(`The map could not be drawn: ${error.message}`));
    chart.on('load', () => void this.fillBase(chart));
    chart.on('zoomend', () => void this.fillFine(chart));
    chart.on('moveend', () => void this.readClusters());
    await this.placeView(chart);
    await this.readClusters();
  }

  private async placeView(chart: Chart): Promise<void> {
    const [lat, lon] = (this.at() ?? '').split(',').map(Number);
    if (lat !== undefined && lon !== undefined && Math.abs(lat) <= 90 && Math.abs(lon) <= 180 && this.at()) {
      new Marker({ color: readColour('--accent') }).setLngLat([lon, lat]).addTo(chart);
      chart.jumpTo({ center: [lon, lat], zoom: CLOSE_ZOOM });
      return;
    }
    if (this.memory.view) return;
    try {
      const { clusters } = await this.api.clusters(WORLD.west, WORLD.south, WORLD.east, WORLD.north, WORLD.zoom);
      this.isEmpty.set(clusters.length === 0);
      const bounds = new LngLatBounds();
      for (const { bounds: [west, south, east, north] } of clusters) bounds.extend([west, south]).extend([east, north]);
      if (bounds.isEmpty()) return;
      const padding = Math.min(90, chart.getContainer().clientWidth / 6);
      chart.fitBounds(bounds, { padding, maxZoom: CLOSE_ZOOM, animate: false });
      // a narrow window cannot show the whole world: it begins where most pictures are
      const most = clusters.reduce((a, b) => (b.count > a.count ? b : a));
      if (!chart.getBounds().contains([most.lon, most.lat])) chart.jumpTo({ center: [most.lon, most.lat] });
    } catch (error) {
      this.problem.set(problemText(error));
    }
  }

  private async fillBase(chart: Chart): Promise<void> {
    try {
      const countries = await readCountries('50m');
      setData(chart, 'coarse', countries);
      setData(chart, 'names', countryLabels(countries));
    } catch (error) {
      this.problem.set(problemText(error));
    }
    await this.fillFine(chart, true);
    if (this.chart === chart) await chart.once('idle');
    this.drawn.set(true);
  }

  private fineIsThere = false;

  private async fillFine(chart: Chart, again = false): Promise<void> {
    if (chart.getZoom() < FINE_ZOOM - 0.5 || (this.fineIsThere && !again)) return;
    this.fineIsThere = true;
    setData(chart, 'fine', await readCountries('10m'));
  }

  private async readClusters(): Promise<void> {
    const chart = this.chart;
    if (!chart) return;
    const bounds = chart.getBounds();
    this.memory.view = { center: chart.getCenter().toArray(), zoom: chart.getZoom() };
    const ask = ++this.asked;
    try {
      const { clusters } = await this.api.clusters(
        Math.max(-180, bounds.getWest()),
        Math.max(-90, bounds.getSouth()),
        Math.min(180, bounds.getEast()),
        Math.min(90, bounds.getNorth()),
        Math.max(0, Math.round(chart.getZoom())),
      );
      if (ask !== this.asked) return;
      this.markers?.show(clusters);
      if (clusters.length > 0) this.isEmpty.set(false);
      this.problem.set(null);
    } catch (error) {
      if (ask === this.asked) this.problem.set(problemText(error));
    }
  }

  private open(cluster: Cluster): void {
    const chart = this.chart;
    if (!chart) return;
    if (cluster.count === 1) {
      void this.router.navigate(['/asset', cluster.asset_id]);
      return;
    }
    const [west, south, east, north] = cluster.bounds;
    const isOnePlace = east - west < 1e-4 && north - south < 1e-4;
    const bounds = new LngLatBounds([west, south], [east, north]);
    if (isOnePlace || chart.getZoom() >= MOST_ZOOM - 1) this.searchWithin(bounds);
    else chart.fitBounds(bounds, { padding: 120, maxZoom: MOST_ZOOM });
  }

  private searchWithin(bounds: LngLatBounds): void {
    // rounded outwards, so that what lies on the edge stays inside
    const west = Math.max(-180, Math.floor(bounds.getWest() * 1e5) / 1e5);
    const south = Math.max(-90, Math.floor(bounds.getSouth() * 1e5) / 1e5);
    const east = Math.min(180, Math.ceil(bounds.getEast() * 1e5) / 1e5);
    const north = Math.min(90, Math.ceil(bounds.getNorth() * 1e5) / 1e5);
    void this.router.navigate(['/search'], { queryParams: { q: `within:${[west, south, east, north].join(',')}` } });
  }

  private leave(): void {
    this.chart?.remove();
    this.chart = null;
  }
}

function setData(chart: Chart, source: string, data: GeoJSON.FeatureCollection): void {
  (chart.getSource(source) as GeoJSONSource | undefined)?.setData(data);
}

/** A design token as a colour that the map understands. */
function readColour(token: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${token})`;
  document.body.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}
