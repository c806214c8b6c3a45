"""Pure rules of Fovea: values, geometry, time and text. No input, no output, no clock, no configuration."""
