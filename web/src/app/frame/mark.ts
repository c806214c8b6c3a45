import { ChangeDetectionStrategy, Component, input } from '@angular/core';

/** The mark of Fovea: the rings of an eye and the pit of sharpest sight. */
@Component({
  selector: 'fv-mark',
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <svg viewBox="0 0 32 32" aria-hidden="true" [attr.width]="size()" [attr.height]="size()">
      <circle cx="16" cy="16" r="13" fill="none" stroke="var(--accent)" stroke-width="2.4" />
      <circle cx="16" cy="16" r="7.4" fill="none" stroke="var(--accent)" stroke-width="1.8" opacity="0.55" />
      <circle cx="16" cy="16" r="3" fill="var(--text)" />
    </svg>
  `,
  styles: `
    :host {
      display: inline-flex;
      flex: none;
    }
  `,
})
export class Mark {
  readonly size = input(28);
}
