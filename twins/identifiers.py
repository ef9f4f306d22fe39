"""What Ditto, Grafana and we accept as an id, each a type that pydantic checks and the JSON Schema shows."""

import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from twins import colours
from twins.document import length
from twins.origin import shown

LONGEST = 256  # the most characters of a thing's or a policy's id
RESTRICTED = ("_isType", "_parents", "_managedBy", "type", "copyOf")

# As Ditto's RegexPatterns has it: the parts of a namespace start with a letter; a name is free of / and of
# control characters, which include U+0080 to U+00FF. ASCII is spelt out, since \w means more in Python.
NAMESPACE = r"[A-Za-z][A-Za-z0-9_]*(?:[.-][A-Za-z][A-Za-z0-9_]*)*"
NAME = r"[^\x00-\x1F\x7F-\xFF/]+"
KEY = re.compile(NAME)
# A merge patch that holds such a key removes all keys that fit the pattern in it.
PATTERN_KEY = re.compile(r"\{\{\s*~.*~\s*\}\}", re.DOTALL)


@dataclass(frozen=True)
class Rule:
    """What a kind of id looks like: in `Annotated`, it is checked when a spec is read."""

    pattern: str
    words: str
    """What to do about one that is not allowed."""

    longest: int = LONGEST

    def check(self, text: str) -> str:
        """Return the text, or raise an error that pydantic passes on."""
        if length(text) > self.longest:
            raise PydanticCustomError(
                "id", f"{length(text)} characters are too many; shorten it to {self.longest}"
            )
        if not re.fullmatch(self.pattern, text):
            raise PydanticCustomError("id", f"'{shown(text)}' is not allowed; {self.words}")
        return text

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return handler(schema) | {"pattern": f"^(?:{self.pattern})$", "maxLength": self.longest}


_FREE = "leave out /, control characters and U+0080 to U+00FF (é, ü, °), which Ditto refuses"
_OWN = "|".join(RESTRICTED)

EntityId = Annotated[
    str,
    Rule(
        f"{NAMESPACE}:{NAME}",
        "write namespace:name, the namespace of ASCII letters, digits and _, its parts joined by . or - and "
        f"each starting with a letter; in the name, {_FREE}",
    ),
]
FeatureId = Annotated[str, Rule(rf"(?!\*$){NAME}", f"{_FREE}, and do not use * alone")]
ChildName = Annotated[
    str,
    Rule(
        NAME.replace("/", "/:"),
        f"{_FREE}, and leave out :, which parts a child from its parent (nest `children` instead)",
    ),
]
PropertyKey = Annotated[str, Rule(NAME, _FREE, longest=1024)]
AttributeKey = Annotated[
    str,
    Rule(
        rf"(?!(?:{_OWN})$){NAME}",
        f"{_FREE}, and do not use {', '.join(RESTRICTED)}, which OpenTwins sets by itself",
        longest=1024,
    ),
]
ConnectionId = Annotated[str, Rule("[A-Za-z0-9_:-]{1,100}", "use ASCII letters, digits, _, - and :", 100)]
HonoTenantId = Annotated[
    str, Rule("[A-Za-z0-9_.-]{1,90}", "use ASCII letters, digits, _, - and .", longest=90)
]
HonoDeviceId = Annotated[str, Rule("[A-Za-z0-9_.:-]+", "use ASCII letters, digits, _, -, . and :")]
HonoAuthId = Annotated[
    str,
    Rule(
        r"[A-Za-z0-9_=.-]+|[A-Za-z0-9.]+=[^=]+(?:, ?[A-Za-z0-9.]+=[^=]+)*",
        "use ASCII letters, digits, _, -, = and .; it cannot have the : of a thing's id",
    ),
]
KafkaTopic = Annotated[
    str, Rule("[A-Za-z0-9_.-]{1,249}", "use ASCII letters, digits, _, - and .", longest=249)
]
# A name, the beginning of names before a *, or * for all.
KafkaNames = Annotated[
    str, Rule(r"[A-Za-z0-9_.-]{1,249}\*?|\*", "write a name, or the beginning of names and a *", longest=250)
]
KafkaUserName = Annotated[
    str, Rule("[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?", "use a-z, 0-9 and -, 40 at most", longest=40)
]
KafkaMlName = Annotated[
    str, Rule("[A-Za-z0-9_.-]{1,30}", "use ASCII letters, digits, _, - and ., 30 at most", longest=30)
]
FleetId = Annotated[str, Rule("[A-Za-z0-9_-]{1,40}", "use ASCII letters, digits, _ and -", 40)]
DashboardId = Annotated[str, Rule("[A-Za-z0-9_-]{1,40}", "use ASCII letters, digits, _ and -", 40)]
PolicyLabel = Annotated[
    str,
    Rule(
        rf"(?!imported|nsimported-|opentwins$){NAME}",
        f"{_FREE}, do not start it with imported, and leave opentwins to the entry that is added by itself",
    ),
]
SubjectId = Annotated[
    str,
    Rule(
        r"(?!.*\{\{)[^:\s]+:.+",
        "write issuer:subject, such as nginx:ditto or connection:raspberry, and no placeholder",
        longest=1024,
    ),
]
ResourcePath = Annotated[
    str,
    Rule(
        r"(?:thing|policy|message):/.*", "write thing:/, policy:/ or message:/ and maybe a path", longest=1024
    ),
]
Colour = Annotated[
    str,
    Rule(
        colours.PATTERN,
        "write #rrggbb, or red, orange, yellow, green, blue, purple, maybe with light- or dark- before it, or"
        " another name that Grafana knows, such as gray",
        longest=40,
    ),
]
RefreshTime = Annotated[
    str, Rule("|[1-9][0-9]*[smhd]", "write a time such as 10s or 1m, or nothing within quotes", 10)
]
StartTime = Annotated[
    str,
    Rule(
        r"now(?:-[1-9][0-9]*[smhdwMy])?(?:/[smhdwMy])?|[0-9]{4}-[0-9]{2}-[0-9]{2}.*",
        "write a time such as now-6h, now/d or 2024-01-31",
        longest=40,
    ),
]
Definition = Annotated[
    str,
    Rule(
        r"[A-Za-z0-9_.-]+:[A-Za-z0-9_.-]+:[A-Za-z0-9_.-]+|https?://\S+",
        "write namespace:name:version, or the http(s) address of a Thing Model",
        longest=2048,
    ),
]
