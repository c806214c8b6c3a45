import { HEADING_PX, TimelineLayout, bandAt } from './timeline-layout';

/** A rectangle in pixels of the page that scrolls. */
export interface PageArea {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** Ids of the pictures that a rectangle touches, in the order of the page. */
export function tilesWithin({ bands }: TimelineLayout, area: PageArea): number[] {
  const found: number[] = [];
  for (let at = bandAt(bands, area.top); at < bands.length; at += 1) {
    const band = bands[at];
    if (!band || band.top_px > area.bottom) break;
    for (const block of band.blocks) {
      for (const row of block.rows) {
        const top = band.top_px + HEADING_PX + row.top_px;
        if (top > area.bottom || top + row.height_px < area.top) continue;
        for (const tile of row.tiles) {
          const left = block.left_px + tile.left_px;
          const asset = block.assets[tile.index];
          if (asset && left <= area.right && left + tile.width_px >= area.left) found.push(asset.id);
        }
      }
    }
  }
  return found;
}
