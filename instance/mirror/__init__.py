"""A mirror of one instance's public videos on any machine: `mirrorwise mirror`.

It reads PeerTube's public API, copies HLS files, checks each against the list of digests before
it is served, and needs neither PeerTube nor a service of this program beside it.
"""
