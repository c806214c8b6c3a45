import { ChangeDetectionStrategy, Component, computed, inject, input, linkedSignal, signal } from '@angular/core';

import { byAnalysisOrder } from '../answer/analysis-words';
import { answerOfAnalysis } from '../answer/answers';
import { Icon, IconName } from '../answer/icon';
import { ApiClient } from '../api/api-client';
import { Asset } from '../api/model';
import { problemText } from '../api/problem';
import { SessionStore } from '../sign-in/session-store';
import { bytes, counted, number } from '../wording/amounts';
import { clock } from '../wording/durations';
import { FileList } from './file-list';
import { ViewerState } from './viewer-state';

interface Fact {
  name: string;
  value: string;
  isLong?: boolean;
}

/** The file itself: facts, how far each analysis is, and every tag it carries. */
@Component({
  selector: 'fv-file-facts',
  changeDetection: ChangeDetectionStrategy.OnPush,
  imports: [FileList, Icon],
  templateUrl: './file-facts.html',
  styleUrl: './file-facts.css',
})
export class FileFacts {
  readonly asset = input.required<Asset>();
  protected readonly mayEdit = inject(SessionStore).mayEdit;
  protected readonly state = inject(ViewerState);
  protected readonly raw = linkedSignal<Asset, Record<string, unknown> | null>({
    source: this.asset,
    computation: (asset, before) => (before?.source.id === asset.id ? before.value : null),
  });
  protected readonly rawProblem = linkedSignal<number, string | null>({
    source: () => this.asset().id,
    computation: () => null,
  });
  protected readonly wanted = signal('');
  private readonly tags = computed(() => {
    return Object.entries(this.raw() ?? {})
      .map(([name, value]) => ({ name, text: typeof value === 'string' ? value : JSON.stringify(value) }))
      .sort((a, b) => a.name.localeCompare(b.name));
  });
  protected readonly shownTags = computed(() => {
    const wanted = this.wanted().trim().toLowerCase();
    return this.tags().filter(({ name, text }) => `${name}\n${text}`.toLowerCase().includes(wanted));
  });
  protected readonly tagCount = computed(() => {
    const all = counted(this.tags().length, 'tag');
    return this.shownTags().length < this.tags().length ? `${number(this.shownTags().length)} of ${all}` : all;
  });
  private readonly api = inject(ApiClient);

  protected readonly facts = computed<Fact[]>(() => {
    const asset = this.asset();
    const { make, model, lens } = asset.camera;
    const facts: (Fact | null)[] = [
      fact('Name', asset.name),
      fact('Folder', asset.path.includes('/') ? asset.path.slice(0, asset.path.lastIndexOf('/')) : null),
      fact('Camera', cameraWords(make, model)),
      fact('Lens', lens),
      fact('Size', asset.width && asset.height ? sizeWords(asset.width, asset.height) : null),
      fact('Length', asset.duration_s === null ? null : clock(asset.duration_s)),
      fact('File', `${bytes(asset.bytes)} · ${asset.mime}`),
      { name: 'SHA-512', value: asset.sha512, isLong: true },
    ];
    return facts.filter((one) => one !== null);
  });
  protected readonly analyses = computed(() => {
    const entries = Object.entries(this.asset().analyses).sort(([a], [b]) => byAnalysisOrder(a, b));
    return entries.map(([name, { state, version, error, can_retry }]) => {
      const answer = answerOfAnalysis(name);
      const icon: IconName = answer?.icon ?? (name === 'meaning' ? 'search' : 'photo');
      return { name, state, version, error, can_retry, icon, colour: answer?.colour ?? null };
    });
  });

  protected async readRaw(isOpen: boolean): Promise<void> {
    if (!isOpen || this.raw()) return;
    const { id } = this.asset();
    try {
      const { tags } = await this.api.metadata(id);
      if (this.asset().id === id) this.raw.set(tags);
    } catch (error) {
      this.rawProblem.set(problemText(error));
    }
  }
}

function fact(name: string, value: string | null): Fact | null {
  return value ? { name, value } : null;
}

/** Makers often repeat their name in the model's. */
function cameraWords(make: string | null, model: string | null): string | null {
  if (make && model?.toLowerCase().startsWith(make.toLowerCase())) return model;
  return [make, model].filter(Boolean).join(' ') || null;
}

function sizeWords(width: number, height: number): string {
  const megapixels = (width * height) / 1e6;
  const pixels = `${number(width)} × ${number(height)}`;
  return megapixels < 0.1 ? pixels : `${pixels} · ${megapixels.toFixed(megapixels < 10 ? 1 : 0)} MP`;
}
