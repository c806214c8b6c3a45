import { ChangeDetectionStrategy, Component, computed, input } from '@angular/core';

import { AnswerKey, answer } from '../answer/answers';
import { Icon } from '../answer/icon';

/** One of the six answers: its icon and name in its colour, and what is known; or why there is no answer. */
@Component({
  selector: 'fv-answer-section',
  changeDetection: ChangeDetectionStrategy.OnPush,
  imports: [Icon],
  template: `
    <section [attr.aria-label]="about().label" [attr.data-answer]="key()">
      <h2 [style.color]="about().colour"><fv-icon [name]="about().icon" [size]="17" />{{ about().label }}</h2>
      <div class="content">
        @if (reason(); as reason) {
          <p class="quiet none">{{ reason }}</p>
        } @else {
          <ng-content />
        }
      </div>
    </section>
  `,
  styles: `
    :host {
      display: block;
    }
    section {
      display: grid;
      grid-template-columns: 88px minmax(0, 1fr);
      gap: 8px;
      padding: 11px 0;
      border-bottom: 1px solid var(--line);
    }
    h2 {
      display: flex;
      align-items: center;
      gap: 7px;
      height: 21px;
      font-size: var(--size);
    }
    .content {
      display: grid;
      gap: 5px;
      align-content: start;
      min-width: 0;
    }
    .none {
      overflow-wrap: anywhere;
    }
  `,
})
export class AnswerSection {
  readonly key = input.required<AnswerKey>();
  /** Why there is no answer; null when there is one. */
  readonly reason = input<string | null>(null);
  protected readonly about = computed(() => answer(this.key()));
}
