"""The official SDK of Python as a client: `client.py MODE TARGET CALLS`, the last two in JSON.

A target is {"url": ...}, {"sse": ...} or {"command": [...]}; a call is [tool, arguments]. Prints the names of the tools
and the answers, as JSON.
"""

import asyncio
import json
import sys

from mcp import Client, MCPError, StdioServerParameters, stdio_client
from mcp.client.sse import sse_client
from mcp.types import Implementation


def transport(target):
    if "url" in target:
        return target["url"]
    if "sse" in target:
        return sse_client(target["sse"])
    program, *args = target["command"]
    return stdio_client(StdioServerParameters(command=program, args=args))


async def main(mode, target, calls):
    who = Implementation(name=f"python-{mode}", version="1")
    async with Client(transport(target), mode=mode, client_info=who) as client:
        said = [sorted(tool.name for tool in (await client.list_tools()).tools)]
        for tool, arguments in calls:
            try:
                result = await client.call_tool(tool, arguments)
                said.append([result.is_error, [part.text for part in result.content]])
            except MCPError as error:
                said.append(error.error.code)
    print(json.dumps(said))


asyncio.run(main(sys.argv[1], *map(json.loads, sys.argv[2:])))
