"""The operator's page: a static build, which holds no data; its JSON needs the admin token."""

from pathlib import Path

from aiohttp import web

MISSING = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Mirrorwise</title>
<h1>The report's pages are not built</h1>
<p>Build them (<code>script/build</code>) or set <code>MIRRORWISE_REPORT_DIR</code> to where they
are. The figures themselves are at <a href="/report.json">/report.json</a> and
<a href="/report.csv">/report.csv</a>, and <code>mirrorwise report</code> prints them.</p></html>
"""


def serve_page(app: web.Application, folder: Path) -> None:
    """Answer at /report/ with the built page and its files."""

    async def index(_: web.Request) -> web.StreamResponse:
        file = folder / "index.html"
        if not file.is_file():
            return web.Response(text=MISSING, status=503, content_type="text/html")
        return web.FileResponse(file)

    async def to_folder(_: web.Request) -> web.StreamResponse:
        return web.Response(status=308, headers={"Location": "report/"})

    app.router.add_get("/report", to_folder)
    app.router.add_get("/report/", index)
    if folder.is_dir():
        app.router.add_static("/report/", folder)
