import { ChangeDetectionStrategy, Component, computed, input } from '@angular/core';
import {
  Activity,
  ArchiveRestore,
  ArrowLeft,
  ArrowRight,
  Bookmark,
  Box,
  Calendar,
  Check,
  ChevronDown,
  ChevronUp,
  CircleAlert,
  Download,
  Flame,
  FolderInput,
  Image,
  Images,
  Info,
  Keyboard,
  Map as MapFold,
  MapPin,
  Mic,
  Minus,
  Pause,
  Play,
  Plus,
  RotateCcw,
  Search,
  Settings,
  Shapes,
  SquareDashed,
  Star,
  Tag,
  Text,
  Trash2,
  TriangleAlert,
  Type,
  Upload,
  User,
  Video,
  Volume2,
  VolumeX,
  X,
} from 'lucide';

const ICONS = {
  activity: Activity,
  back: ArrowLeft,
  forward: ArrowRight,
  box: Box,
  when: Calendar,
  check: Check,
  down: ChevronDown,
  up: ChevronUp,
  alert: CircleAlert,
  download: Download,
  folder: FolderInput,
  photo: Image,
  library: Images,
  info: Info,
  map: MapFold,
  where: MapPin,
  said: Mic,
  pause: Pause,
  play: Play,
  plus: Plus,
  retry: RotateCcw,
  search: Search,
  settings: Settings,
  what: Shapes,
  area: SquareDashed,
  heat: Flame,
  star: Star,
  tag: Tag,
  lines: Text,
  remove: Trash2,
  warning: TriangleAlert,
  written: Type,
  upload: Upload,
  who: User,
  video: Video,
  sound: Volume2,
  silent: VolumeX,
  saved: Bookmark,
  keys: Keyboard,
  minus: Minus,
  restore: ArchiveRestore,
  close: X,
} as const;

export type IconName = keyof typeof ICONS;

/** A line icon in the colour of the text around it; decoration only, the words beside it carry the meaning. */
@Component({
  selector: 'fv-icon',
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <svg
      viewBox="0 0 24 24"
      aria-hidden="true"
      fill="none"
      stroke="currentColor"
      stroke-width="1.8"
      stroke-linecap="round"
      stroke-linejoin="round"
      [attr.width]="size()"
      [attr.height]="size()"
    >
      @for (part of parts(); track $index) {
        @switch (part.shape) {
          @case ('path') {
            <svg:path [attr.d]="part.of['d']" />
          }
          @case ('circle') {
            <svg:circle [attr.cx]="part.of['cx']" [attr.cy]="part.of['cy']" [attr.r]="part.of['r']" />
          }
          @case ('line') {
            <svg:line
              [attr.x1]="part.of['x1']"
              [attr.x2]="part.of['x2']"
              [attr.y1]="part.of['y1']"
              [attr.y2]="part.of['y2']"
            />
          }
          @case ('rect') {
            <svg:rect
              [attr.x]="part.of['x']"
              [attr.y]="part.of['y']"
              [attr.width]="part.of['width']"
              [attr.height]="part.of['height']"
              [attr.rx]="part.of['rx']"
            />
          }
          @case ('polyline') {
            <svg:polyline [attr.points]="part.of['points']" />
          }
          @case ('polygon') {
            <svg:polygon [attr.points]="part.of['points']" />
          }
        }
      }
    </svg>
  `,
  styles: `
    :host {
      display: inline-flex;
      flex: none;
    }
  `,
})
export class Icon {
  readonly name = input.required<IconName>();
  readonly size = input(18);
  protected readonly parts = computed(() => ICONS[this.name()].map(([shape, of]) => ({ shape, of })));
}
