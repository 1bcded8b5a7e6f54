"""`mirrorwise federation`: what is said to other instances, and who is heard."""

import argparse
import sys
from pathlib import Path

import orjson

from ..clock import Clock
from ..federation.document import DocumentError, read
from ..federation.federation import Federation, FederationError
from ..federation.publishing import PublishError
from ..federation.signing import fingerprint
from ..federation.status import FederationStatus, in_words, status
from ..federation.words import days_of, sentences
from ..journal import Journal
from ..optional import lacks_for_federation
from ..recommendations.forgetting import Receipt
from ..recommendations.recommender import Recommender
from ..recommendations.replica import NoModel
from ..settings import Settings, SettingsError
from ..steady_time import SteadyTime
from ..web.json_schema import to_json
from .storage import with_journal

# Something was shown that wants to be looked at, and nothing was done.
LOOK = 3
VERBS = {
    "status": "what is said, who is heard, and what came of it; 1 when a source was refused",
    "add": "hear the instance at ADDRESS, or hear it again",
    "remove": "neither hear nor refuse ADDRESS any more, and forget what it said",
    "refuse": "hear ADDRESS in no case, whoever names it, and forget what it said",
    "take-back": "forget what ADDRESS said of --week, or all it said; without ADDRESS all of all",
    "preview": "show what would be published, to the byte and in words",
    "publish": "publish it: shows it first, and needs --yes; --stop serves nothing any more",
    "withdraw": "say of --week that nothing is said any more; without --week of all weeks",
    "verify": "verify a document in FILE and say it in words; 1 when it is not valid",
}
NEEDS_ONE = ("add", "remove", "refuse", "verify")
TOLD = """
Nothing is heard or said until you add a source, or publish. The service may run on. Exit status:
0 done, 1 something is amiss, 2 a mistake in what was typed, 3 shown and not done."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what to do, and with what."""
    verbs = "\n".join(f"  {verb:10} {told}" for verb, told in VERBS.items())
    parser.epilog = f"{parser.epilog}\n\n{verbs}\n{TOLD}"
    parser.add_argument("verb", choices=VERBS)
    parser.add_argument("what", nargs="?", metavar="ADDRESS|FILE")
    parser.add_argument("--week", type=int, help="number of a week, as `status` shows it")
    parser.add_argument("--yes", action="store_true", help="publish what was shown before")
    parser.add_argument("--stop", action="store_true", help="serve own documents no more")


def run(settings: Settings, options: argparse.Namespace, clock: Clock) -> int:
    """Do one of the verbs."""
    if options.verb in NEEDS_ONE and not options.what:
        raise SettingsError(f"federation {options.verb}: write an address, or a file to verify")
    if lacking := lacks_for_federation():
        raise SettingsError(lacking)
    if options.verb == "verify":
        return _verify(Path(options.what))

    async def work(journal: Journal) -> int:
        steady = SteadyTime(journal, clock)
        recommender = Recommender(settings, journal, clock, steady)
        federation = Federation(settings, recommender, journal, clock, steady)
        if federation.lacking:
            raise SettingsError(federation.lacking)
        try:
            return await _do(federation, options, clock)
        except (FederationError, PublishError, NoModel) as error:
            raise SettingsError(f"{error}") from None
        finally:
            await federation.close()

    return with_journal(settings, work)


async def _do(federation: Federation, options: argparse.Namespace, clock: Clock) -> int:
    verb, what = options.verb, options.what
    if verb == "add":
        print(f"{await federation.add(what)} is heard, within a day.")
    elif verb in ("remove", "refuse"):
        _receipts(await (federation.remove if verb == "remove" else federation.refuse)(what))
    elif verb == "take-back":
        if what:
            _receipts(await federation.take_back(what, options.week))
        else:
            _receipts(await federation.take_back_everything())
    elif verb == "withdraw":
        gone = await federation.withdraw(options.week)
        print(f"{len(gone)} documents withdrawn; others drop them within a day.")
    elif verb == "publish" and options.stop:
        await federation.stop()
        print("Own documents are served no more. Who has them keeps them: see `withdraw`.")
    elif verb in ("preview", "publish"):
        return await _publish(federation, publish=verb == "publish", yes=options.yes)
    else:
        return _print(await status(federation, clock.now_s()))
    return 0


async def _publish(federation: Federation, *, publish: bool, yes: bool) -> int:
    """Show what is said of the last whole week, and publish it if that is wanted."""
    own = await federation.preview()
    print(own.document)
    print()
    for sentence in in_words(own.document):
        print(sentence)
    if not publish:
        return 0
    if not yes:
        print("\nThat is what everybody could read. To publish it: add --yes", file=sys.stderr)
        return LOOK
    await federation.publish(own.sha256)
    print("\nPublished. From now on each week is, two days after its end.")
    return 0


def _print(now: FederationStatus) -> int:
    """Print the state; return 1 when something was refused."""
    print(f"instance   {now.instance or 'none: set MIRRORWISE_FEDERATION_INSTANCE'}")
    print(f"key        {now.key}")
    print(f"published  {'yes' if now.published else 'no'}; ε = {now.epsilon:g} for each week")
    for own in now.own:
        state = "replaced" if own.replaced else "withdrawn" if own.withdrawn else "says something"
        print(
            f"said       document {own.number}, week {own.week} ({own.first_day} to "
            f"{own.last_day}): {state}; ε spent on that week: {own.spent:g}"
        )
    for source in now.sources:
        print(f"heard      {source.address} (named by: {source.named_by})")
        trust = source.trust
        if trust:
            print(
                f"           influence {trust.influence:g}; gain {trust.gain:.3g} "
                f"({trust.low:.3g} to {trust.high:.3g})"
            )
        for each in source.documents:
            print(f"           week {each.week}: document {each.number}, {each.sha256}")
        if source.refused:
            print(f"           REFUSED: {source.refused}")
        elif not source.asked_at:
            print("           not asked yet")
    for origin in now.refused:
        print(f"refused    {origin}")
    for what in now.taken_back:
        print(f"taken back {what}")
    return int(any(source.refused for source in now.sources))


def _receipts(receipts: list[Receipt]) -> None:
    print(orjson.dumps(to_json(receipts), option=orjson.OPT_INDENT_2).decode())
    print(f"{len(receipts)} documents forgotten, as if they had never come.", file=sys.stderr)


def _verify(file: Path) -> int:
    """Verify a document, and print it in words."""
    try:
        document = read(file.read_bytes())
    except OSError as error:
        raise SettingsError(f"{file}: cannot be read ({error.strerror})") from None
    except DocumentError as error:
        print(f"{file}: not valid: it {error}")
        return 1
    first, last = days_of(document.week)
    print(f"{file}: valid; signed by {fingerprint(document.key)}, of {first} to {last}")
    for sentence in sentences(document):
        print(sentence)
    return 0
