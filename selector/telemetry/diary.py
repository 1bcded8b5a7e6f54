"""The diary: one day's outcomes by host, and the noised reports made of them, once a day.

At most `hosts` hosts a day are reported, drawn at random in proportion to their fetches, each
with one of the questions, drawn too. All answers of a day share the admin's ε, so they
compose to ε exactly (docs/privacy.md has the argument). Every random number is a hash of this
device's secret, so that asking again gives the same reports; the viewer can read them beforehand.
"""

from collections.abc import Mapping
from math import inf, log
from typing import Any, NamedTuple

from ..bandit import FieldError, Host, Outcome
from ..bandit.checks import array, host, integer, mapping
from .day import checked_day, iso_day
from .noise import coin, respond
from .report import ANSWERS, QUESTIONS, Question, Report, from_json
from .summary import EMPTY, Summary
from .terms import HOSTS_MAX, Context, Terms

FORMAT = "mirrorwise-diary/2"
# That of versions before 0.3, which did not ask about missing files; a day that began in it ends
# in it.
OLD_FORMAT = "mirrorwise-diary/1"
OLD_QUESTIONS: tuple[Question, ...] = ("ttfb", "rate", "error")
SECRET_LENGTH = 32
MAX_HOSTS = 64
MOST_FETCHES = 2**31
# A day must not be reported twice if the clock is set back.
DAYS_KEPT = 8
# How often the question is the one about missing files; else it is one of the other three.
MISSING_SHARE = 0.2


class Line(NamedTuple):
    """One report, with the true answers, which stay in the browser."""

    report: Report
    truth: Mapping[Question, int]


class Diary:
    """Outcomes of the present day by host, and the reports of it and of the last days.

    `secret`, 32 random hexadecimal digits made on this device, decides every random number.

    >>> diary = Diary("5f" * 16)
    >>> fetch = Outcome(1, "https://a.example", 1e9, "ok", 200, 0.09, 1.0, 1e6, False, False)
    >>> diary.observe(fetch, public=True)
    >>> line, = diary.tell(1e9, Context(1, 4, 2), Terms())
    >>> line.report == diary.preview(1e9, Context(2, 4, 3), Terms())[0].report
    True
    """

    def __init__(self, secret: str) -> None:
        self._secret = checked_secret(secret, "secret")
        self._format = FORMAT
        self._day = ""
        self._hosts: dict[Host, Summary] = {}
        self._told: dict[str, tuple[Line, ...]] = {}

    def observe(self, outcome: Outcome, public: bool) -> None:
        """Count an outcome that the engine has used, unless the video is not public."""
        if not public:
            return
        self._turn_to(iso_day(outcome.now_s))
        known = self._hosts.get(outcome.host)
        if known is None and len(self._hosts) == MAX_HOSTS:
            return
        self._hosts[outcome.host] = (known or Summary()).observe(outcome)

    def in_control(self, now_s: float, terms: Terms) -> bool:
        """Say whether this device is in today's control group: its player picks as PeerTube's does.

        Drawn anew each day: nobody stays in the control group, and the days of one viewer are
        independent in a comparison.
        """
        return coin(self._secret, "control", iso_day(now_s)) < terms.control

    def preview(self, now_s: float, context: Context, terms: Terms) -> tuple[Line, ...]:
        """Return what `tell` would return now, without fixing it."""
        day = iso_day(now_s)
        if day in self._told:
            return self._told[day]
        chosen = self._chosen(terms.hosts) if day == self._day else []
        return tuple(self._line(name, len(chosen), now_s, context, terms) for name in chosen)

    def tell(self, now_s: float, context: Context, terms: Terms) -> tuple[Line, ...]:
        """Fix the day's reports and return them; later calls return the same.

        What happens later in the day is not reported any more. A day without a complete summary
        yet has no reports, and is not fixed.
        """
        lines = self.preview(now_s, context, terms)
        if lines:
            self._told[iso_day(now_s)] = lines
            for day in list(self._told)[:-DAYS_KEPT]:
                del self._told[day]
        return lines

    def _turn_to(self, day: str) -> None:
        if day != self._day:
            self._format, self._day, self._hosts = FORMAT, day, {}

    def _chosen(self, hosts: int) -> list[Host]:
        """Draw hosts in proportion to fetches (Efraimidis and Spirakis, IPL 2006)."""

        def priority(name: Host) -> float:
            uniform = coin(self._secret, "host", self._day, name)
            return -log(uniform) / self._hosts[name].fetches if uniform else inf

        tellable = [
            name for name, summary in self._hosts.items() if summary.answers(self._question(name))
        ]
        return sorted(tellable, key=lambda name: (priority(name), name))[:hosts]

    def _question(self, name: Host) -> Question:
        """Draw the question about a host; what was measured must not decide it."""
        if (
            self._format == FORMAT
            and coin(self._secret, "missing", self._day, name) < MISSING_SHARE
        ):
            return "missing"
        number = int(coin(self._secret, "question", self._day, name) * len(OLD_QUESTIONS))
        return OLD_QUESTIONS[number]

    def _line(self, name: Host, share: int, now_s: float, context: Context, terms: Terms) -> Line:
        truth = self._hosts[name].truth(coin(self._secret, "fetch", self._day, name))
        if self._format != FORMAT:
            truth = {question: truth[question] for question in OLD_QUESTIONS}
        question = self._question(name)
        epsilon = terms.epsilon / share
        uniform = coin(self._secret, "answer", self._day, name)
        answer = respond(truth[question], ANSWERS[question], epsilon, uniform)
        control = int(self.in_control(now_s, terms))
        report = Report(self._day, name, epsilon, *context, control)
        return Line(report.answered(question, answer), truth)

    def snapshot(self) -> dict[str, Any]:
        """Return everything except the secret as JSON-safe values for storage on this device."""
        return {
            "format": self._format,
            "day": self._day,
            "hosts": {
                name: list(summary if self._format == FORMAT else summary[:4])
                for name, summary in self._hosts.items()
            },
            "told": [
                [day, [[line.report.to_json(), dict(line.truth)] for line in lines]]
                for day, lines in self._told.items()
            ],
        }

    @classmethod
    def restore(cls, secret: str, snapshot: object) -> "Diary":
        """Return the diary that `snapshot` holds, or raise `FieldError` naming the field."""
        data = mapping(snapshot, "diary", 16)
        if data.get("format") not in (FORMAT, OLD_FORMAT):
            raise FieldError("diary.format", f"must be {FORMAT} or {OLD_FORMAT}")
        diary = cls(secret)
        diary._format = str(data["format"])
        diary._day = checked_day(data.get("day"), "diary.day") if data.get("day") != "" else ""
        for name, value in mapping(data.get("hosts"), "diary.hosts", MAX_HOSTS).items():
            diary._hosts[host(name, "diary.hosts")] = _summary(value, f"diary.hosts.{name}")
        for row in array(data.get("told"), "diary.told", DAYS_KEPT):
            day, lines = _pair(row, "diary.told")
            diary._told[checked_day(day, "diary.told")] = tuple(
                _line(line, "diary.told") for line in array(lines, "diary.told", HOSTS_MAX)
            )
        return diary


