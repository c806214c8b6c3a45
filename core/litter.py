"""What systems, network disks and programs leave beside photos: nobody's picture, and left aside quietly."""

import re

_FOLDERS = {
    *("@eadir", "#recycle", "#snapshot", "@tmp", "@recycle", "@recently-snapshot", ".@__thumb", "@__thumb"),
    *("$recycle.bin", "recycler", "system volume information", "lost+found"),
    *("__macosx", ".trashes", ".trash", ".spotlight-v100", ".fseventsd", ".temporaryitems", ".appledouble"),
    *(".thumbnails", ".thumbs", ".trashed", ".@upload_cache", ".stfolder", ".stversions", ".dtrash"),
}
_FOLDER_ENDINGS = (".lrdata", ".lrcat-data", ".cocatalogdb")
_FILES = {
    *("thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "icon\r", "autorun.inf"),
    *("picasa.ini", "zbthumbnail.info", "albumart.pamp", "synoindex_media_info", "dcim.ind"),
    *("print-subscriptions.json", "shared_album_comments.json", "user-generated-memory-titles.json"),
    *("readme", "readme.txt", "readme.md", "license", "license.txt", "copying", "archive_browser.html"),
    *("sfv.db", "pspbrwse.jbf", "mdb.bk", "mdb.ctg"),
}
# Apple's edits; Lightroom's catalogues; thumbnails and proxies that cameras make for their own screens; links;
# what streams of other file systems become; settings of RawTherapee, ART, DxO, Capture One, ON1, Nikon and Sony;
# tables of AVCHD and DVDs.
_ENDINGS = (
    *(".aae", ".lrcat", ".lrprev", ".lrsmcol", ".thm", ".lrv", ".lrf", ".ctg", ".ithmb", ".tmp"),
    *(".lnk", ".url", ".webloc", "@synoeastream", "@synoresource", ":zone.identifier", "thumbs.db:encryptable"),
    *(".pp3", ".arp", ".dop", ".cos", ".cot", ".on1", ".nksc", ".moff", ".modd"),
    *(".bdm", ".mpl", ".cpi", ".tdt", ".tid", ".ifo", ".bup"),
)
# Sony's cards: one beside each film, which has the same in it.
_BESIDE_FILMS = re.compile(r"c\d{4}m\d\d\.xml|mediapro\.xml")


def is_litter_folder(name: str) -> bool:
    """Whether nothing in a folder of this name was ever put there by a person."""
    low = name.lower()
    return low in _FOLDERS or low.endswith(_FOLDER_ENDINGS)


def is_litter(name: str) -> bool:
    """Whether a file of this name is one that nobody looks for."""
    low = name.lower()
    return (
        low.startswith(".") or low in _FILES or low.endswith(_ENDINGS) or _BESIDE_FILMS.fullmatch(low) is not None
    )


def is_below_litter(path: str) -> bool:
    """`is_litter` and `is_litter_folder` for a path with "/" between its parts."""
    *folders, name = path.split("/")
    return is_litter(name) or any(is_litter_folder(each) for each in folders)
