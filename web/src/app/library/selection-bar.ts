import { ChangeDetectionStrategy, Component, inject, signal } from '@angular/core';
import { RouterLink } from '@angular/router';

import { Icon } from '../answer/icon';
import { counted } from '../wording/amounts';
import { BulkEdit } from './bulk-edit';
import { Selection } from './selection';

/** What can be done with the picked pictures, and what was done last, with its way back. */
@Component({
  selector: 'fv-selection-bar',
  changeDetection: ChangeDetectionStrategy.OnPush,
  imports: [Icon, RouterLink],
  templateUrl: './selection-bar.html',
  styleUrl: './selection-bar.css',
})
export class SelectionBar {
  protected readonly selection = inject(Selection);
  protected readonly bulk = inject(BulkEdit);
  protected readonly counted = counted;
  protected readonly tag = signal('');

  protected async addTag(event: Event): Promise<void> {
    event.preventDefault();
    const tag = this.tag().trim();
    if (!tag) return;
    await this.bulk.addTag(tag);
    this.tag.set('');
  }
}
