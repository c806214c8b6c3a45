import { HttpClient, HttpParams } from '@angular/common/http';
import { Injectable, inject } from '@angular/core';
import { firstValueFrom } from 'rxjs';

import {
  Account,
  Activity,
  Asset,
  AssetSummary,
  Changes,
  Cluster,
  Deed,
  Emptied,
  FacetAnswer,
  Failure,
  MadeToken,
  MapArea,
  MonthList,
  Page,
  Requeue,
  Role,
  SavedSearch,
  Scope,
  SearchAnswer,
  Session,
  SimilarAsset,
  SimilarFace,
  Sort,
  LibraryStatus,
  Suggestion,
  TimelineDay,
  Token,
  TrashedAsset,
  Belonging,
  Joined,
} from './model';

const ROOT = '/api/v1';

type Query = Record<string, string | number | boolean | null | undefined>;

/** Every call to the server goes through here; failures arrive as HttpErrorResponse (see problem.ts). */
@Injectable({ providedIn: 'root' })
export class ApiClient {
  private readonly http = inject(HttpClient);

  firstStart(): Promise<{ claimed: boolean }> {
    return this.get('/first-start');
  }

  claim(claim: string, login: string, password: string): Promise<Session> {
    return this.post('/first-start', { claim, login, password });
  }

  session(): Promise<Session> {
    return this.get('/session');
  }

  signIn(login: string, password: string): Promise<Session> {
    return this.post('/session', { login, password });
  }

  signOut(): Promise<void> {
    return this.delete('/session');
  }

  addUser(login: string, password: string, role: Role): Promise<Account> {
    return this.post('/users', { login, password, role });
  }

  tokens(): Promise<Page<Token>> {
    return this.get('/tokens', { limit: 0 });
  }

  addToken(name: string, scopes: Scope[], expires_at: string): Promise<MadeToken> {
    return this.post('/tokens', { name, scopes, expires_at });
  }

  revokeToken(id: Token['id']): Promise<void> {
    return this.delete(`/tokens/${id}`);
  }

  timeline(): Promise<{ days: TimelineDay[] }> {
    return this.get('/assets/timeline');
  }

  /** The pictures of one day (`null`: those without a date), newest first. */
  day(day: string | null, limit: number, after: string | null): Promise<Page<AssetSummary>> {
    return this.get('/assets', { day: day ?? 'none', limit, after });
  }

  asset(id: number): Promise<Asset> {
    return this.get(`/assets/${id}`);
  }

  metadata(id: number): Promise<{ tags: Record<string, unknown> }> {
    return this.get(`/assets/${id}/metadata`);
  }

  edit(id: number, change: Partial<Changes>): Promise<Asset> {
    return firstValueFrom(this.http.patch<Asset>(`${ROOT}/assets/${id}`, change));
  }

  /** Takes a file out of a picture; a sidecar stays and says nothing any more. */
  split(id: number, sha512: string): Promise<Belonging> {
    return this.post(`/assets/${id}/split`, { sha512 });
  }

  /** Makes several pictures one. */
  join(asset_ids: readonly number[]): Promise<Joined> {
    return this.post('/assets/join', { asset_ids });
  }

  /** What people took apart and joined, the latest first. */
  belonging(id: number): Promise<Page<Belonging>> {
    return this.get(`/assets/${id}/belonging`);
  }

  undoBelonging(id: number): Promise<Belonging> {
    return this.post(`/belonging/${id}/undo`, {});
  }

  /** Into the trash, where it keeps everything. */
  trash(id: number): Promise<void> {
    return this.delete(`/assets/${id}`);
  }

  restore(id: number): Promise<Asset> {
    return this.post(`/assets/${id}/restore`, {});
  }

  trashed(limit: number, after: string | null): Promise<Page<TrashedAsset>> {
    return this.get('/trash', { limit, after });
  }

  emptyTrash(): Promise<Emptied> {
    return firstValueFrom(this.http.delete<Emptied>(`${ROOT}/trash`));
  }

  /** Which language is spoken; null: found out again. What is said is then written down anew. */
  chooseLanguage(id: number, language: string | null): Promise<unknown> {
    return firstValueFrom(this.http.put(`${ROOT}/assets/${id}/language`, { language }));
  }

  search(q: string, sort: Sort, limit: number, after: string | null): Promise<SearchAnswer> {
    return this.get('/search', { q, sort, limit, after });
  }

