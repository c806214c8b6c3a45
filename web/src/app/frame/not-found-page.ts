import { ChangeDetectionStrategy, Component } from '@angular/core';
import { RouterLink } from '@angular/router';

@Component({
  selector: 'fv-not-found-page',
  changeDetection: ChangeDetectionStrategy.OnPush,
  imports: [RouterLink],
  template: `
    <div class="empty">
      <h1>There is no such page</h1>
      <p>The address may be mistyped, or the page has moved. Nothing in the library is lost.</p>
      <a class="button" routerLink="/">Go to the library</a>
    </div>
  `,
  styles: `
    :host {
      display: grid;
      height: 100%;
    }
  `,
})
export class NotFoundPage {}
