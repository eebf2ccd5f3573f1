"""Who asks a service of this program: what a browser says of it, which strangers can use.

A page may point a name of its own at this machine, or send a form here. So a question has to name a
host that is ours, and not to come from another site's page.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


def host(value: str) -> str:
    """Return the host of a `Host` header in lower case, without its port; empty for none."""
    try:
        parts = urlsplit(f"//{value}")
        return "" if parts.netloc != value or "@" in value else (parts.hostname or "")
    except ValueError:
        return ""


def is_address(name: str) -> bool:
    """Tell whether a host is an address in numbers, which nobody can point elsewhere."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_loopback(name: str) -> bool:
    """Tell whether a host is this machine itself, which no other one can reach."""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name.lower() == "localhost"
