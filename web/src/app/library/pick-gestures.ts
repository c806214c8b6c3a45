import { PageArea } from './tiles-within';

/** What the gestures lead to. */
export interface Picker {
  isPicking(): boolean;
  /** One picture more or less; `extend`: all from the one before to this one. */
  pick(id: number, extend: boolean): void;
  /** A rectangle is being drawn over the page; null when it is finished. */
  draw(area: PageArea | null): void;
}

const DRAG_PX = 6;
const HOLD_MS = 450;
const EDGE_PX = 48;

/**
 * Picking pictures by hand: Shift and a click, a rectangle drawn with the mouse, a long touch. While pictures are picked
 * a plain click picks, too. `page` is what moves inside the scrolling element; rectangles count from its corner.
 */
export class PickGestures {
  private start: { x: number; y: number } | null = null;
  private pointer = { x: 0, y: 0 };
  private isDrawing = false;
  private swallowClick = false;
  private held: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly scroller: HTMLElement,
    private readonly page: HTMLElement,
    private readonly picker: Picker,
  ) {}

  /** Begins to listen; the answer ends it. */
  listen(): () => void {
    const end = new AbortController();
    const { signal } = end;
    // captured: a link must not follow a click that picks
    this.scroller.addEventListener('click', (event) => this.onClick(event), { capture: true, signal });
    this.scroller.addEventListener('pointerdown', (event) => this.onDown(event), { signal });
    this.scroller.addEventListener('dragstart', (event) => event.preventDefault(), { signal });
    document.addEventListener('pointermove', (event) => this.onMove(event), { signal });
    document.addEventListener('pointerup', () => this.finish(), { signal });
    document.addEventListener('pointercancel', () => this.finish(), { signal });
    return () => {
      end.abort();
      this.finish();
    };
  }

  private onClick(event: MouseEvent): void {
    const id = pictureOf(event.target);
    const picks = id !== null && (event.shiftKey || this.picker.isPicking()) && !event.ctrlKey && !event.metaKey;
    if (!this.swallowClick && !picks) return;
    event.preventDefault();
    event.stopPropagation();
    if (!this.swallowClick && id !== null) this.picker.pick(id, event.shiftKey);
    this.swallowClick = false;
  }

  private onDown(event: PointerEvent): void {
    this.swallowClick = false;
    if (event.button !== 0) return;
    const id = pictureOf(event.target);
    this.start = this.pointer = { x: event.clientX, y: event.clientY };
    if (event.pointerType === 'mouse') {
      this.start = this.onPage();
    } else if (id !== null) {
      this.held = setTimeout(() => {
        this.swallowClick = true;
        this.picker.pick(id, false);
      }, HOLD_MS);
    }
  }

  private onMove(event: PointerEvent): void {
    if (!this.start) return;
    const moved = { x: event.clientX, y: event.clientY };
    if (event.pointerType !== 'mouse') {
      if (Math.hypot(moved.x - this.start.x, moved.y - this.start.y) > DRAG_PX) clearTimeout(this.held);
      return;
    }
    this.pointer = moved;
    const at = this.onPage();
    if (!this.isDrawing && Math.hypot(at.x - this.start.x, at.y - this.start.y) > DRAG_PX) {
      this.isDrawing = true;
      requestAnimationFrame(() => this.follow());
    }
    if (this.isDrawing) this.report();
  }

  /** Near the upper or lower edge the page moves along. */
  private follow(): void {
    if (!this.isDrawing) return;
    const { top, bottom } = this.scroller.getBoundingClientRect();
    const over = Math.min(0, this.pointer.y - top - EDGE_PX) + Math.max(0, this.pointer.y - bottom + EDGE_PX);
    if (over !== 0) {
      this.scroller.scrollTop += over / 3;
      this.report();
    }
    requestAnimationFrame(() => this.follow());
  }

  private report(): void {
    const at = this.onPage();
    const from = this.start ?? at;
    this.picker.draw({
      left: Math.min(from.x, at.x),
      right: Math.max(from.x, at.x),
      top: Math.min(from.y, at.y),
      bottom: Math.max(from.y, at.y),
    });
  }

  private finish(): void {
    clearTimeout(this.held);
    this.start = null;
    if (!this.isDrawing) return;
    this.isDrawing = false;
    this.swallowClick = true;
    this.picker.draw(null);
  }

  private onPage(): { x: number; y: number } {
    const { left, top } = this.page.getBoundingClientRect();
    return { x: this.pointer.x - left, y: this.pointer.y - top };
  }
}

/** The picture whose tile something belongs to; null besides. */
function pictureOf(target: EventTarget | null): number | null {
  const link = target instanceof Element ? target.closest('fv-tile')?.querySelector('[data-asset]') : null;
  return link ? Number(link.getAttribute('data-asset')) : null;
}
