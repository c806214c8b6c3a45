import { ChangeDetectionStrategy, Component, computed, input } from '@angular/core';
import { RouterLink } from '@angular/router';

import { answerOfField } from '../answer/answers';
import { Icon, IconName } from '../answer/icon';
import { Why } from '../api/model';
import { clock } from '../wording/durations';
import { Stretch, markRanges } from './marked-text';
import { ReasonGroup } from './reason-groups';

const KIND_WORDS: Record<string, string> = {
  object: 'seen',
  tag: 'seen',
  text: 'written',
  said: 'said',
  speech: 'said',
  name: 'file name',
  path: 'folder',
  place: 'place',
  camera: 'camera',
  lens: 'lens',
  comment: 'comment',
  meaning: 'by meaning',
};

/** Why a picture was found: what matched, how sure, and at which second; a click opens it there. */
@Component({
  selector: 'fv-reason',
  changeDetection: ChangeDetectionStrategy.OnPush,
  imports: [Icon, RouterLink],
  template: `
    <a class="main" [routerLink]="['/asset', assetId()]" [queryParams]="query()" [style.--colour]="colour()" data-testid="why">
      <fv-icon [name]="icon()" [size]="15" />
      <span class="kind">{{ kind() }}</span>
      <span class="text"
        >@for (part of parts(); track $index) {@if (part.isMatch) {<mark>{{ part.text }}</mark>} @else {{{ part.text }}}}</span
      >
      @if (group().best.asked; as asked) {
        <span class="extra">close to “{{ asked }}”</span>
      } @else if (why().certainty; as certainty) {
        <span class="extra">{{ why().kind === 'said' ? 'language only guessed, ' : '' }}{{ certainty }}</span>
      }
      @if (group().count > 1 && group().moments.length === 0) {
        <span class="extra numbers">× {{ group().count }}</span>
      }
    </a>
    @for (moment of moments(); track moment.at) {
      <a class="moment numbers" [routerLink]="['/asset', assetId()]" [queryParams]="moment.query">{{ moment.at }}</a>
    }
  `,
  styles: `
    :host {
      display: flex;
      flex-wrap: wrap;
      align-items: baseline;
      gap: 0 7px;
      min-width: 0;
    }
    .moment {
      flex: none;
      font-size: var(--size-small);
    }
    .main {
      --colour: var(--text-quiet);
      display: flex;
      flex-wrap: wrap;
      align-items: baseline;
      gap: 0 5px;
      min-width: 0;
      min-height: 24px;
      color: var(--text);
      text-decoration: none;
      line-height: 1.5;
    }
    .main:hover .text {
      text-decoration: underline;
    }
    fv-icon {
      align-self: flex-start;
      margin-top: 3px;
      color: var(--colour);
    }
    .kind {
      flex: none;
      color: var(--colour);
      font-size: var(--size-small);
      font-weight: 600;
    }
    .text {
      display: -webkit-box;
      min-width: 0;
      overflow: hidden;
      overflow-wrap: anywhere;
      -webkit-box-orient: vertical;
      -webkit-line-clamp: 2;
    }
    mark {
      border-radius: 2px;
      background: color-mix(in oklab, var(--colour) 24%, transparent);
      color: inherit;
    }
    .extra {
      flex: none;
      color: var(--text-quiet);
      font-size: var(--size-small);
    }
  `,
})
export class Reason {
  readonly assetId = input.required<number>();
  readonly group = input.required<ReasonGroup>();
  protected readonly why = computed(() => this.group().best);
  private readonly answer = computed(() => answerOfField(this.why().kind));
  protected readonly colour = computed(() => this.answer()?.colour ?? null);
  protected readonly icon = computed<IconName>(() => this.answer()?.icon ?? 'info');
  protected readonly kind = computed(() => KIND_WORDS[this.why().kind] ?? this.why().kind);
  protected readonly parts = computed<Stretch[]>(() => markRanges(this.why().text, this.why().ranges));
  protected readonly moments = computed(() => {
    return this.group().moments.map((why) => ({ at: clock(why.at_s ?? 0), query: fromSearch(why) }));
  });
  protected readonly query = computed(() => fromSearch(this.why()));
}

function fromSearch(why: Why): Record<string, string | number> {
  return { ...evidenceQuery(why), from: 'search' };
}

/** The part of the viewer's address that points to a second and a box. */
export function evidenceQuery(why: Pick<Why, 'at_s' | 'box'>): Record<string, string | number> {
  const query: Record<string, string | number> = {};
  if (why.at_s !== null) query['t'] = why.at_s;
  if (why.box) query['box'] = [why.box.x, why.box.y, why.box.w, why.box.h].map((part) => part.toFixed(4)).join(',');
  return query;
}
