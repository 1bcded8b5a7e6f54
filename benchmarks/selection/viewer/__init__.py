"""The viewer: an hls.js-like player, and a courier that carries plans out."""
