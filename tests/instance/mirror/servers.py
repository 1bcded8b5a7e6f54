"""nginx and Caddy with what docs/mirrors.md prints, on a Unix socket; only what must differs.

What differs: no certificate of a real host, folders of the test, and the instance's address.
"""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from benchmarks.install.documented_lines import documented
from tests.instance.journal.servers import program
from tests.instance.waiting import until

PAGE = (Path(__file__).parents[3] / "docs/mirrors.md").read_text()
NGINX = """
daemon off;
worker_processes 1;
{user}
pid {scratch}/nginx.pid;
error_log {scratch}/error.log;
events {{}}
http {{
    client_body_temp_path {scratch}/body;
    proxy_temp_path {scratch}/proxy;
    fastcgi_temp_path {scratch}/fastcgi;
    uwsgi_temp_path {scratch}/uwsgi;
    scgi_temp_path {scratch}/scgi;
    {server}
}}
"""
CADDY = """
{{
    admin off
    auto_https off
    storage file_system {scratch}
}}
{server}
"""
OF_TLS = re.compile(r"^\s*(ssl_|proxy_ssl_)\w+ .*\n", re.MULTILINE)


@asynccontextmanager
async def serving(
    name: str, scratch: Path, folder: Path, origin: str = "", listen: str = ""
) -> AsyncIterator[aiohttp.ClientSession]:
    """Run a server with a documented configuration; yield a client whose every host it is.

    `listen` is an address such as `127.0.0.1:8080`, in place of the socket.
    """
    scratch.mkdir()
    socket = scratch / "socket"
    text = "\n".join(documented(PAGE, name))
    text = text.replace("/var/lib/mirrorwise-mirror", f"{folder}")
    text = text.replace("/var/cache/nginx", f"{scratch}")
    text = text.replace("https://video.example", origin).replace("127.0.0.1:9860", origin)
    config = scratch / "config"
    if name.startswith("nginx"):
        text = OF_TLS.sub("", text).replace(
            "listen 443 ssl", f"listen {listen or f'unix:{socket}'}"
        )
        user = "user root;" if Path("/root").owner() == Path(scratch).owner() else ""
        config.write_text(NGINX.format(server=text, scratch=scratch, user=user))
        command = [program("nginx", "nginx"), "-c", f"{config}", "-e", f"{scratch}/error.log"]
    else:
        where = (listen and f"http://{listen}") or "http://mirror.example"
        bound = "" if listen else f"bind unix/{socket}\n"
        text = text.replace("mirror.example {", f"{where} {{\n{bound}")
        config.write_text(CADDY.format(server=text, scratch=scratch))
        command = [program("caddy", "caddy"), "run", "--adapter", "caddyfile"]
        command += ["--config", f"{config}"]
    # TERM, so that nginx's workers end with it.
    mortal = [shutil.which("setpriv") or "setpriv", "--pdeathsig", "TERM"]
    with (scratch / "said").open("wb") as said:
        process = await asyncio.create_subprocess_exec(
            *mortal, *command, env={"HOME": f"{scratch}"}, stdout=said, stderr=said
        )
    try:
        connector = None if listen else aiohttp.UnixConnector(f"{socket}")
        async with aiohttp.ClientSession(connector=connector) as client:

            async def answers() -> bool:
                assert process.returncode is None, (scratch / "said").read_text()
                try:
                    async with client.get(f"http://{listen or 'mirror.example'}/"):
                        return True
                except aiohttp.ClientError:
                    return False

            await until(answers)
            yield client
    finally:
        process.terminate()
        await process.wait()
