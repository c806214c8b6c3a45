"""Models. One file per engine; heavy packages are imported only when one is loaded."""
