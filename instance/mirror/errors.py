"""What can go wrong with an origin or a disk, by what is to be done about it."""


class Unanswered(Exception):  # noqa: N818 - it says a state, as HTTP 503 does
    """The origin does not answer, or not as PeerTube does: try again later."""


class Gone(Exception):  # noqa: N818 - it says a state, as HTTP 410 does
    """The origin says that no public video has this UUID: it is not kept any longer."""


class Changed(Exception):  # noqa: N818 - it says a state, as HTTP 409 does
    """A file is another than its playlist told: ask for the playlist again, later."""


class Refused(Exception):  # noqa: N818 - it says a state, as HTTP 422 does
    """What the origin says of a video is not as PeerTube's, or its bytes are wrong."""


class Paused(Exception):  # noqa: N818 - it says a state
    """The hours in which files may be copied are over; what has come is kept."""


class DiskFull(Exception):  # noqa: N818 - it says a state, as ENOSPC does
    """The disk is full or cannot be written, although the room is not used up."""


class FolderTaken(Exception):  # noqa: N818 - it says a state
    """Another process works on this folder, or it holds another instance's videos."""
