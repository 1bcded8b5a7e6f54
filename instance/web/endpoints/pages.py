"""The operator's pages: static builds, which hold no data; their JSON needs the admin token."""

from pathlib import Path

from aiohttp import web

MISSING = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Mirrorwise</title>
<h1>The report's pages are not built</h1>
<p>Build them (<code>script/build</code>) or set <code>MIRRORWISE_REPORT_DIR</code> to where they
are. The figures themselves are at <a href="/report.json">/report.json</a> and
<a href="/report.csv">/report.csv</a>, and <code>mirrorwise report</code> prints them.</p></html>
"""


def serve_pages(app: web.Application, report: Path) -> None:
    """Answer at /report/ and, from the folder beside it, at /recommendations/; / leads there."""
    _serve(app, "report", report)
    _serve(app, "recommendations", report.parent / "recommendations")
    app.router.add_get("/", _to_report)


async def _to_report(_: web.Request) -> web.StreamResponse:
    # Relative, so that it holds below any path of a proxy; for now, so that no browser keeps it.
    return web.Response(status=307, headers={"Location": "report/"})


def _serve(app: web.Application, name: str, folder: Path) -> None:

    async def index(_: web.Request) -> web.StreamResponse:
        file = folder / "index.html"
        if not file.is_file():
            return web.Response(text=MISSING, status=503, content_type="text/html")
        return web.FileResponse(file)

    async def to_folder(_: web.Request) -> web.StreamResponse:
        return web.Response(status=308, headers={"Location": f"{name}/"})

    app.router.add_get(f"/{name}", to_folder)
    app.router.add_get(f"/{name}/", index)
    if folder.is_dir():
        app.router.add_static(f"/{name}/", folder)
