"""What made-up libraries are made of: towns, cameras, lenses, things, words, blurred pictures."""

import random

import numpy as np

from core.placeholder import thumbhash
from engines.coco import NAMES

THINGS = tuple(name for name in NAMES if name != "person")

_TOWNS = """
Lisbon,Lisboa,Portugal,38.72,-9.14;Porto,Porto,Portugal,41.15,-8.61;Madrid,Madrid,Spain,40.42,-3.70
Barcelona,Catalonia,Spain,41.39,2.16;Seville,Andalusia,Spain,37.39,-5.99
Paris,Île-de-France,France,48.86,2.35;Lyon,Auvergne-Rhône-Alpes,France,45.76,4.84
Berlin,Berlin,Germany,52.52,13.41;Munich,Bavaria,Germany,48.14,11.58;Hamburg,Hamburg,Germany,53.55,9.99
Vienna,Vienna,Austria,48.21,16.37;Salzburg,Salzburg,Austria,47.80,13.04;Zürich,Zürich,Switzerland,47.37,8.54
Rome,Lazio,Italy,41.90,12.50;Venice,Veneto,Italy,45.44,12.33;Naples,Campania,Italy,40.85,14.27
London,England,United Kingdom,51.51,-0.13;Oxford,England,United Kingdom,51.75,-1.26
Edinburgh,Scotland,United Kingdom,55.95,-3.19;Dublin,Leinster,Ireland,53.33,-6.25
Oslo,Oslo,Norway,59.91,10.75;Stockholm,Stockholm,Sweden,59.33,18.07
Copenhagen,Capital Region,Denmark,55.68,12.57;Prague,Prague,Czechia,50.09,14.42
Kraków,Lesser Poland,Poland,50.06,19.94;Budapest,Budapest,Hungary,47.50,19.04
Athens,Attica,Greece,37.98,23.73;Istanbul,Istanbul,Turkey,41.01,28.98;Cairo,Cairo,Egypt,30.04,31.24
Marrakesh,Marrakesh-Safi,Morocco,31.63,-8.00;Cape Town,Western Cape,South Africa,-33.93,18.42
Nairobi,Nairobi,Kenya,-1.29,36.82;Delhi,Delhi,India,28.65,77.23;Mumbai,Maharashtra,India,19.07,72.88
Bangkok,Bangkok,Thailand,13.75,100.50;Hanoi,Hanoi,Vietnam,21.02,105.84;Tokyo,Tokyo,Japan,35.69,139.69
Kyoto,Kyoto,Japan,35.02,135.75;Seoul,Seoul,South Korea,37.57,126.98;Beijing,Beijing,China,39.91,116.40
Shanghai,Shanghai,China,31.22,121.46;Sydney,New South Wales,Australia,-33.87,151.21
Adelaide,South Australia,Australia,-34.93,138.60;Auckland,Auckland,New Zealand,-36.85,174.76
Suva,Central,Fiji,-18.14,178.44;New York City,New York,United States,40.71,-74.01
Oakland,California,United States,37.80,-122.27;Los Angeles,California,United States,34.05,-118.24
Toronto,Ontario,Canada,43.70,-79.42;Mexico City,Mexico City,Mexico,19.43,-99.13;Lima,Lima,Peru,-12.04,-77.03
Buenos Aires,Buenos Aires,Argentina,-34.61,-58.38;Rio de Janeiro,Rio de Janeiro,Brazil,-22.91,-43.18
Reykjavík,Capital Region,Iceland,64.14,-21.90
"""
TOWNS = tuple(
    (name, admin, country, float(lat), float(lon))
    for name, admin, country, lat, lon in (
        town.split(",") for line in _TOWNS.strip().splitlines() for town in line.split(";")
    )
)
"""Name, region, country, latitude, longitude; the first are the most common."""

CAMERAS = (
    ("Apple", "iPhone 12"), ("Apple", "iPhone 6s"), ("Canon", "Canon EOS R6"), ("Google", "Pixel 7"),
    ("Samsung", "SM-G991B"), ("NIKON CORPORATION", "NIKON D750"), ("Apple", "iPhone 4S"), ("SONY", "ILCE-7M3"),
    ("Canon", "Canon PowerShot S90"), ("FUJIFILM", "X-T3"), ("Panasonic", "DMC-LX100"), ("GoPro", "HERO9 Black"),
)  # fmt: skip
LENSES = (
    "RF24-105mm F4 L IS USM", "EF50mm f/1.8 STM", "FE 35mm F1.8", "XF23mmF2 R WR", "EF100mm f/2.8L Macro IS USM",
    "AF-S Nikkor 24-70mm f/2.8G ED", "FE 85mm F1.4 GM", "RF15-35mm F2.8 L IS USM",
)  # fmt: skip

_ENGLISH = """
summer winter garden beach mountain river bridge castle church market street station airport hotel
restaurant coffee breakfast dinner wedding birthday party concert museum painting sculpture library school
university hospital office sunset sunrise cloud rain snow ice storm rainbow forest tree flower leaf grass
field farm village city harbour island lake ocean wave sand rock cliff waterfall volcano desert path road
tunnel tower palace square fountain statue temple puppy kitten fish shark whale eagle owl swan duck frog
snake spider butterfly bee rabbit squirrel fox wolf lion tiger bread cheese wine beer tea chocolate soup
salad pasta rice meat egg fruit lemon grape cherry strawberry tomato potato guitar piano violin drum trumpet
camera telephone computer screen window door roof wall floor stairs lamp candle mirror curtain carpet shirt
dress shoe hat coat glove scarf ring necklace watch ticket passport map letter newspaper open closed exit
entrance sale free menu parking danger warning private toilets information platform departure arrival police
ambulance fire emergency welcome thank you please happy new year love peace freedom country people
"""


def _invented(count: int) -> list[str]:
    """Words as of some other language, always the same ones."""
    chance = random.Random(7)  # noqa: S311 (no secrets)
    starts, ends = (
        ("b", "br", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "st", "t", "v"),
        ("", "n", "r", "s"),
    )
    made: dict[str, None] = {}
    while len(made) < count:
        parts = [chance.choice(starts) + chance.choice("aeiou") for _ in range(chance.randint(2, 4))]
        made["".join(parts) + chance.choice(ends)] = None
    return list(made)


WORDS = (*_ENGLISH.split(), *_invented(30_000))
"""The first are the most common."""

_COLOURS = np.random.default_rng(7)
PLACEHOLDERS = tuple(
    thumbhash(_COLOURS.integers(0, 256, (3, 4, 3)).repeat(24, 0).repeat(25, 1).astype(np.uint8))
    for _ in range(100)
)
"""Of pictures of four by three patches of colour."""
