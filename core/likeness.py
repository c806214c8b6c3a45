"""How sure it is that two faces are one person's."""

import math


def same_person_probability(cosine: float) -> float:
    """Probability 0..1 that two faces with this cosine of their SFace vectors belong to one person.

    P = σ(30.3·cos − 9.1), a logistic fitted to 189 known persons and 1,259 strangers of Labeled Faces in the
    Wild (SFace 2021dec on YuNet's points) with as many same as different pairs: even chances lie at cos .30.
    It holds for two faces picked at random. Against a library of many persons the chance of a stranger's
    face coming close grows with their number; naming therefore starts at cos .45 (P .99), suggesting at .40.
    """
    return 1.0 / (1.0 + math.exp(-(30.3 * max(-1.0, min(1.0, cosine)) - 9.1)))
