import { CdkFixedSizeVirtualScroll, CdkVirtualForOf, CdkVirtualScrollViewport } from '@angular/cdk/scrolling';
import { ChangeDetectionStrategy, Component, computed, inject, signal } from '@angular/core';
import { RouterLink } from '@angular/router';

import { Icon } from '../answer/icon';
import { bytes, counted } from '../wording/amounts';
import { Upload, UploadQueue } from './upload-queue';

/** What is on its way in: the whole, and each file with its state, reason and retry. */
@Component({
  selector: 'fv-upload-panel',
  changeDetection: ChangeDetectionStrategy.OnPush,
  imports: [CdkFixedSizeVirtualScroll, CdkVirtualForOf, CdkVirtualScrollViewport, Icon, RouterLink],
  templateUrl: './upload-panel.html',
  styleUrl: './upload-panel.css',
})
export class UploadPanel {
  protected readonly queue = inject(UploadQueue);
  protected readonly open = signal(true);
  protected readonly rows_px = computed(() => Math.min(6, this.queue.uploads().length) * 48);
  protected readonly share = computed(() => {
    const total = this.queue.total_bytes();
    if (this.queue.busy()) return total === 0 ? 0 : Math.min(0.99, this.queue.handled_bytes() / total);
    return 1;
  });
  protected readonly headline = computed(() => {
    const counts = this.queue.counts();
    const left = counts.waiting + counts.sending;
    if (left > 0) return `Uploading ${counted(left, 'file')}`;
    const missing = counts.failed + counts.refused;
    if (missing > 0) return `${counted(missing, 'file')} not uploaded`;
    return 'Upload finished';
  });
  protected readonly summary = computed(() => {
    const counts = this.queue.counts();
    const parts = [`${bytes(this.queue.sent_bytes())} of ${bytes(this.queue.total_bytes())}`];
    if (counts.new) parts.push(`${counts.new} new`);
    if (counts.known) parts.push(`${counts.known} already there`);
    if (counts.refused) parts.push(`${counts.refused} refused`);
    if (counts.failed) parts.push(`${counts.failed} failed`);
    return parts.join(' · ');
  });

  protected trackUpload(_at: number, upload: Upload): number {
    return upload.id;
  }

  protected words(upload: Upload): string {
    switch (upload.state()) {
      case 'waiting':
        return `waiting · ${bytes(upload.file.size)}`;
      case 'sending':
        return this.sendingWords(upload);
      case 'new':
        return 'stored';
      case 'known':
        return 'already there';
      case 'refused':
        return `refused: ${withoutName(upload.problem() ?? 'not a photo or video', upload.path)}`;
      case 'failed':
        return upload.problem() ?? 'failed';
    }
  }

  private sendingWords(upload: Upload): string {
    const sent = upload.sent_bytes();
    if (sent >= upload.file.size) return 'being stored';
    return `${bytes(sent)} of ${bytes(upload.file.size)}`;
  }
}

/** Reasons begin with the name of the file, which stands above already. */
function withoutName(reason: string, path: string): string {
  const name = `${path.slice(path.lastIndexOf('/') + 1)}: `;
  return reason.startsWith(name) ? reason.slice(name.length) : reason;
}
