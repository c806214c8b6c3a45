"""The processes that `fovea up` consists of: started, watched and stopped together."""
