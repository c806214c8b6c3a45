"""Dates out of file names."""

import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.file_dates import NameTime, time_of_name

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def found(name: str) -> tuple[str, str] | None:
    time = time_of_name(name, NOW)
    return None if time is None else (time.wall.isoformat() + ("Z" if time.utc else ""), time.precision)


@pytest.mark.parametrize(
    ("name", "wall"),
    [
        ("PXL_20210705_143000123.jpg", "2021-07-05T14:30:00.123000Z"),
        ("PXL_20210705_143000123.MP.jpg", "2021-07-05T14:30:00.123000Z"),
        ("PXL_20210705_143000123~2.jpg", "2021-07-05T14:30:00.123000Z"),
        ("IMG_20210503_123045.jpg", "2021-05-03T12:30:45"),
        ("IMG_20210503_123045_1.jpg", "2021-05-03T12:30:45"),
        ("IMG_20210503_123045678_HDR.jpg", "2021-05-03T12:30:45.678000"),
        ("VID_20210503_123045.mp4", "2021-05-03T12:30:45"),
        ("MVIMG_20210503_123045.jpg", "2021-05-03T12:30:45"),
        ("PANO_20210503_123045.jpg", "2021-05-03T12:30:45"),
        ("20210503_123045.jpg", "2021-05-03T12:30:45"),
        ("20210503_123045(0).jpg", "2021-05-03T12:30:45"),
        ("20210503-123045.m2ts", "2021-05-03T12:30:45"),
        ("20210503T123045Z.jpg", "2021-05-03T12:30:45Z"),
        ("DSC_20210503123045.jpg", "2021-05-03T12:30:45"),
        ("DJI_20210503123045_0001_D.MP4", "2021-05-03T12:30:45"),
        ("00003IMG_00003_BURST20180503123045123_COVER.jpg", "2018-05-03T12:30:45.123000"),
        ("Screenshot_20210503-123045.png", "2021-05-03T12:30:45"),
        ("Screenshot_20210503-123045_Maps.png", "2021-05-03T12:30:45"),
        ("Screenshot_20210503_123045_com.android.chrome.jpg", "2021-05-03T12:30:45"),
        ("Screenshot_2021-05-03-12-30-45-678_com.whatsapp.png", "2021-05-03T12:30:45.678000"),
        ("Screenshot 2021-05-03 at 12.30.45.png", "2021-05-03T12:30:45"),
        ("Screenshot 2021-05-03 at 1.30.45 PM.png", "2021-05-03T13:30:45"),
        ("Screenshot 2021-05-03 at 12.30.45\u202fAM.png", "2021-05-03T00:30:45"),
        ("Bildschirmfoto 2021-05-03 um 12.30.45.png", "2021-05-03T12:30:45"),
        ("Capture d’écran 2021-05-03 à 12.30.45.png", "2021-05-03T12:30:45"),
        ("Skærmbillede 2021-05-03 kl. 12.30.45.png", "2021-05-03T12:30:45"),
        ("Screenshot 2021-05-03 123045.png", "2021-05-03T12:30:45"),
        ("WhatsApp Image 2021-05-03 at 12.30.45.jpeg", "2021-05-03T12:30:45"),
        ("WhatsApp Image 2021-05-03 at 12.30.45 (1).jpeg", "2021-05-03T12:30:45"),
        ("WhatsApp Video 2021-05-03 at 9.30.45 AM.mp4", "2021-05-03T09:30:45"),
        ("signal-2021-05-03-123045.jpg", "2021-05-03T12:30:45"),
        ("signal-2021-05-03-12-30-45-678.jpg", "2021-05-03T12:30:45.678000"),
        ("signal-2021-05-03-12-30-45-678-1.jpg", "2021-05-03T12:30:45.678000"),
        ("photo_2021-05-03_12-30-45.jpg", "2021-05-03T12:30:45"),
        ("2021-05-03 12.30.45.jpg", "2021-05-03T12:30:45"),
        ("2021-05-03 12.30.45-1.jpg", "2021-05-03T12:30:45"),
        ("2021-05-03 12.30.45", "2021-05-03T12:30:45"),
        ("2021-05-03_12-30-45 Ostsee.jpg", "2021-05-03T12:30:45"),
        ("WIN_20210503_12_30_45_Pro.jpg", "2021-05-03T12:30:45"),
        ("WP_20150503_12_30_45_Pro.jpg", "2015-05-03T12:30:45"),
        ("FB_IMG_1467012345678.jpg", "2016-06-27T07:25:45.678000Z"),
        ("mmexport1467012345678.jpg", "2016-06-27T07:25:45.678000Z"),
    ],
)
def test_moments(name: str, wall: str) -> None:
    assert found(name) == (wall, "second")


