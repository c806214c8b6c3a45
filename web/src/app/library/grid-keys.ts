/** Arrow keys in a grid of links: left and right in reading order, up and down to the nearest in the next row. */
export function moveInGrid(event: KeyboardEvent, grid: HTMLElement): void {
  const here = document.activeElement;
  if (!(here instanceof HTMLElement) || !here.matches('[data-asset]') || !grid.contains(here)) return;
  const links = [...grid.querySelectorAll<HTMLElement>('[data-asset]')];
  const at = links.indexOf(here);
  const moves: Partial<Record<string, () => HTMLElement | undefined>> = {
    ArrowRight: () => links[at + 1],
    ArrowLeft: () => links[at - 1],
    ArrowDown: () => nearest(links.slice(at + 1), here, 1),
    ArrowUp: () => nearest(links.slice(0, at).reverse(), here, -1),
  };
  const target = moves[event.key]?.();
  if (!target) return;
  event.preventDefault();
  target.focus();
}

function nearest(candidates: HTMLElement[], here: HTMLElement, direction: 1 | -1): HTMLElement | undefined {
  const from = here.getBoundingClientRect();
  const middle = (from.left + from.right) / 2;
  let row: number | null = null;
  let best: HTMLElement | undefined;
  let distance = Infinity;
  for (const candidate of candidates) {
    const box = candidate.getBoundingClientRect();
    if ((box.top - from.top) * direction < 8) continue;
    row ??= box.top;
    if (Math.abs(box.top - row) > 8) break;
    const away = Math.abs((box.left + box.right) / 2 - middle);
    if (away < distance) {
      distance = away;
      best = candidate;
    }
  }
  return best;
}
