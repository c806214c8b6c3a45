import {
  ChangeDetectionStrategy,
  Component,
  DestroyRef,
  ElementRef,
  afterNextRender,
  computed,
  effect,
  inject,
  input,
  linkedSignal,
  signal,
  untracked,
  viewChild,
} from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';
import { Router } from '@angular/router';
import { Map as Chart, LngLat, LngLatBounds, Marker } from 'maplibre-gl';
import { Subject, auditTime, debounceTime } from 'rxjs';

import { Icon } from '../answer/icon';
import { ApiClient } from '../api/api-client';
import { LiveEvents } from '../api/live-events';
import { Cluster, MonthList } from '../api/model';
import { problemText } from '../api/problem';
import { AreaSelect, PixelArea } from './area-select';
import { FINE_ZOOM, baseStyle, countryLabels, readCountries } from './base-map';
import { MOST_ZOOM, makeChart, readColour, setData } from './chart';
import { ClusterMarkers } from './cluster-markers';
import { HeatLayer } from './heat-layer';
import { MapMemory } from './map-memory';
import { TimeSlider } from './time-slider';
import { Span, monthNumber, readSpan, takenText } from './time-span';

const CLOSE_ZOOM = 11;
const SETTLE_MS = 1500;
/** How long the time must stand still before the map is asked anew. */
const TIME_SETTLE_MS = 200;
const THUMBNAIL_CELL_PX = 64;
const HEAT_CELL_PX = 16;
/** How far around a click on the heat map pictures are searched. */
const CLICK_PX = 24;
const WORLD = { west: -180, south: -90, east: 180, north: 90, zoom: 1 };

/** Everything that has a position, on a base map that is part of the app. */
@Component({
  selector: 'fv-map-page',
  changeDetection: ChangeDetectionStrategy.OnPush,
  imports: [AreaSelect, Icon, TimeSlider],
  templateUrl: './map-page.html',
  styleUrl: './map-page.css',
  host: { '(document:keydown.escape)': 'selecting.set(false)' },
})
export class MapPage {
  /** "lat,lon" from the address: a place to show. */
  readonly at = input<string>();
  /** From the address: a stretch of time as search has it; "1" for the heat map. */
  readonly taken = input<string>();
  readonly heat = input<string>();
  protected readonly isHeat = computed(() => this.heat() === '1');
  private readonly months = signal<MonthList | null>(null);
  /** The months to choose from; null with fewer than two. */
  protected readonly times = computed(() => {
    const { months = [], undated = 0 } = this.months() ?? {};
    const all = { from: monthNumber(months[0]?.month ?? ''), to: monthNumber(months.at(-1)?.month ?? '') };
    return all.from < all.to ? { months, undated, all } : null;
  });
  protected readonly span = linkedSignal(() => {
    const all = this.times()?.all;
    return all ? readSpan(this.taken(), all) : null;
  });
  /** How many pictures are on the map, once it is drawn. */
  protected readonly shown = signal<number | null>(null);
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
  private heatLayer: HeatLayer | null = null;
  private readonly timeChosen = new Subject<Span | null>();
  private asked = 0;

  constructor() {
    const destroy = inject(DestroyRef);
    afterNextRender(() => void this.draw(destroy));
    destroy.onDestroy(() => this.leave());
    inject(LiveEvents)
      .assets.pipe(auditTime(SETTLE_MS), takeUntilDestroyed(destroy))
      .subscribe(() => void this.readMonths().then(() => this.readClusters()));
    this.timeChosen
      .pipe(debounceTime(TIME_SETTLE_MS), takeUntilDestroyed(destroy))
      .subscribe((span) => this.address({ taken: span ? takenText(span) : null }));
    effect(() => {
      this.taken();
      this.isHeat();
      untracked(() => void this.readClusters());
    });
  }

  /** The slider follows at once, map and address when it stands still. */
  protected chooseTime(span: Span | null): void {
    this.span.set(span);
    this.timeChosen.next(span);
  }

  protected toggleHeat(): void {
    this.address({ heat: this.isHeat() ? null : '1' });
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
    const chart = makeChart(this.sheet().nativeElement, this.memory.view);
    this.chart = chart;
    this.markers = new ClusterMarkers(chart, (cluster) => this.open(cluster));
    this.heatLayer = new HeatLayer(chart);
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
    chart.on('click', ({ lngLat, point }) => this.isHeat() && this.searchAround(lngLat, chart.unproject([point.x + CLICK_PX, point.y])));
    await this.readMonths();
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
      const { clusters } = await this.api.clusters(WORLD, this.askedTime());
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
      this.heatLayer?.restore();
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
    const isHeat = this.isHeat();
    const area = {
      west: Math.max(-180, bounds.getWest()),
      south: Math.max(-90, bounds.getSouth()),
      east: Math.min(180, bounds.getEast()),
      north: Math.min(90, bounds.getNorth()),
      zoom: Math.max(0, Math.round(chart.getZoom())),
    };
    try {
      const { clusters } = await this.api.clusters(area, this.askedTime(), isHeat ? HEAT_CELL_PX : THUMBNAIL_CELL_PX);
      if (ask !== this.asked) return;
      this.markers?.show(isHeat ? [] : clusters);
      if (isHeat) this.heatLayer?.show(clusters);
      else this.heatLayer?.hide();
      if (clusters.length > 0) this.isEmpty.set(false);
      this.problem.set(null);
      this.shown.set(clusters.reduce((sum, { count }) => sum + count, 0));
    } catch (error) {
      if (ask === this.asked) this.problem.set(problemText(error));
    }
  }

  private async readMonths(): Promise<void> {
    try {
      this.months.set(await this.api.mapMonths());
    } catch (error) {
      this.problem.set(problemText(error));
    }
  }

  private askedTime(): string | null {
    const span = this.span();
    return span ? takenText(span) : null;
  }

  private address(queryParams: Record<string, string | null>): void {
    void this.router.navigate([], { queryParams, queryParamsHandling: 'merge', replaceUrl: true });
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
    this.search(`within:${[west, south, east, north].join(',')}`);
  }

  private searchAround(here: LngLat, edge: LngLat): void {
    const radius_km = Math.max(0.05, here.distanceTo(edge) / 1000);
    this.search(`near:"${here.lat.toFixed(5)},${here.wrap().lng.toFixed(5)},${radius_km.toFixed(2)}"`);
  }

  /** What is searched from the map was taken when the map says. */
  private search(where: string): void {
    const taken = this.askedTime();
    void this.router.navigate(['/search'], { queryParams: { q: taken ? `${where} taken:${taken}` : where } });
  }

  private leave(): void {
    this.chart?.remove();
    this.chart = null;
  }
}
