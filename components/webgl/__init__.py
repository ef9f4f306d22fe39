"""The host of WebGL builds, which Unity panels fetch from other origins: nginx with the right headers."""
