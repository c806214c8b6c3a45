import { ChangeDetectionStrategy, Component, computed, input } from '@angular/core';

import { CertaintyWord } from '../api/model';
import { Basis, isUnsure } from './certainty-words';
import { Icon } from './icon';

/**
 * How sure an answer is, shown the same way everywhere: decided by a person = solid line and a check; recorded in the
 * file = solid line; proposed by a model = dashed line with a word for how often such answers are right; unsure =
 * amber. Wraps the answer itself.
 */
@Component({
  selector: 'fv-certainty',
  changeDetection: ChangeDetectionStrategy.OnPush,
  imports: [Icon],
  template: `
    <span class="answer"><ng-content /></span>
    @if (basis() === 'decided') {
      <span class="how"><fv-icon name="check" [size]="14" /><span class="hidden-text">decided by a person</span></span>
    } @else if (words(); as words) {
      <span class="how numbers">{{ words }}</span>
    }
  `,
  styles: `
    :host {
      display: inline-flex;
      align-items: baseline;
      flex-wrap: wrap;
      gap: 1px 8px;
      min-width: 0;
    }
    .answer {
      text-decoration: underline var(--line-strong) 1.5px;
      text-underline-offset: 4px;
      overflow-wrap: anywhere;
    }
    :host(.proposed) .answer {
      text-decoration-style: dashed;
    }
    :host(.unsure) .answer {
      text-decoration-color: var(--unsure);
    }
    .how {
      color: var(--text-quiet);
      font-size: var(--size-small);
      white-space: nowrap;
    }
    :host(.unsure) .how {
      color: var(--unsure);
    }
  `,
  host: {
    '[class.proposed]': "basis() === 'proposed'",
    '[class.unsure]': 'unsure()',
  },
})
export class Certainty {
  readonly basis = input.required<Basis>();
  /** Of what a model proposed; null where that was never measured. */
  readonly word = input<CertaintyWord | null>(null);
  protected readonly words = computed(() => (this.basis() === 'recorded' ? null : (this.word() ?? 'proposed')));
  protected readonly unsure = computed(() => this.basis() === 'proposed' && isUnsure(this.word()));
}