@pytest.mark.parametrize(
    "name",
    [
        "스크린샷 2024-05-03 오후 3.30.15.png",
        "截屏2024-05-03 下午3.30.15.png",
        "螢幕截圖 2024-05-03 下午3.30.15.png",
        "屏幕截图 2024-05-03 153015.png",
        "スクリーンショット 2024-05-03 15.30.15.png",
        "スクリーンショット 2024-05-03 午後3.30.15.png",
        "Captura de pantalla 2024-05-03 a la(s) 3.30.15 p. m..png",
        "Captura de pantalla 2024-05-03 a las 15.30.15.png",
        "Captura de Tela 2024-05-03 às 15.30.15.png",
        "Captura de ecrã 2024-05-03, às 15.30.15.png",
        "Screen Shot 2024-05-03 at 3.30.15 p.m..png",
        "Στιγμιότυπο 2024-05-03, 3.30.15 μ.μ..png",
        "Ảnh màn hình 2024-05-03 lúc 15.30.15.png",
        "Ảnh chụp màn hình 2024-05-03 lúc 3.30.15 CH.png",
        "ภาพถ่ายหน้าจอ 2567-05-03 เวลา 15.30.15.png",
        "لقطة شاشة ٢٠٢٤-٠٥-٠٣ في ٣.٣٠.١٥ م.png",
        "צילום מסך 2024-05-03 ב-15.30.15.png",
        "स्क्रीनशॉट 2024-05-03 को 3.30.15 PM.png",
        "Näyttökuva 2024-5-3 kello 15.30.15.png",
        "Ekran Resmi 2024-05-03 ÖS 3.30.15.png",
        "Képernyőfotó 2024-05-03 - 15.30.15.png",
        "Cuplikan Layar 2024-05-03 pukul 15.30.15.png",
        "Petikan Skrin 2024-05-03 pada 3.30.15 PTG.png",
        "Imagem do WhatsApp de 2024-05-03 à(s) 15.30.15_abcdef12.jpg",
        "Imagen de WhatsApp 2024-05-03 a las 15.30.15_hash1234.jpg",
        "WhatsApp Görsel 2024-05-03 saat 15.30.15_1.jpg",
        "photo_5@03-05-2024_15-30-15.jpg",
        "video_2024-05-03_15-30-15.mp4",
        "Screenshot from 2024-05-03 15-30-15.png",
        "Bildschirmfoto vom 2024-05-03 15-30-15.png",
        "Capture d’écran du 2024-05-03 15-30-15.png",
        "Desktop Screenshot 2024.05.03 - 15.30.15.24.png",
        "Game 03.05.2024 15_30_15.png",
        "Game 5_3_2024 3_30_15 PM.png",
        "2024年5月3日 15時30分15秒.jpg",
        "2024년 5월 3일 오후 3시 30분 15초.jpg",
        "Screen Shot May 3, 2024 at 3.30.15 PM.png",
        "3 mai 2024 15.30.15.jpg",
    ],
)
def test_in_every_language(name: str) -> None:
    assert found(name) == ("2024-05-03T15:30:15", "second")
    assert found(unicodedata.normalize("NFD", name)) == ("2024-05-03T15:30:15", "second")  # as macOS keeps it


def test_before_noon_and_midnight() -> None:
    assert found("스크린샷 2024-05-03 오전 12.30.15.png") == ("2024-05-03T00:30:15", "second")
    assert found("螢幕截圖 2024-05-03 上午9.30.15.png") == ("2024-05-03T09:30:15", "second")
    assert found("IMG_20150822_240819.jpg") == ("2015-08-22T00:08:19", "second")


def test_months() -> None:
    assert found("Urlaub Juni 1978.jpg") == ("1978-06-01T00:00:00", "month")
    assert found("Marching 2019.jpg") is None


def test_minutes() -> None:
    assert found("2021-05-03 12.30 Hafen.jpg") == ("2021-05-03T12:30:00", "minute")
    assert found("2021-05-03 12h30.jpg") == ("2021-05-03T12:30:00", "minute")


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("IMG-20210503-WA0001.jpg", "2021-05-03"),
        ("VID-20210503-WA0001.mp4", "2021-05-03"),
        ("WP_20150503_001.jpg", "2015-05-03"),
        ("20210503.jpg", "2021-05-03"),
        ("2021-05-03.jpg", "2021-05-03"),
        ("2021-05-03 12-30 of 40.jpg", "2021-05-03"),
        ("1962-08-01 Oma in Wien.jpg", "1962-08-01"),
        ("Oma_1962.08.01_Wien.jpg", "1962-08-01"),
        ("2021-05-03 (12).jpg", "2021-05-03"),
        ("5. März 1978 Oma.jpg", "1978-03-05"),
        ("Foto 25-12-2021.jpg", "2021-12-25"),
    ],
)
def test_a_date_alone_invents_no_hour(name: str, day: str) -> None:
    assert found(name) == (f"{day}T00:00:00", "day")


