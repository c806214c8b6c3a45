import { ChangeDetectionStrategy, Component, computed, inject, input, output } from '@angular/core';
import { RouterLink } from '@angular/router';

import { Certainty } from '../answer/certainty';
import { Icon } from '../answer/icon';
import { noAnswerReason } from '../answer/no-answer';
import { Asset, FoundFace } from '../api/model';
import { makeChip } from '../search/chips';
import { SessionStore } from '../sign-in/session-store';
import { counted } from '../wording/amounts';
import { clockWords, dayOf, longDayWords } from '../wording/days';
import { clock } from '../wording/durations';
import { takenNotes } from '../wording/taken-words';
import { AnswerSection } from './answer-section';
import { Evidence, NOT_READ, groupByLabel } from './evidence';
import { FaceCrop } from './face-crop';
import { LanguageChoice } from './language-choice';
import { directionWords, languageName, offsetWords, positionSource } from './source-words';
import { Transcript } from './transcript';
import { ViewerState } from './viewer-state';
import { WhereMap } from './where-map';

/** The six answers about one photo or video, always in the same order; each leads to its evidence. */
@Component({
  selector: 'fv-answers-panel',
  changeDetection: ChangeDetectionStrategy.OnPush,
  imports: [AnswerSection, Certainty, FaceCrop, Icon, LanguageChoice, RouterLink, Transcript, WhereMap],
  templateUrl: './answers-panel.html',
  styleUrl: './answers-panel.css',
})
export class AnswersPanel {
  readonly asset = input.required<Asset>();
  /** A face whose likes are wanted. */
  readonly likeFace = output<FoundFace>();
  protected readonly state = inject(ViewerState);
  protected readonly mayEdit = inject(SessionStore).mayEdit;
  protected readonly clock = clock;
  protected readonly counted = counted;

  protected readonly none = computed(() => {
    const asset = this.asset();
    return {
      where: asset.position ? null : noAnswerReason(asset, 'metadata'),
      when: asset.taken_local ? null : noAnswerReason(asset, 'metadata'),
      who: asset.faces.length > 0 ? null : noAnswerReason(asset, 'faces'),
      what: asset.objects.length + this.tags().length > 0 ? null : noAnswerReason(asset, 'objects'),
      written: asset.text.length > 0 ? null : noAnswerReason(asset, 'text'),
      said: (asset.speech?.segments.length ?? 0) > 0 ? null : noAnswerReason(asset, 'speech'),
    };
  });

  protected readonly place = computed(() => {
    const place = this.asset().place;
    const parts = [place?.name, place?.admin, place?.country];
    return parts.filter((part, at) => part && parts.indexOf(part) === at).join(', ');
  });
  protected readonly coordinates = computed(() => {
    const position = this.asset().position;
    return position ? `${position.lat.toFixed(5)}, ${position.lon.toFixed(5)}` : '';
  });
  protected readonly positionFacts = computed(() => {
    const position = this.asset().position;
    if (!position) return '';
    const facts = [positionSource(position.source)];
    if (position.radius_m !== null) facts.push(`within ${Math.round(position.radius_m)} m`);
    if (position.alt_m !== null) facts.push(`${Math.round(position.alt_m)} m above sea level`);
    if (position.direction_deg !== null) facts.push(`facing ${directionWords(position.direction_deg)}`);
    return facts.join(' · ');
  });
  protected readonly mapAt = computed(() => {
    const position = this.asset().position;
    return position ? { at: `${position.lat.toFixed(5)},${position.lon.toFixed(5)}` } : {};
  });

  protected readonly day = computed(() => {
    const { taken, taken_local } = this.asset();
    const words = longDayWords(taken_local) ?? taken_local;
    return taken?.basis === 'change' ? `changed ${words}` : taken?.about ? `about ${words}` : words;
  });
  protected readonly time = computed(() => clockWords(this.asset().taken_local));
  protected readonly offset = computed(() => offsetWords(this.asset().utc_offset, this.asset().offset_source));
  protected readonly takenNotes = computed(() => takenNotes(this.asset().taken));
  protected readonly sameTime = computed(() => {
    const precision = this.asset().taken?.precision;
    return `Everything of this ${precision === 'year' || precision === 'month' ? precision : 'day'}`;
  });
  protected readonly dayQuery = computed(() => ({ q: makeChip('taken', dayOf(this.asset().taken_local) ?? '').raw }));

  protected readonly faces = computed(() => {
    return this.asset().faces.map((face, at) => ({ face, id: `faces-${at}` }));
  });
  protected readonly objects = computed(() => {
    return groupByLabel(this.state.evidence().filter((one) => one.kind === 'objects'));
  });
  protected readonly tags = computed(() => this.asset().tags.filter((tag) => tag.score !== null));
  private readonly written = computed<Evidence[]>(() => this.state.evidence().filter((one) => one.kind === 'text'));
  protected readonly lines = computed(() => this.written().filter((one) => one.label !== NOT_READ));
  /** Writing in a script that cannot be read: one line for all of it. */
  protected readonly notRead = computed(() => groupByLabel(this.written().filter((one) => one.label === NOT_READ)));
  protected readonly language = computed(() => {
    const speech = this.asset().speech;
    return speech?.language ? languageName(speech.language) : null;
  });

  protected query(field: string, text: string): { q: string } {
    return { q: makeChip(field, text).raw };
  }
}
