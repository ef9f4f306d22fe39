"""Fleets: from a table and a rule to twins by the hundred thousand, a row at a time.

`text` and `cell` say what `{column}` means, `template` is a spec's rule made ready, `rows` reads tables,
`survey` looks at a whole table once and leaves what it found in a folder (`store`), `again` looks at what changed in
it since (by its `blocks`), `index` is what a stack remembers.
"""