@pytest.mark.parametrize(
    "name",
    [
        "",
        "IMG_1234.jpg",
        "DSC01234.JPG",
        "P1050120.JPG",
        "20219999.jpg",
        "2021-02-30.jpg",
        "2099-01-01 12.00.00.jpg",
        "1970-01-01.jpg",
        "12345678901234567890.jpg",
        "19620801.jpg",
        "a20190412f.jpg",
        "9f86d020190412123045b.jpg",
        "f20190412123045.jpg",
        "+4917020190412.jpg",
        "received_10153812345678901.jpeg",
        "2019-07-04 to 2019-07-11.jpg",
        "03-05-2021.jpg",
        "v2021.5.3.jpg",
        "20210503_12-30.jpg" * 40,
    ],
)
def test_what_is_no_date(name: str) -> None:
    assert found(name) is None


WALLS = st.datetimes(datetime(1990, 1, 1, 0, 0, 1), datetime(2026, 11, 19)).map(
    lambda wall: wall.replace(microsecond=0)
)
PATTERNS = [
    "IMG_{:%Y%m%d_%H%M%S}.jpg",
    "{:%Y-%m-%d %H.%M.%S}.jpg",
    "WhatsApp Image {:%Y-%m-%d at %H.%M.%S}.jpeg",
    "signal-{:%Y-%m-%d-%H%M%S}.mp4",
    "Screenshot_{:%Y-%m-%d-%H-%M-%S}-123_x.png",
    "VID{:%Y%m%d%H%M%S}.3gp",
]


@given(WALLS, st.sampled_from(PATTERNS))
def test_every_moment_is_read_back(wall: datetime, pattern: str) -> None:
    time = time_of_name(pattern.format(wall), NOW)
    assert time is not None
    assert (time.wall.replace(microsecond=0), time.precision, time.utc) == (wall, "second", False)


@given(WALLS.map(lambda wall: wall.replace(hour=0, minute=0, second=0)), st.text("abc _-(", max_size=5))
def test_every_day_is_read_back(day: datetime, more: str) -> None:
    assert time_of_name(f"IMG-{day:%Y%m%d}-WA0007.jpg", NOW) == NameTime(day, "day")
    assert time_of_name(f"{day:%Y-%m-%d} {more}.jpg", NOW) == NameTime(day, "day")


@given(st.text(max_size=400))
def test_any_name_is_answered(name: str) -> None:
    time = time_of_name(name, NOW)
    assert time is None or time.wall <= datetime(2026, 11, 22)


@given(st.from_regex(r"[0-9A-Za-z_ .:-]{0,60}", fullmatch=True))
def test_a_day_has_no_time_of_day(name: str) -> None:
    time = time_of_name(name, NOW)
    if time is not None and time.precision == "day":
        assert (time.wall.hour, time.wall.minute, time.wall.second) == (0, 0, 0)


def test_recordings_of_the_screen_on_ios() -> None:
    named = time_of_name("ScreenRecording_05-03-2024 15-30-15_1.MP4", NOW)
    assert named == NameTime(datetime(2024, 5, 3, 15, 30, 15), "second")
    assert time_of_name("RPReplay_Final1714742015.MP4", NOW) == NameTime(
        datetime(2024, 5, 3, 13, 13, 35), "second", utc=True
    )


def test_two_numbers_that_may_both_be_the_month_are_no_day() -> None:
    assert time_of_name("لقطة الشاشة ٣-٥-٢٠٢٤ في ٣.٣٠.١٥ م.png", NOW) is None


@pytest.mark.parametrize(
    ("name", "minute"),
    [
        ("Foto am 03.05.24 um 15.30 #2.jpg", "2024-05-03 15:30"),
        ("Photo on 5-3-24 at 3.30 PM.jpg", "2024-05-03 15:30"),
        ("Photo on 5-13-09 at 15.30.jpg", "2009-05-13 15:30"),
        ("Foto 03.05.24, 15 30 15.jpg", "2024-05-03 15:30"),
        ("Film am 03.05.1998 um 15.30.mov", "1998-05-03 15:30"),
        ("Photo on 5-3-24 at 15.30.jpg", None),  # either may be the month
        ("Kapitel 3.5.12 7.30.jpg", None),
        ("v 10.11.12 13.14.jpg", None),
    ],
)
def test_two_digits_for_the_year_beside_a_clock(name: str, minute: str | None) -> None:
    time = time_of_name(name, NOW)
    assert (time and f"{time.wall:%Y-%m-%d %H:%M}") == minute