  /** What matches `q`, counted by kind, year, place, …; each value with the part of a query that narrows to it. */
  facets(q: string): Promise<FacetAnswer> {
    return this.get('/search/facets', { q });
  }

  savedSearches(): Promise<Page<SavedSearch>> {
    return this.get('/searches');
  }

  saveSearch(name: string, query: string, sort: Sort): Promise<SavedSearch> {
    return this.post('/searches', { name, query, sort });
  }

  forgetSearch(id: SavedSearch['id']): Promise<void> {
    return this.delete(`/searches/${id}`);
  }

  suggest(q: string): Promise<{ items: Suggestion[] }> {
    return this.get('/search/suggest', { q });
  }

  similarAssets(id: number, limit: number): Promise<Page<SimilarAsset>> {
    return this.get(`/assets/${id}/similar`, { limit });
  }

  similarFaces(id: number, limit: number): Promise<Page<SimilarFace>> {
    return this.get(`/faces/${id}/similar`, { limit });
  }

  /** What lies within an area, put together `cell_px` apart; `taken` as search has it, null for all times. */
  clusters(area: MapArea, taken: string | null = null, cell_px = 64): Promise<{ clusters: Cluster[] }> {
    return this.get('/map', { ...area, taken, cell_px });
  }

  mapMonths(): Promise<MonthList> {
    return this.get('/map/months');
  }

  analyses(): Promise<Page<Activity>> {
    return this.get('/analyses');
  }

  failures(name: string): Promise<Page<Failure>> {
    return this.get(`/analyses/${name}/failures`);
  }

  requeue(name: string, which: Requeue['which'], asset_id?: number): Promise<{ queued: number }> {
    return this.post(`/analyses/${name}/requeue`, asset_id === undefined ? { which } : { which, asset_id });
  }

  pause(name: string): Promise<unknown> {
    return this.post(`/analyses/${name}/pause`, {});
  }

  resume(name: string): Promise<unknown> {
    return this.post(`/analyses/${name}/resume`, {});
  }

  /** How many files of an analysis at once in each worker process; null: as it was started. */
  setSlots(name: string, slots: number | null): Promise<unknown> {
    return this.post(`/analyses/${name}/concurrency`, { slots });
  }

  /** Imports, exports, re-runs and other long work, newest first. */
  deeds(limit: number): Promise<Page<Deed>> {
    return this.get('/activity/deeds', { limit });
  }

  cancelDeed(id: number): Promise<Deed> {
    return this.post(`/activity/deeds/${id}/cancel`, {});
  }

  status(): Promise<LibraryStatus> {
    return this.get('/status');
  }

  private get<T>(path: string, query: Query = {}): Promise<T> {
    let params = new HttpParams();
    for (const [name, value] of Object.entries(query)) {
      if (value !== null && value !== undefined) params = params.set(name, value);
    }
    return firstValueFrom(this.http.get<T>(ROOT + path, { params }));
  }

  private post<T>(path: string, body: unknown): Promise<T> {
    return firstValueFrom(this.http.post<T>(ROOT + path, body));
  }

  private delete(path: string): Promise<void> {
    return firstValueFrom(this.http.delete<void>(ROOT + path), { defaultValue: undefined });
  }
}

/** An asset, and which pictures were made of it, where that is known: under such an address they never change. */
export interface Pictured {
  id: number;
  picture_version?: string;
}

/** The address of a picture of an asset. */
export function thumbnailUrl(of: Pictured): string {
  return `${ROOT}/assets/${of.id}/thumbnail${versionOf(of)}`;
}

export function previewUrl(of: Pictured): string {
  return `${ROOT}/assets/${of.id}/preview${versionOf(of)}`;
}

export function frameUrl(of: Pictured, at_s: number): string {
  return `${ROOT}/assets/${of.id}/frames/${Math.round(at_s * 1000)}${versionOf(of)}`;
}

/** The film of a photo that moves. */
export function movingPartUrl(id: number): string {
  return `${ROOT}/assets/${id}/moving-part`;
}

export function originalUrl(of: Pictured): string {
  return `${ROOT}/assets/${of.id}/original${versionOf(of)}`;
}

/** Where the original is saved from, under its name. */
export function downloadUrl(id: number): string {
  return `${ROOT}/assets/${id}/original?download=1`;
}

function versionOf(of: Pictured): string {
  return of.picture_version ? `?v=${of.picture_version}` : '';
}
