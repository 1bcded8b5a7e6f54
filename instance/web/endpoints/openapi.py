"""`/openapi.json`: the description of all endpoints."""

from collections.abc import Sequence

from aiohttp import web

from ..endpoint import Endpoint, endpoint
from ..errors import json_response
from ..messages import ANYTHING
from ..openapi import document


class Description:
    """Answers with the OpenAPI document, which is written once."""

    def __init__(self, endpoints: Sequence[Endpoint]) -> None:
        self._document = document(endpoints)

    @endpoint("/openapi.json", "Describe all of this.", ANYTHING)
    async def answer(self, _: web.Request) -> web.Response:
        """Answer with the document."""
        return json_response(self._document)
