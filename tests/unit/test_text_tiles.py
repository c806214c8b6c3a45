"""Looking at large pictures in tiles: no seam, no tile larger than a preview."""

import numpy as np
import pytest
from numpy.typing import NDArray

from core.findings import Picture
from engines.text_tiles import joined_map, look_side


@pytest.mark.parametrize(("height", "width"), [(2048, 2048), (32, 6016), (4320, 1024), (640, 1440), (2016, 2016)])
def test_every_place_comes_back_where_it_was(height: int, width: int) -> None:
    picture = np.random.default_rng(3).integers(0, 256, (height, width, 3), dtype=np.uint8)
    seen: list[tuple[int, ...]] = []

    def look(part: Picture) -> NDArray[np.float32]:
        seen.append(part.shape)
        return part[None, None, :, :, 0].astype(np.float32)

    joined = joined_map(look, picture)
    assert joined.shape == (1, 1, height, width)
    assert np.array_equal(joined[0, 0], picture[:, :, 0])
    assert all(side % 32 == 0 and side <= 2016 for shape in seen for side in shape[:2])


def test_what_lies_on_a_seam_is_seen_with_its_surroundings() -> None:
    """Each value as the mean of 31 pixels across: near a cut it would lack half of them."""
    picture = np.random.default_rng(4).integers(0, 256, (32, 4320, 3), dtype=np.uint8)

    def look(part: Picture) -> NDArray[np.float32]:
        grey = part[:, :, 0].astype(np.float32)
        padded = np.pad(grey, ((0, 0), (15, 15)))
        return np.stack([padded[:, at : at + grey.shape[1]] for at in range(31)]).mean(axis=0)[None, None]

    assert np.allclose(joined_map(look, picture), look(picture), atol=1e-3)


def test_a_quick_look_grows_with_the_picture() -> None:
    assert look_side(640, 900) == look_side(640, 1440) == 640
    assert look_side(640, 4320) == 1920