def checked_secret(value: object, field: str) -> str:
    """Return a valid secret, or raise `FieldError`; a shorter one could be guessed."""
    if (
        not isinstance(value, str)
        or len(value) != SECRET_LENGTH
        or not set(value) <= set("0123456789abcdef")
    ):
        raise FieldError(field, f"must be {SECRET_LENGTH} hexadecimal digits")
    return value


def _pair(value: object, field: str) -> list[Any]:
    pair = array(value, field, 2)
    if len(pair) != 2:
        raise FieldError(field, "must hold pairs")
    return pair


def _line(value: object, field: str) -> Line:
    report, truth = _pair(value, field)
    data = mapping(truth, field, len(QUESTIONS))
    return Line(
        from_json(report, field),
        {
            name: integer(data.get(name), field, 0, ANSWERS[name] - 1)
            for name in (QUESTIONS if "missing" in data else OLD_QUESTIONS)
        },
    )


def _summary(value: object, field: str) -> Summary:
    row = array(value, field, 5)
    if len(row) < 4:
        raise FieldError(
            field, "must hold counts of TTFB and of rate, failures, fetches and missing files"
        )
    ttfb, rate = (_counts(counts, field) for counts in row[:2])
    failed = integer(row[2], field, 0, MOST_FETCHES)
    fetches = integer(row[3], field, 1, MOST_FETCHES)
    missing = integer(row[4], field, 0, fetches) if len(row) == 5 else 0
    return Summary(ttfb, rate, failed, fetches, missing)


def _counts(value: object, field: str) -> tuple[int, ...]:
    counts = array(value, field, len(EMPTY))
    if len(counts) != len(EMPTY):
        raise FieldError(field, f"must hold {len(EMPTY)} counts")
    return tuple(integer(count, field, 0, MOST_FETCHES) for count in counts)
