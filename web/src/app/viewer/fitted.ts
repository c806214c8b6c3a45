/** Small pictures are shown at most this much enlarged. */
const MOST_ENLARGED = 2;

/** The size at which a picture fits a stage whole. */
export function fitted(
  picture: { width: number; height: number },
  stage: { width: number; height: number },
): { width: number; height: number } {
  const scale = Math.min(stage.width / picture.width, stage.height / picture.height, MOST_ENLARGED);
  return { width: Math.round(picture.width * scale), height: Math.round(picture.height * scale) };
}
