"""What the headers of any answer have to say; the walks over all doors and all pages ask it of each."""

from __future__ import annotations

from typing import Any

ALWAYS = {
    "X-Content-Type-Options": {"nosniff"},
    "X-Frame-Options": {"DENY", "SAMEORIGIN"},
    "Referrer-Policy": {"same-origin", "no-referrer"},
    "Cross-Origin-Opener-Policy": {"same-origin"},
    "Cross-Origin-Resource-Policy": {"same-origin"},
}
NEVER = ("Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "X-Powered-By")


KEPT = ("assets", "api_public", "brand.", "directory_public.", "manuals_public.", "partners_public.qr_")
"""How endpoints begin that answer everybody alike, so that a cache may keep what they say."""
PROGRAMS = "programs"
"""Instead of an endpoint, for any door of the API: a program may keep what it read, and asks whether it still holds."""


def faults_of(answer: Any, endpoint: str = "") -> list[str]:
    """What is missing or wrong, in words."""
    told = answer.headers
    faults = [f"{name}: {told.get(name)}" for name, allowed in ALWAYS.items() if told.get(name) not in allowed]
    faults += [f"{name} is set" for name in NEVER if name in told]
    faults += _of_policy(told.get("Content-Security-Policy", ""), told.get("X-Frame-Options", ""))
    if "camera=()" not in told.get("Permissions-Policy", ""):
        faults.append("no Permissions-Policy")
    if not _is_kept_rightly(told, endpoint):
        faults.append(f"Cache-Control: {told.get('Cache-Control')}")
    if answer.mimetype == "text/html" and "HX-Request" not in answer.vary:
        faults.append("a page and its fragment look alike to a cache")
    if answer.mimetype.startswith("text/") and "charset=utf-8" not in told.get("Content-Type", "").lower():
        faults.append(f"Content-Type: {told.get('Content-Type')}")
    for line in told.getlist("Set-Cookie"):
        if not {"HttpOnly", "Path=/", "SameSite=Lax"} <= set(line.split("; ")) or "Domain" in line:
            faults.append(f"Set-Cookie: {line}")
    return faults


def _is_kept_rightly(told: Any, endpoint: str) -> bool:
    caching = told.get("Cache-Control", "")
    if endpoint == PROGRAMS and caching == "private, no-cache":
        return "Set-Cookie" not in told
    return "no-store" in caching or (endpoint.startswith(KEPT) and "public" in caching and "Set-Cookie" not in told)


def _of_policy(policy: str, framed: str) -> list[str]:
    rules = {name: values for name, *values in (part.split() for part in policy.split(";") if part.strip())}
    faults = []
    if rules.get("default-src") != ["'none'"] or rules.get("object-src", ["'none'"]) != ["'none'"]:
        faults.append(f"what may be loaded: {policy}")
    if rules.get("base-uri") != ["'none'"]:
        faults.append(f"base-uri: {policy}")
    if rules.get("frame-ancestors") != (["'self'"] if framed == "SAMEORIGIN" else ["'none'"]):
        faults.append(f"frame-ancestors: {policy}")
    inline = {name for name, values in rules.items() if any("unsafe" in value for value in values)}
    if inline and not (inline == {"style-src"} and "sandbox" in rules and "script-src" not in rules):
        faults.append(f"inline code: {policy}")
    return faults
