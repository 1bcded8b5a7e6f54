"""The simulated viewer: an hls.js-like player, and the courier that carries plans out."""
