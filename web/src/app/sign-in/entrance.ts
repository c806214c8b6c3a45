import { ChangeDetectionStrategy, Component } from '@angular/core';

import { ANSWERS } from '../answer/answers';
import { Icon } from '../answer/icon';
import { Mark } from '../frame/mark';

/** What stands around the forms before one is signed in: the name, the six questions, the form. */
@Component({
  selector: 'fv-entrance',
  changeDetection: ChangeDetectionStrategy.OnPush,
  imports: [Icon, Mark],
  template: `
    <main>
      <header>
        <fv-mark [size]="40" />
        <span class="name">Fovea</span>
      </header>
      <ng-content />
      <footer>
        <p class="quiet">Six questions about every photo and video:</p>
        <ul>
          @for (answer of answers; track answer.key) {
            <li [style.color]="answer.colour">
              <fv-icon [name]="answer.icon" [size]="15" /><span>{{ answer.label.toLowerCase() }}</span>
            </li>
          }
        </ul>
      </footer>
    </main>
  `,
  styles: `
    :host {
      display: grid;
      place-items: center;
      height: 100%;
      overflow-y: auto;
      padding: 24px;
    }
    main {
      display: grid;
      gap: 28px;
      width: min(400px, 100%);
    }
    header {
      display: flex;
      align-items: center;
      gap: 12px;
    }
    .name {
      font-size: 28px;
      font-weight: 680;
      letter-spacing: -0.03em;
    }
    footer {
      display: grid;
      gap: 8px;
      padding-top: 20px;
      border-top: 1px solid var(--line);
    }
    ul {
      display: flex;
      flex-wrap: wrap;
      justify-content: space-between;
      gap: 6px 8px;
    }
    @media (max-width: 420px) {
      ul {
        display: grid;
        grid-template-columns: repeat(3, auto);
      }
    }
    li {
      display: inline-flex;
      font-size: var(--size-small);
      align-items: center;
      gap: 5px;
    }
  `,
})
export class Entrance {
  protected readonly answers = ANSWERS;
}
