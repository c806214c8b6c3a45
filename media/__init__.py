"""Files: the store of originals, decoding, previews, ExifTool, ffmpeg and model weights."""
